// What procfs prints: sizes follow from the state that is printed, in the formats of Linux 4.4 (fs/proc/*.c).
#include <fmt/format.h>

#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/procfs.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/mm.h"
#include "kernel-model/process/namespaces.h"

namespace isosim::kernel {

namespace {

Records one(const std::string& text) { return {static_cast<std::uint32_t>(text.size())}; }

// show_map_vma(): the path begins in column 74.
std::uint32_t map_line(const FsContext& fs, const Mm& mm, const Vma& area) {
  const std::string range =
      fmt::format("{:08x}-{:08x} rw-p {:08x} 00:00 {} ", area.start, area.end, area.page_offset * 4096,
                  area.file && area.file->inode() ? area.file->inode()->number : 0);
  std::string name;
  if (area.file) name = area.file->path() ? path_name(fs, *area.file->path()) : area.file->describe();
  if (area.is(vm::growsdown)) name = "[stack]";
  if (name.empty() && area.start < mm.brk && area.end > mm.start_brk) name = "[heap]";
  if (name.empty()) return static_cast<std::uint32_t>(range.size() + 1);
  return static_cast<std::uint32_t>(std::max<std::size_t>(range.size(), 73) + name.size() + 1);
}

Records maps(Kernel& k, Process& process) {
  Records records;
  if (!process.mm) return records;
  for (const auto& [start, area] : k.memory->of(process).vmas.areas())
    records.push_back(map_line(*process.fs, *process.mm, area));
  constexpr std::uint32_t kVsyscall = 73 + 10 + 1;  // the gate area: its name, "[vsyscall]"
  records.push_back(kVsyscall);
  return records;
}

// The numbers of a process in each name space from the reader's inward (task_pid_nr_ns of every level).
std::string numbers(const PidNamespace* from, const Process& p, std::int32_t id) {
  std::string text;
  for (const PidNamespace* ns = p.namespaces->pid.get(); ns; ns = ns->parent.get()) {
    text.insert(0, fmt::format("\t{}", ns->number(id)));
    if (ns == from || (!from && !ns->parent)) break;
  }
  return text;
}

std::string status_text(Kernel& k, const PidNamespace* from, const Process& p) {
  const Mm* mm = p.mm.get();
  const auto number = [from](std::int32_t id) { return from ? from->number(id) : id; };
  const std::uint64_t rss = mm ? (mm->rss_anon + mm->rss_file) * 4 : 0;
  std::string text = fmt::format(
      "Name:\t{}\nState:\tR "
      "(running)\nTgid:\t{}\nNgid:\t0\nPid:\t{}\nPPid:\t{}\nTracerPid:\t0\nUid:\t{}\t{}\t{}\t{}\n"
      "Gid:\t{}\t{}\t{}\t{}\nFDSize:\t{}\nGroups:\t",
      p.comm, number(p.pid), number(p.pid), p.parent ? number(p.parent->pid) : 0, p.credentials.uid,
      p.credentials.euid, p.credentials.suid, p.credentials.euid, p.credentials.gid, p.credentials.egid,
      p.credentials.sgid, p.credentials.egid, std::max(p.files ? p.files->size() : 0, 64));
  for (const auto group : p.credentials.groups) text += fmt::format("{} ", group);
  text += fmt::format("\nNStgid:{0}\nNSpid:{0}\nNSpgid:{1}\nNSsid:{2}\n", numbers(from, p, p.pid),
                      numbers(from, p, p.pgid), numbers(from, p, p.sid));
  for (int i = 0; mm && i < 16; ++i)
    text += fmt::format("VmField:\t{:8} kB\n", rss);  // VmPeak to HugetlbPages
  text += fmt::format("Threads:\t{}\nSigQ:\t0/{}\n", p.threads.size(), k.cpu.spec().memory_bytes / 263'000);
  for (int i = 0; i < 5; ++i) text += "SigPnd:\t0000000000000000\n";
  for (int i = 0; i < 5; ++i) text += "CapInh:\t0000000000000000\n";
  text +=
      "Seccomp:\t0\nCpus_allowed:\tffffffff\nCpus_allowed_list:\t0-31\nMems_allowed:\t00000000,00000003\n"
      "Mems_allowed_list:\t0-1\nvoluntary_ctxt_switches:\t10\nnonvoluntary_ctxt_switches:\t10\n";
  return text;
}

std::string stat_text(const PidNamespace* from, const Process& p) {
  const Mm* mm = p.mm.get();
  const auto number = [from](std::int32_t id) { return from ? from->number(id) : id; };
  return fmt::format(
      "{} ({}) R {} {} {} 0 -1 4194304 100 0 0 0 0 0 0 0 20 0 {} 0 10000 {} {} 18446744073709551615 "
      "4194304 4195000 140737488347136 140737488346000 140737354130000 0 0 0 0 0 0 0 17 0 0 0 0 0 0 "
      "6295056 6295616 6299648 140737488347500 140737488347520 140737488347520 140737488351231 0\n",
      number(p.pid), p.comm, p.parent ? number(p.parent->pid) : 0, number(p.pgid), number(p.sid),
      p.threads.size(), mm ? mm->vmas.bytes() : 0, mm ? mm->rss_anon + mm->rss_file : 0);
}

Records mounts(const Process& p, bool info) {
  Records records;
  if (!p.fs) return records;  // kernel threads
  for (const auto& mount : p.fs->mounts->mounts) {
    const std::string where = path_name(*p.fs, {mount, mount->root});
    const std::string line =
        info ? fmt::format("{} {} 8:1 / {} rw,relatime shared:1 - {} {} rw\n", mount->id,
                           mount->parent ? mount->parent->id : 0, where, mount->sb->type, mount->source)
             : fmt::format("{} {} {} rw,relatime 0 0\n", mount->source, where, mount->sb->type);
    records.push_back(static_cast<std::uint32_t>(line.size()));
  }
  return records;
}

// show_cpuinfo(): one record a logical CPU; the flags are those of a Haswell server.
std::uint32_t cpuinfo_record(const cpu::MachineSpec& spec) {
  constexpr std::size_t kFlags = 640, kFields = 520;
  return static_cast<std::uint32_t>(kFlags + kFields + spec.title.size());
}

}  // namespace

void Procfs::add_process_files(PseudoInode& dir, std::int32_t pid) {
  const auto file = [&](std::string_view name, std::uint32_t mode,
                        std::function<Records(Process&)> print) -> PseudoInode& {
    PseudoInode& inode = add_file(dir, name, mode, [this, pid, print = std::move(print)](Thread&) {
      Process* process = alive(pid);
      return process ? print(*process) : Records{};
    });
    inode.pid = pid;
    inode.uid = dir.uid;
    inode.gid = dir.gid;
    return inode;
  };
  const auto fixed = [&](std::string_view name, std::uint32_t mode, std::uint32_t bytes) {
    file(name, mode, [bytes](Process&) { return bytes ? Records{bytes} : Records{}; });
  };
  Kernel& k = vfs.kernel;
  const PidNamespace* pids = pids_.get();
  file("status", 0444, [&k, pids](Process& p) { return one(status_text(k, pids, p)); });
  file("stat", 0444, [pids](Process& p) { return one(stat_text(pids, p)); });
  file("statm", 0444, [](Process& p) {
    const Mm* mm = p.mm.get();
    return one(fmt::format("{0} {0} {1} 1 0 {0} 0\n", mm ? mm->rss_anon : 0, mm ? mm->rss_file : 0));
  });
  file("maps", 0444, [&k](Process& p) { return maps(k, p); });
  file("numa_maps", 0444, [&k](Process& p) { return maps(k, p); });
  file("smaps", 0444, [&k](Process& p) {
    Records records = maps(k, p);
    for (auto& bytes : records) bytes += 20 * 28 + 40;  // twenty "Field:  N kB" lines and VmFlags
    return records;
  });
  file("cmdline", 0444, [](Process& p) { return one(p.executable + '\0'); });
  file("comm", 0644, [](Process& p) { return one(p.comm + '\n'); });
  for (const bool long_form : {false, true}) {
    const char* const name = long_form ? "mountinfo" : "mounts";
    PseudoInode& table = file(name, 0444, [long_form](Process& p) { return mounts(p, long_form); });
    table.mounts = [this, pid] {
      const Process* process = alive(pid);
      return process && process->fs ? process->fs->mounts : Ref<MountNamespace>();
    };
  }
  fixed("cgroup", 0444, 180);
  fixed("environ", 0400, 600);
  fixed("limits", 0444, 17 * 79 - 2 * 10);  // two lines have no unit
  fixed("io", 0400, 100);
  fixed("oom_score", 0444, 2);
  fixed("oom_score_adj", 0644, 2);
  fixed("oom_adj", 0644, 2);
  fixed("loginuid", 0644, 10);
  fixed("sessionid", 0444, 10);
  fixed("uid_map", 0644, 33);
  fixed("gid_map", 0644, 33);
  fixed("setgroups", 0644, 6);
  fixed("auxv", 0400, 320);
  fixed("personality", 0400, 9);
  fixed("syscall", 0400, 8);
  fixed("wchan", 0444, 1);
  fixed("schedstat", 0444, 25);
  fixed("sched", 0644, 1000);
  fixed("coredump_filter", 0644, 9);
  // Opened for setns(), which reads whose and which from the path.
  PseudoInode& ns = add_directory(dir, "ns");
  ns.pid = pid;
  for (const char* kind : {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"})
    add_file(ns, kind, 0444, 0u).pid = pid;
}

void Procfs::add_system_files() {
  Kernel& k = vfs.kernel;
  PseudoInode& top = root_node();
  const auto file = [&](std::string_view name, std::function<Records()> print) {
    add_file(top, name, 0444, [print = std::move(print)](Thread&) { return print(); });
  };
  file("cpuinfo", [&k] {
    return Records(static_cast<std::size_t>(k.cpu.logical_cpus()), cpuinfo_record(k.cpu.spec()));
  });
  file("meminfo", [] { return Records{43 * 28}; });  // "MemTotal:       65867312 kB" and 42 like it
  file("stat", [&k] {
    const auto cpus = static_cast<std::uint32_t>(k.cpu.logical_cpus());
    return Records{(cpus + 1) * 45 + 2000};  // a line a CPU, the interrupt counters, six more
  });
  file("filesystems", [this] {
    std::string text =
        "nodev\tsysfs\nnodev\trootfs\nnodev\tramfs\nnodev\tbdev\nnodev\tproc\nnodev\tcgroup\nnodev\tcpuset\n"
        "nodev\ttmpfs\nnodev\tdevtmpfs\nnodev\tdebugfs\nnodev\ttracefs\nnodev\tsecurityfs\nnodev\tsockfs\n"
        "nodev\tpipefs\nnodev\tdevpts\n\text3\n\text2\n\text4\n\tsquashfs\nnodev\thugetlbfs\n\tvfat\n"
        "nodev\tecryptfs\n\tfuseblk\nnodev\tfuse\nnodev\tfusectl\nnodev\tpstore\nnodev\tmqueue\n";
    for (const auto& sb : vfs.supers()) {
      if (sb->type == "overlay") return one(text + "nodev\toverlay\n");
    }
    return one(text);
  });
  const std::pair<const char*, std::uint32_t> fixed[] = {
      {"version", 157},    {"uptime", 20},     {"loadavg", 26},     {"cmdline", 100},    {"devices", 520},
      {"swaps", 40},       {"partitions", 80}, {"vmstat", 2800},    {"zoneinfo", 20000}, {"interrupts", 9000},
      {"diskstats", 1200}, {"modules", 6000},  {"slabinfo", 20000}, {"buddyinfo", 500},  {"crypto", 6000},
      {"misc", 200},       {"key-users", 80}};
  for (const auto& [name, bytes] : fixed) add_file(top, name, 0444, bytes);
  // What container runtimes hide or protect, among others.
  for (const char* name : {"acpi", "bus", "driver", "fs", "irq", "scsi", "sysvipc", "tty"})
    add_directory(top, name);
  for (const char* name : {"consoles", "iomem", "ioports", "kallsyms", "kcore", "keys", "kmsg", "locks",
                           "mdstat", "mtrr", "pagetypeinfo", "sched_debug", "schedstat", "softirqs",
                           "sysrq-trigger", "timer_list", "timer_stats", "vmallocinfo"})
    add_file(top, name, 0444, 1000u);
  PseudoInode& sys = add_directory(top, "sys");
  const auto knob = [&](const char* group, const char* name, std::uint32_t bytes) {
    add_file(add_directory(sys, group), name, 0644, bytes);
  };
  for (const char* name : {"overcommit_memory", "swappiness", "max_map_count", "mmap_min_addr",
                           "nr_hugepages", "overcommit_ratio", "dirty_ratio", "dirty_background_ratio"}) {
    knob("vm", name,
         std::string_view(name) == "max_map_count" || std::string_view(name) == "mmap_min_addr" ? 6 : 2);
  }
  for (const auto& [name, bytes] :
       std::initializer_list<std::pair<const char*, std::uint32_t>>{{"osrelease", 18},
                                                                    {"ostype", 6},
                                                                    {"version", 50},
                                                                    {"hostname", 5},
                                                                    {"domainname", 7},
                                                                    {"pid_max", 6},
                                                                    {"threads-max", 7},
                                                                    {"ngroups_max", 6},
                                                                    {"cap_last_cap", 3},
                                                                    {"randomize_va_space", 2},
                                                                    {"core_pattern", 60},
                                                                    {"shmmax", 21},
                                                                    {"shmall", 21},
                                                                    {"sem", 18},
                                                                    {"tainted", 2},
                                                                    {"sched_child_runs_first", 2},
                                                                    {"perf_event_paranoid", 2}}) {
    knob("kernel", name, bytes);
  }
  add_file(add_directory(add_directory(sys, "kernel"), "yama"), "ptrace_scope", 0644, 2u);
  PseudoInode& random = add_directory(add_directory(sys, "kernel"), "random");
  add_file(random, "boot_id", 0444, 37u);
  add_file(random, "uuid", 0444, 37u);
  add_file(random, "entropy_avail", 0444, 5u);
  for (const auto& [name, bytes] :
       std::initializer_list<std::pair<const char*, std::uint32_t>>{{"file-max", 8},
                                                                    {"nr_open", 8},
                                                                    {"file-nr", 18},
                                                                    {"inode-nr", 12},
                                                                    {"pipe-max-size", 8},
                                                                    {"aio-max-nr", 6}}) {
    knob("fs", name, bytes);
  }
  PseudoInode& core = add_directory(add_directory(sys, "net"), "core");
  add_file(core, "somaxconn", 0644, 4u);
  add_file(core, "rmem_max", 0644, 7u);
  add_file(core, "wmem_max", 0644, 7u);
}

}  // namespace isosim::kernel
