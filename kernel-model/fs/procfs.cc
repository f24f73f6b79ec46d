#include "kernel-model/fs/procfs.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/namespaces.h"

namespace isosim::kernel {

namespace {

std::int32_t number(std::string_view name) {
  std::int32_t value = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  return error == std::errc() && end == name.data() + name.size() ? value : -1;
}

}  // namespace

Procfs::Procfs(Vfs& its_vfs, std::shared_ptr<PidNamespace> pids)
    : PseudoFs(its_vfs, "proc"), pids_(std::move(pids)) {
  add_system_files();
  PseudoInode& top = root_node();
  const auto link = [&](std::string_view name, std::function<std::string(Thread*)> text) {
    const Ref<PseudoInode> inode = node(file_mode::symlink | 0777);
    inode->text = std::move(text);
    top.entries->add(name, inode, inode->dirent_kind());
  };
  // proc_self_follow_link(): nowhere for who is not in the name space.
  link("self", [this](Thread* t) {
    const std::int32_t number = t ? shown(t->process->pid) : 0;
    return number != 0 ? std::to_string(number) : std::string();
  });
  link("thread-self", [this](Thread* t) {
    const std::int32_t number = t ? shown(t->process->pid) : 0;
    return number != 0 ? fmt::format("{}/task/{}", number, shown(t->tid)) : std::string();
  });
  link("mounts", [](Thread*) { return std::string("self/mounts"); });
  link("net", [](Thread*) { return std::string("self/net"); });
  top.find = [this](Thread*, std::string_view name) -> Ref<Inode> {
    const std::int32_t pid = id_of(name);
    return pid > 0 && alive(pid) ? process_directory(pid) : nullptr;
  };
  top.list = [this](Thread*, Directory& entries) {
    std::vector<std::string> gone;
    for (const auto& slot : entries.slots()) {
      const auto* inode = static_cast<const PseudoInode*>(slot.inode.get());  // null: removed
      if (inode && inode->pid > 0 && !alive(inode->pid)) gone.push_back(slot.name);
    }
    for (const auto& name : gone) entries.remove(name);
    for (const auto& [pid, process] : vfs.kernel.processes) {
      const std::string name = std::to_string(shown(pid));
      if (shown(pid) != 0 && !entries.find(name)) entries.add(name, process_directory(pid), 4);
    }
  };
}

Process* Procfs::alive(std::int32_t pid) const { return vfs.kernel.find_process(pid); }

std::int32_t Procfs::shown(std::int32_t id) const { return pids_ ? pids_->number(id) : id; }

std::int32_t Procfs::id_of(std::string_view name) const {
  const std::int32_t shown_as = number(name);
  return pids_ && shown_as > 0 ? pids_->id(shown_as) : shown_as;
}

// A process goes before what the initial tree has by its number: the record's /proc lists its own.
std::int64_t Procfs::lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) {
  const Process* process = &dir == root.get() ? alive(id_of(name)) : nullptr;
  if (!process) return PseudoFs::lookup(t, dir, name, out);
  charge(t, cost.lookup);
  const auto* entry = dir.inode->entries->find(name);
  const bool listed = entry && static_cast<const PseudoInode&>(*entry->inode).pid == process->pid;
  out = listed ? entry->inode : Ref<Inode>(process_directory(process->pid));
  return 0;
}

bool Procfs::revalidate(Thread* /*t*/, Dentry& dentry) {
  const auto* parent = dentry.parent ? static_cast<const PseudoInode*>(dentry.parent->inode.get()) : nullptr;
  if (dentry.negative()) return !parent || !parent->find;
  const auto& inode = static_cast<const PseudoInode&>(*dentry.inode);
  if (dentry.parent == root)
    if (const Process* named = alive(id_of(dentry.name))) return inode.pid == named->pid;
  if (inode.pid == 0) return true;
  const Process* process = alive(inode.pid);
  return process && (inode.fd < 0 || (process->files && process->files->get(inode.fd)));
}

Ref<PseudoInode> Procfs::process_directory(std::int32_t pid) {
  Ref<PseudoInode> dir = node(file_mode::directory | 0555);
  dir->pid = pid;
  dir->uid = alive(pid)->credentials.euid;
  dir->gid = alive(pid)->credentials.egid;
  add_process_files(*dir, pid);
  add_links(*dir, pid);
  for (const char* name : {"fd", "fdinfo"})
    dir->entries->add(name, descriptor_directory(pid, name == std::string_view("fdinfo")), 4);
  PseudoInode& task = add_directory(*dir, "task");
  task.pid = pid;
  task.find = [this, pid](Thread*, std::string_view name) -> Ref<Inode> {
    const Thread* thread = vfs.kernel.find_thread(id_of(name));
    if (!thread || thread->process->pid != pid) return nullptr;
    const Ref<PseudoInode> inode = node(file_mode::directory | 0555);
    inode->pid = pid;
    add_process_files(*inode, pid);
    return inode;
  };
  task.list = [this, pid](Thread*, Directory& entries) {
    entries = Directory();
    for (const Thread* thread : alive(pid)->threads)
      entries.add(std::to_string(shown(thread->tid)), nullptr, 4);
  };
  for (const auto& [name, readings] : recorded_) {
    if (const auto* entry = dir->entries->find(name))
      static_cast<PseudoInode&>(*entry->inode).recorded = readings;
  }
  return dir;
}

// The inode of a file that has no name: of a pipe, a socket.
Ref<Inode> Procfs::object_of(File& file) {
  FileStatus status;
  file.status(status);
  const Ref<PseudoInode> inode = node(status.mode);
  inode->object = file.pipe_object();
  if (file.reopens_as_itself()) inode->reopened = &file;
  return inode;
}

File* Procfs::open_file(std::int32_t pid, std::int32_t fd) const {
  const Process* process = alive(pid);
  return process && process->files ? process->files->get(fd) : nullptr;
}

Ref<PseudoInode> Procfs::descriptor_link(std::int32_t pid, std::int32_t fd) {
  Ref<PseudoInode> link = node(file_mode::symlink | 0700);
  link->size = 64;
  link->text = [this, pid, fd](Thread* t) {
    const File* file = open_file(pid, fd);
    if (!file) return std::string();
    const Path* path = file->path();
    return path && t ? path_name(*t->process->fs, *path) : file->describe();
  };
  link->jump = [this, pid, fd](Thread* t, Path& out) {
    if (File* file = open_file(pid, fd); file && file->path()) {
      out = *file->path();
    } else if (file && t) {
      out = {t->process->fs->root.mount, vfs.dcache.make_root(*this, object_of(*file))};
    }
    return true;
  };
  return link;
}

// seq_show() of fs/proc/fd.c. Files without a place lie on mounts of the kernel's own (sock_mnt, pipe_mnt).
Ref<PseudoInode> Procfs::descriptor_info(std::int32_t pid, std::int32_t fd) {
  Ref<PseudoInode> info = node(file_mode::regular | 0400);
  info->generate = [this, pid, fd](Thread&) {
    constexpr std::int32_t kInnerMount = 8;
    const File* file = open_file(pid, fd);
    if (!file) return Records{};
    const std::string text = fmt::format("pos:\t{}\nflags:\t0{:o}\nmnt_id:\t{}\n", file->position,
                                         file->flags, file->path() ? file->path()->mount->id : kInnerMount) +
                             file->fdinfo();
    return Records{static_cast<std::uint32_t>(text.size())};
  };
  return info;
}

Ref<PseudoInode> Procfs::descriptor_directory(std::int32_t pid, bool info) {
  constexpr std::uint8_t kRegular = 8, kLink = 10;  // DT_*
  Ref<PseudoInode> dir = node(file_mode::directory | 0500);
  dir->pid = pid;
  dir->uid = alive(pid)->credentials.euid;
  dir->find = [this, pid, info](Thread*, std::string_view name) -> Ref<Inode> {
    const std::int32_t fd = number(name);
    if (fd < 0 || !open_file(pid, fd)) return nullptr;
    const Ref<PseudoInode> found = info ? descriptor_info(pid, fd) : descriptor_link(pid, fd);
    found->pid = pid;
    found->fd = fd;
    found->uid = alive(pid)->credentials.euid;
    found->gid = alive(pid)->credentials.egid;
    return found;
  };
  dir->list = [this, pid, info](Thread*, Directory& entries) {
    entries = Directory();
    const Process* process = alive(pid);
    for (std::int32_t fd = 0; process && process->files && fd < process->files->size(); ++fd)
      if (process->files->get(fd)) entries.add(std::to_string(fd), nullptr, info ? kRegular : kLink);
  };
  return dir;
}

void Procfs::add_links(PseudoInode& dir, std::int32_t pid) {
  const auto link = [&](std::string_view name, std::function<Path(const Process&)> place) {
    const Ref<PseudoInode> inode = node(file_mode::symlink | 0777);
    inode->pid = pid;
    const auto target = [this, pid, place = std::move(place)] {
      const Process* process = alive(pid);
      return process && process->fs ? place(*process) : Path();
    };
    inode->text = [target](Thread* t) {
      const Path path = target();
      return path.dentry && t ? path_name(*t->process->fs, path) : std::string();
    };
    inode->jump = [target](Thread*, Path& out) { return out = target(), true; };
    dir.entries->add(name, inode, inode->dirent_kind());
  };
  link("exe", [this](const Process& process) {
    if (process.exe) return *process.exe;
    return process.executable.empty() ? Path() : vfs.find(*process.fs, process.executable);
  });
  link("cwd", [](const Process& process) { return process.fs->cwd; });
  link("root", [](const Process& process) { return process.fs->root; });
}

void Procfs::record(std::string_view name, const InitialFile& file) {
  std::vector<Records> readings = file.readings;
  if (readings.empty() && file.size) readings.push_back({static_cast<std::uint32_t>(file.size)});
  const auto slash = name.find('/');
  const std::string_view first = name.substr(0, slash);
  if (slash != std::string_view::npos && (first == "self" || first == "thread-self")) {
    recorded_.insert_or_assign(std::string(name.substr(slash + 1)), std::move(readings));
    return;
  }
  PseudoInode* dir = &root_node();
  while (true) {
    const auto end = std::min(name.find('/'), name.size());
    const std::string_view component = name.substr(0, end);
    if (end == name.size()) {
      const auto* entry = dir->entries->find(component);
      PseudoInode& inode = entry ? static_cast<PseudoInode&>(*entry->inode)
                                 : add_file(*dir, component, file.mode & file_mode::permissions, 0u);
      inode.recorded = std::move(readings);
      inode.refusal = file.refusal;
      return;
    }
    dir = &add_directory(*dir, component);
    name.remove_prefix(end + 1);
  }
}

// proc_reg_poll() and proc_sys_poll(): what belongs to no process. A mount table has its own:
// PseudoFile::poll().
bool Procfs::has_poll(const Dentry& dentry) const {
  return static_cast<const PseudoInode&>(*dentry.inode).pid == 0;
}

}  // namespace isosim::kernel
