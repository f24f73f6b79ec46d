// A small file system that starts from an inferred tree and answers a trace's calls on names, sizes and
// directories: an oracle that shares no code with the inference.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "traces/infer_tree.h"
#include "traces/structure.h"
#include "traces/trace.h"

namespace isosim::traces {

class TreeReplay {
 public:
  explicit TreeReplay(const InitialTree& tree) : directory_(tree.working_directory), umask_(tree.umask) {
    inodes_.push_back({NodeKind::directory, 0755, 0, {}, {}, {}, 0, true, 0});
    for (const Node& node : tree.nodes) {
      if (node.path == "/") continue;
      int error = 0;
      const Walked at = walk(0, node.path, false, error);
      inodes_.push_back({node.kind,
                         node.mode,
                         node.size,
                         node.target,
                         {},
                         {},
                         at.folder,
                         node.size_known,
                         node.xattr_error});
      link(at.folder, at.name, static_cast<int>(inodes_.size()) - 1);
    }
    for (const Node& node : tree.nodes) {
      if (node.listing.empty()) continue;
      int error = 0;
      Inode& folder = inodes_[static_cast<std::size_t>(walk(0, node.path, false, error).inode)];
      folder.order = node.listing;
    }
  }

  std::uint64_t compared = 0, agreed = 0;
  std::vector<std::string> differences;

  void apply(const Event& e) {
    if (e.kind != EventKind::call || e.return_kind != ReturnKind::value) return;
    const bool ok = e.result >= 0;
    const auto number = [&](int i) { return i < e.argc ? e.args[i].value : 0; };
    const auto fd = [&](int i) { return static_cast<int>(number(i)); };
    switch (e.nr) {
      case SYS_open:
        open(e, -1, 0, number(1), number(2));
        break;
      case SYS_creat:
        open(e, -1, 0, O_CREAT | O_WRONLY | O_TRUNC, number(1));
        break;
      case SYS_openat:
        open(e, 0, 1, number(2), number(3));
        break;
      case SYS_stat:
        status(e, -1, 0, 1, true);
        break;
      case SYS_lstat:
        status(e, -1, 0, 1, false);
        break;
      case SYS_newfstatat:
        status(e, 0, 1, 2, (number(3) & AT_SYMLINK_NOFOLLOW) == 0);
        break;
      case SYS_statx:
        status(e, 0, 1, 4, (number(2) & AT_SYMLINK_NOFOLLOW) == 0);
        break;
      case SYS_access:
      case SYS_statfs:
        lookup(e, -1, 0, true);
        break;
      case SYS_faccessat:
      case SYS_faccessat2:
        lookup(e, 0, 1, true);
        break;
      case SYS_getxattr:
      case SYS_lgetxattr: {
        int error = 0;
        const Walked at = walk_from(e, -1, 0, e.nr == SYS_getxattr, error);
        if (!error && at.inode < 0) error = ENOENT;
        if (!error) error = inodes_[static_cast<std::size_t>(at.inode)].xattr_error;
        compare(e, e.error == error, e.args[0].text, error);
        break;
      }
      case SYS_readlink:
        readlink(e, -1, 0);
        break;
      case SYS_readlinkat:
        readlink(e, 0, 1);
        break;
      case SYS_chdir: {
        const int inode = lookup(e, -1, 0, true);
        if (ok && inode >= 0) process(e).cwd = inode;
        break;
      }
      case SYS_fchdir:
        if (ok && file(e, fd(0))) process(e).cwd = file(e, fd(0))->inode;
        break;
      case SYS_getcwd:
        compare(e, e.result == static_cast<std::int64_t>(path(process(e).cwd).size()) + 1, "getcwd", 0);
        break;
      case SYS_execve: {
        lookup(e, -1, 0, true);
        if (!ok) break;
        std::erase_if(process(e).files, [](const auto& f) { return f.second.close_on_exec; });
        break;
      }
      case SYS_mkdir:
        make(e, -1, 0, number(1));
        break;
      case SYS_mkdirat:
        make(e, 0, 1, number(2));
        break;
      case SYS_unlink:
        remove(e, -1, 0);
        break;
      case SYS_rmdir:
        remove(e, -1, 0);
        break;
      case SYS_unlinkat:
        remove(e, 0, 1);
        break;
      case SYS_rename:
        rename(e);
        break;
      case SYS_getdents64:
        list(e);
        break;
      case SYS_close:
        process(e).files.erase(fd(0));
        break;
      case SYS_dup:
      case SYS_dup2:
      case SYS_dup3:
        if (ok && file(e, fd(0))) process(e).files[static_cast<int>(e.result)] = *file(e, fd(0));
        break;
      case SYS_fcntl:
        if (ok && file(e, fd(0)) && (number(1) == F_DUPFD || number(1) == F_DUPFD_CLOEXEC)) {
          process(e).files[static_cast<int>(e.result)] = *file(e, fd(0));
        }
        break;
      case SYS_read:
      case SYS_pread64:
        read(e, number(2), e.nr == SYS_pread64 ? number(3) : -1);
        break;
      case SYS_write:
      case SYS_pwrite64:
        write(e, e.nr == SYS_pwrite64 ? number(3) : -1);
        break;
      case SYS_lseek:
        if (ok && file(e, fd(0))) {
          File& f = *file(e, fd(0));
          if (number(2) == SEEK_END && regular(f)) {
            compare(e,
                    inodes_[static_cast<std::size_t>(f.inode)].size + static_cast<std::uint64_t>(number(1)) ==
                        static_cast<std::uint64_t>(e.result),
                    path(f.inode), 0);
          }
          *f.position = static_cast<std::uint64_t>(e.result);
          if (e.result == 0) *f.listed = 0;
        }
        break;
      case SYS_ftruncate:
        if (ok && file(e, fd(0)) && regular(*file(e, fd(0)))) {
          inodes_[static_cast<std::size_t>(file(e, fd(0))->inode)].size =
              static_cast<std::uint64_t>(number(1));
        }
        break;
      case SYS_clone:
      case SYS_clone3:
      case SYS_fork:
      case SYS_vfork: {
        if (e.result <= 0) break;
        const bool thread =
            e.nr == SYS_clone3 && e.args[0].text.find("CLONE_THREAD") != std::string_view::npos;
        const int parent = owner(e.tid);
        owner_[static_cast<int>(e.result)] = thread ? parent : static_cast<int>(e.result);
        if (!thread) processes_[static_cast<int>(e.result)] = process(e);
        break;
      }
      case SYS_pipe:
      case SYS_pipe2:
      case SYS_socketpair:
        for (const Field f : elements(e.args[e.nr == SYS_socketpair ? 3 : 0].text)) {
          if (const auto n = integer(f.value); ok && n) process(e).files.erase(static_cast<int>(*n));
        }
        break;
      case SYS_socket:
      case SYS_accept4:
      case SYS_accept:
      case SYS_epoll_create1:
      case SYS_epoll_create:
      case SYS_eventfd2:
        if (ok) process(e).files.erase(static_cast<int>(e.result));
        break;
      default:
        break;
    }
  }

 private:
  struct Inode {
    NodeKind kind;
    std::uint32_t mode;
    std::uint64_t size;
    std::string target;
    std::map<std::string, int, std::less<>> names;
    std::vector<std::string> order;  // of enumeration; names that are not in it come last
    int parent;
    bool size_known;
    int xattr_error;
  };
  struct File {
    int inode = -1;
    bool append = false, close_on_exec = false;
    std::shared_ptr<std::uint64_t> position = std::make_shared<std::uint64_t>(0);
    std::shared_ptr<std::size_t> listed = std::make_shared<std::size_t>(0);
  };
  struct Process {
    int cwd = 0;
    std::map<int, File> files;
  };
  struct Walked {
    int folder = 0;
    std::string name;
    int inode = -1;
  };

  void link(int folder, const std::string& name, int inode) {
    Inode& f = inodes_[static_cast<std::size_t>(folder)];
    if (f.names.insert_or_assign(name, inode).second) f.order.push_back(name);
    inodes_[static_cast<std::size_t>(inode)].parent = folder;
  }
  void unlink(int folder, const std::string& name) {
    Inode& f = inodes_[static_cast<std::size_t>(folder)];
    f.names.erase(name);
    std::erase(f.order, name);
  }
  std::string path(int inode) const {
    if (inode <= 0) return "/";
    const int parent = inodes_[static_cast<std::size_t>(inode)].parent;
    for (const auto& [name, id] : inodes_[static_cast<std::size_t>(parent)].names) {
      if (id == inode) return (parent == 0 ? "" : path(parent)) + "/" + name;
    }
    return "?";
  }
  int owner(int tid) {
    const auto known = owner_.try_emplace(tid, tid);
    if (known.second && !processes_.contains(tid)) {
      int error = 0;
      processes_[tid].cwd = walk(0, directory_, true, error).inode;
    }
    return known.first->second;
  }
  Process& process(const Event& e) { return processes_[owner(e.tid)]; }
  File* file(const Event& e, int fd) {
    const auto at = process(e).files.find(fd);
    return at == process(e).files.end() ? nullptr : &at->second;
  }
  bool regular(const File& f) const {
    return inodes_[static_cast<std::size_t>(f.inode)].kind == NodeKind::file;
  }

  Walked walk(int base, std::string_view text, bool follow, int& error, int links = 0) {
    Walked at;
    at.folder = at.inode = text.starts_with('/') ? 0 : base;
    std::size_t i = 0;
    bool more = true;
    if (text.empty()) error = ENOENT;
    while (!error) {
      while (i < text.size() && text[i] == '/') ++i;
      if (i >= text.size()) break;
      std::size_t end = std::min(text.find('/', i), text.size());
      const std::string name(text.substr(i, end - i));
      more = text.find_first_not_of('/', end) != std::string_view::npos;
      const bool slash = end < text.size();
      i = end;
      if (at.inode < 0) return error = ENOENT, at;
      if (inodes_[static_cast<std::size_t>(at.inode)].kind != NodeKind::directory) return error = ENOTDIR, at;
      if (name == ".") continue;
      if (name == "..") {
        at.inode = inodes_[static_cast<std::size_t>(at.inode)].parent;
        continue;
      }
      at.folder = at.inode;
      at.name = name;
      const Inode& folder = inodes_[static_cast<std::size_t>(at.folder)];
      const auto entry = folder.names.find(name);
      at.inode = entry == folder.names.end() ? -1 : entry->second;
      if (at.inode >= 0 && inodes_[static_cast<std::size_t>(at.inode)].kind == NodeKind::symlink &&
          (more || follow || slash)) {
        if (links > 40) return error = ELOOP, at;
        const std::string target = inodes_[static_cast<std::size_t>(at.inode)].target;
        at = walk(at.folder, target, true, error, links + 1);
      }
    }
    return at;
  }
  Walked walk_from(const Event& e, int dir, int arg, bool follow, int& error) {
    std::string text(arg < e.argc ? e.args[arg].text : std::string_view{});
    int base = process(e).cwd;
    if (dir >= 0 && static_cast<int>(e.args[dir].value) != AT_FDCWD) {
      const File* f = file(e, static_cast<int>(e.args[dir].value));
      base = f ? f->inode : -1;
    }
    return walk(base, text, follow, error);
  }
  void compare(const Event& e, bool same, std::string_view what, int error) {
    if (what.starts_with("/proc") || what.starts_with("/sys")) return;
    ++compared;
    if (same) {
      ++agreed;
    } else if (differences.size() < 20) {
      differences.push_back("line " + std::to_string(e.line) + " " + std::string(e.name) + " " +
                            std::string(what) + ": recorded " + std::to_string(e.result) +
                            ", replayed error " + std::to_string(error));
    }
  }
  int lookup(const Event& e, int dir, int arg, bool follow) {
    int error = 0;
    const Walked at = walk_from(e, dir, arg, follow, error);
    if (!error && at.inode < 0) error = ENOENT;
    compare(e, e.error == error, e.args[arg].text, error);
    return error ? -1 : at.inode;
  }
  void open(const Event& e, int dir, int arg, std::int64_t flags, std::int64_t mode) {
    int error = 0;
    const bool create = (flags & O_CREAT) != 0, exclusive = create && (flags & O_EXCL) != 0;
    Walked at = walk_from(e, dir, arg, !exclusive && !(flags & O_NOFOLLOW), error);
    if (!error && at.inode < 0 && !create) error = ENOENT;
    if (!error && at.inode >= 0) {
      const NodeKind kind = inodes_[static_cast<std::size_t>(at.inode)].kind;
      if (exclusive)
        error = EEXIST;
      else if ((flags & O_DIRECTORY) && kind != NodeKind::directory)
        error = ENOTDIR;
      else if ((flags & O_ACCMODE) != O_RDONLY && kind == NodeKind::directory)
        error = EISDIR;
      else if (kind == NodeKind::symlink)
        error = ELOOP;
    }
    compare(e, e.error == error, e.args[arg].text, error);
    if (e.result < 0) return;
    if (error) return void(process(e).files.erase(static_cast<int>(e.result)));
    if (at.inode < 0) {
      inodes_.push_back(
          {NodeKind::file, static_cast<std::uint32_t>(mode) & ~umask_, 0, {}, {}, {}, 0, true, ENODATA});
      at.inode = static_cast<int>(inodes_.size()) - 1;
      link(at.folder, at.name, at.inode);
    } else if (flags & O_TRUNC) {
      inodes_[static_cast<std::size_t>(at.inode)].size = 0;
      inodes_[static_cast<std::size_t>(at.inode)].size_known = true;
    }
    File f;
    f.inode = at.inode;
    f.append = (flags & O_APPEND) != 0;
    f.close_on_exec = (flags & O_CLOEXEC) != 0;
    process(e).files[static_cast<int>(e.result)] = f;
  }
  void status(const Event& e, int dir, int arg, int structure, bool follow) {
    int inode;
    if (e.args[arg].text.empty()) {
      const File* f = file(e, static_cast<int>(e.args[0].value));
      if (!f) return;
      inode = f->inode;
    } else {
      inode = lookup(e, dir, arg, follow);
    }
    if (inode < 0 || e.result < 0 || structure >= e.argc) return;
    const std::string_view text = e.args[structure].text;
    const Inode& i = inodes_[static_cast<std::size_t>(inode)];
    const std::string prefix = e.nr == SYS_statx ? "stx_" : "st_";
    const auto mode = integer(field(text, prefix + "mode"));
    static constexpr std::uint32_t types[] = {S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK};
    if (mode)
      compare(e, static_cast<std::uint64_t>(*mode) == (types[static_cast<int>(i.kind)] | i.mode), path(inode),
              0);
    const auto size = integer(field(text, prefix + "size"));
    if (size && i.kind == NodeKind::file)
      compare(e, static_cast<std::uint64_t>(*size) == i.size, path(inode), 0);
  }
  void readlink(const Event& e, int dir, int arg) {
    int error = 0;
    const Walked at = walk_from(e, dir, arg, false, error);
    std::int64_t result = 0;
    if (!error && at.inode < 0) error = ENOENT;
    if (!error && inodes_[static_cast<std::size_t>(at.inode)].kind != NodeKind::symlink) error = EINVAL;
    if (!error) result = static_cast<std::int64_t>(inodes_[static_cast<std::size_t>(at.inode)].target.size());
    compare(e, e.error == error && (error || e.result == result), e.args[arg].text, error);
  }
  void make(const Event& e, int dir, int arg, std::int64_t mode) {
    int error = 0;
    const Walked at = walk_from(e, dir, arg, false, error);
    if (!error && at.inode >= 0) error = EEXIST;
    compare(e, e.error == error, e.args[arg].text, error);
    if (error) return;
    inodes_.push_back(
        {NodeKind::directory, static_cast<std::uint32_t>(mode) & ~umask_, 0, {}, {}, {}, 0, true, ENODATA});
    link(at.folder, at.name, static_cast<int>(inodes_.size()) - 1);
  }
  void remove(const Event& e, int dir, int arg) {
    int error = 0;
    const Walked at = walk_from(e, dir, arg, false, error);
    if (!error && at.inode < 0) error = ENOENT;
    compare(e, e.error == error, e.args[arg].text, error);
    if (!error && e.result >= 0) unlink(at.folder, at.name);
  }
  void rename(const Event& e) {
    int error = 0;
    const Walked from = walk_from(e, -1, 0, false, error);
    const Walked to = walk_from(e, -1, 1, false, error);
    if (!error && from.inode < 0) error = ENOENT;
    compare(e, e.error == error, e.args[0].text, error);
    if (error || e.result < 0) return;
    unlink(from.folder, from.name);
    link(to.folder, to.name, from.inode);
  }
  void list(const Event& e) {
    const File* f = file(e, static_cast<int>(e.args[0].value));
    if (!f || e.result < 0) return;
    const Inode& folder = inodes_[static_cast<std::size_t>(f->inode)];
    std::vector<std::string> names{".", ".."};
    for (const std::string& name : folder.order) {
      if (folder.names.contains(name)) names.push_back(name);
    }
    std::uint64_t bytes = 0;
    const auto room = static_cast<std::uint64_t>(e.args[2].value);
    for (; *f->listed < names.size(); ++*f->listed) {
      const std::uint64_t record = (19 + names[*f->listed].size() + 1 + 7) / 8 * 8;
      if (bytes + record > room) break;
      bytes += record;
    }
    compare(e, bytes == static_cast<std::uint64_t>(e.result), path(f->inode), static_cast<int>(bytes));
  }
  void read(const Event& e, std::int64_t asked, std::int64_t offset) {
    const File* f = file(e, static_cast<int>(e.args[0].value));
    if (!f || e.result < 0 || !regular(*f)) return;
    const std::uint64_t at = offset >= 0 ? static_cast<std::uint64_t>(offset) : *f->position;
    const std::uint64_t size = inodes_[static_cast<std::size_t>(f->inode)].size;
    const std::uint64_t got = std::min(static_cast<std::uint64_t>(asked), size > at ? size - at : 0);
    compare(e, got == static_cast<std::uint64_t>(e.result), path(f->inode), static_cast<int>(got));
    if (offset < 0) *f->position += static_cast<std::uint64_t>(e.result);
  }
  void write(const Event& e, std::int64_t offset) {
    const File* f = file(e, static_cast<int>(e.args[0].value));
    if (!f || e.result < 0 || !regular(*f)) return;
    Inode& inode = inodes_[static_cast<std::size_t>(f->inode)];
    if (f->append && offset < 0) *f->position = inode.size;
    const std::uint64_t end = (offset >= 0 ? static_cast<std::uint64_t>(offset) : *f->position) +
                              static_cast<std::uint64_t>(e.result);
    inode.size = std::max(inode.size, end);
    if (offset < 0) *f->position = end;
  }

  std::vector<Inode> inodes_;
  std::string directory_;
  std::uint32_t umask_;
  std::map<int, Process> processes_;
  std::map<int, int> owner_;
};

}  // namespace isosim::traces
