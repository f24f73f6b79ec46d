#include "kernel-model/fs/procfs.h"

#include <charconv>

#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

std::int32_t number(std::string_view name) {
  std::int32_t value = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  return error == std::errc() && end == name.data() + name.size() ? value : -1;
}

}  // namespace

Procfs::Procfs(Vfs& its_vfs) : PseudoFs(its_vfs, "proc") {
  add_system_files();
  PseudoInode& top = root_node();
  const auto link = [&](std::string_view name, std::function<std::string(Thread*)> text) {
    const Ref<PseudoInode> inode = node(file_mode::symlink | 0777);
    inode->text = std::move(text);
    top.entries->add(name, inode, inode->dirent_kind());
  };
  link("self", [](Thread* t) { return t ? std::to_string(t->process->pid) : std::string(); });
  link("thread-self", [](Thread* t) {
    return t ? std::to_string(t->process->pid) + "/task/" + std::to_string(t->tid) : std::string();
  });
  link("mounts", [](Thread*) { return std::string("self/mounts"); });
  link("net", [](Thread*) { return std::string("self/net"); });
  top.find = [this](Thread*, std::string_view name) -> Ref<Inode> {
    const std::int32_t pid = number(name);
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
      const std::string name = std::to_string(pid);
      if (!entries.find(name)) entries.add(name, process_directory(pid), 4);
    }
  };
}

Process* Procfs::alive(std::int32_t pid) const { return vfs.kernel.find_process(pid); }

bool Procfs::revalidate(Thread* /*t*/, Dentry& dentry) {
  const auto* parent = dentry.parent ? static_cast<const PseudoInode*>(dentry.parent->inode.get()) : nullptr;
  if (dentry.negative()) return !parent || !parent->find;
  const auto& inode = static_cast<const PseudoInode&>(*dentry.inode);
  if (inode.pid == 0) return true;
  const Process* process = alive(inode.pid);
  return process && (inode.fd < 0 || (process->files && process->files->get(inode.fd)));
}

Ref<PseudoInode> Procfs::process_directory(std::int32_t pid) {
  const Ref<PseudoInode> dir = node(file_mode::directory | 0555);
  dir->pid = pid;
  dir->uid = alive(pid)->credentials.euid;
  dir->gid = alive(pid)->credentials.egid;
  add_process_files(*dir, pid);
  add_links(*dir, pid);
  for (const char* name : {"fd", "fdinfo"}) dir->entries->add(name, descriptor_directory(pid), 4);
  PseudoInode& task = add_directory(*dir, "task");
  task.pid = pid;
  task.find = [this, pid](Thread*, std::string_view name) -> Ref<Inode> {
    const Thread* thread = vfs.kernel.find_thread(number(name));
    if (!thread || thread->process->pid != pid) return nullptr;
    const Ref<PseudoInode> inode = node(file_mode::directory | 0555);
    inode->pid = pid;
    add_process_files(*inode, pid);
    return inode;
  };
  task.list = [this, pid](Thread*, Directory& entries) {
    entries = Directory();
    for (const Thread* thread : alive(pid)->threads) entries.add(std::to_string(thread->tid), nullptr, 4);
  };
  for (const auto& [name, sizes] : recorded_) {
    if (const auto* entry = dir->entries->find(name))
      static_cast<PseudoInode&>(*entry->inode).recorded = sizes;
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

Ref<PseudoInode> Procfs::descriptor_directory(std::int32_t pid) {
  const Ref<PseudoInode> dir = node(file_mode::directory | 0500);
  dir->pid = pid;
  dir->uid = alive(pid)->credentials.euid;
  dir->find = [this, pid](Thread*, std::string_view name) -> Ref<Inode> {
    const std::int32_t fd = number(name);
    const auto open = [this, pid, fd]() -> File* {
      const Process* process = alive(pid);
      return process && process->files ? process->files->get(fd) : nullptr;
    };
    if (fd < 0 || !open()) return nullptr;
    const Ref<PseudoInode> link = node(file_mode::symlink | 0700);
    link->pid = pid;
    link->fd = fd;
    link->size = 64;
    link->text = [open](Thread* t) {
      const File* file = open();
      if (!file) return std::string();
      const Path* path = file->path();
      return path && t ? path_name(*t->process->fs, *path) : file->describe();
    };
    link->jump = [this, open](Thread* t, Path& out) {
      if (File* file = open(); file && file->path()) {
        out = *file->path();
      } else if (file && t) {
        out = {t->process->fs->root.mount, vfs.dcache.make_root(*this, object_of(*file))};
      }
      return true;
    };
    return link;
  };
  dir->list = [this, pid](Thread*, Directory& entries) {
    entries = Directory();
    const Process* process = alive(pid);
    for (std::int32_t fd = 0; process && process->files && fd < process->files->size(); ++fd) {
      if (process->files->get(fd)) entries.add(std::to_string(fd), nullptr, 10);
    }
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
  std::vector<std::uint32_t> sizes = file.read_sizes;
  if (sizes.empty() && file.size) sizes.push_back(static_cast<std::uint32_t>(file.size));
  const auto slash = name.find('/');
  const std::string_view first = name.substr(0, slash);
  if (slash != std::string_view::npos && (first == "self" || first == "thread-self")) {
    recorded_.insert_or_assign(std::string(name.substr(slash + 1)), std::move(sizes));
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
      inode.recorded = std::move(sizes);
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
