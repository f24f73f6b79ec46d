// Descriptor tables: what each number refers to.
#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "traces/infer_walk.h"
#include "traces/structure.h"

namespace isosim::traces::infer {

namespace {

constexpr std::int64_t kMostInherited = 1024;  // RLIMIT_NOFILE as it mostly is

OpenKind kind_from_note(std::string_view note) {
  if (note.starts_with("pipe:")) return OpenKind::pipe;
  if (note.starts_with("anon_inode:")) return OpenKind::anonymous;
  if (note.find("<char ") != std::string_view::npos) return OpenKind::device;
  if (note.starts_with('/')) return OpenKind::file;
  return note.empty() ? OpenKind::unknown : OpenKind::socket;  // socket:, TCP:, UNIX-STREAM:, NETLINK: ...
}

}  // namespace

// Was open before the trace, as far as one can see.
std::shared_ptr<Description> Walk::assume_open(const Event& e, std::int64_t fd) {
  auto open = processes.open(OpenKind::unknown, {});
  open->inherited = true;
  open->flags = O_RDWR;
  processes.install(e.tid, fd, open, false);
  return open;
}

Description* Walk::open_file(const Event& e, int arg) {
  if (arg >= e.argc) return nullptr;
  const auto fd = static_cast<std::int32_t>(e.args[arg].value);
  touch_slot(e, fd, false);
  Description* known = processes.at(e.tid, fd);
  if (known && !(known->inherited && !known->described)) return known;
  if (fd < 0 || e.error == EBADF) return known;
  auto open = processes.shared(e.tid, fd);
  if (!open) open = assume_open(e, fd);
  open->described = true;
  const std::string_view note = e.args[arg].note;
  open->kind = kind_from_note(note);
  if (note.starts_with('/') && !note.ends_with("(deleted)")) {
    const Found found = names.find(Names::root, note.substr(0, note.find('<')), true);
    if (found.dentry != kNone) {
      names.saw_present(found.dentry);
      open->inode = names.inode_of(found.dentry);
      if (open->kind == OpenKind::device) kind_evidence(open->inode, NodeKind::char_device);
    }
  }
  inherited.push_back({fd, processes.of(e.tid).pid, open, std::string(note)});
  return open.get();
}

void Walk::install(const Event& e, std::int64_t fd, std::shared_ptr<Description> open, bool close_on_exec) {
  Process& process = processes.of(e.tid);
  touch_slot(e, fd, true);
  if (const auto number = static_cast<std::size_t>(fd); fd >= 0 && fd < kMostInherited) {
    if (number >= installed_.size()) installed_.resize(number + 1);
    installed_[number] = true;
  }
  // While a call blocks, other threads of the process may use the number that it will get.
  if (process.threads > 1 && e.duration_ns > 0) {
    pending_.push_back({e.start_ns + e.duration_ns, e.tid, fd, std::move(open), close_on_exec});
    return;
  }
  processes.install(e.tid, fd, std::move(open), close_on_exec);
}

// A call gets the lowest free number: those below that nothing is known of were open before the trace. Where
// threads share the table, one may be in the middle of a call that gets such a number.
void Walk::install_lowest(const Event& e, std::shared_ptr<Description> open, bool close_on_exec,
                          std::int64_t lowest) {
  const Process& process = processes.of(e.tid);
  const bool shared = process.threads > 1 || process.files.use_count() > 1;
  for (std::int64_t fd = lowest; fd < std::min(e.result, kMostInherited); ++fd) {
    if (processes.at(e.tid, fd)) continue;
    if (shared) {
      passed_over_.insert(fd);
    } else {
      inherited.push_back({static_cast<std::int32_t>(fd), process.pid, assume_open(e, fd), {}});
    }
  }
  install(e, e.result, std::move(open), close_on_exec);
}

std::vector<std::int32_t> Walk::never_free() const {
  std::vector<std::int32_t> numbers;
  for (const std::int64_t fd : passed_over_) {
    const auto number = static_cast<std::size_t>(fd);
    if (number >= installed_.size() || !installed_[number]) numbers.push_back(static_cast<std::int32_t>(fd));
  }
  return numbers;
}

// A listing of /proc/self/fd names all that is open.
void Walk::listed_descriptors(const Event& e) {
  const Process& process = processes.of(e.tid);
  if (process.threads > 1 || process.files.use_count() > 1 || e.argc < 2) return;
  for (const Field element : elements(e.args[1].text)) {
    std::string name;
    if (!string(field(element.value, "d_name"), name)) continue;
    const auto fd = integer(name);
    if (!fd || *fd < 0 || *fd >= kMostInherited || processes.at(e.tid, *fd)) continue;
    inherited.push_back({static_cast<std::int32_t>(*fd), process.pid, assume_open(e, *fd), {}});
  }
}

void Walk::flush_installs(const Event& e) {
  for (PendingInstall& p : pending_) {
    if (p.tid != e.tid && p.end_ns > e.start_ns) continue;
    processes.install(p.tid, p.fd, std::move(p.open), p.close_on_exec);
    p.fd = -1;
  }
  std::erase_if(pending_, [](const PendingInstall& p) { return p.fd < 0; });
}

// What argument 0 refers to, for one more number to refer to; null if the call got none.
std::shared_ptr<Description> Walk::duplicate(const Event& e) {
  if (!open_file(e, 0) || !succeeded(e)) return nullptr;
  return processes.shared(e.tid, static_cast<std::int32_t>(e.args[0].value));
}

void Walk::note_initial_flags(const Description& open) {
  if (!open.inherited) return;
  for (Inherited& i : inherited)
    if (i.open.get() == &open && !i.flags) i.flags = open.flags;
}

void Walk::fcntl_call(const Event& e) {
  Description* open = open_file(e, 0);
  if (!open || !succeeded(e) || e.argc < 2) return;
  const auto fd = static_cast<std::int32_t>(e.args[0].value);
  switch (e.args[1].value) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      install_lowest(e, processes.shared(e.tid, fd), e.args[1].value == F_DUPFD_CLOEXEC,
                     static_cast<std::int64_t>(number(e, 2)));
      break;
    case F_SETFD:
      processes.install(e.tid, fd, processes.shared(e.tid, fd), has_flag(e, 2, FD_CLOEXEC));
      break;
    case F_GETFL:
      open->flags = static_cast<std::uint32_t>(e.result);
      note_initial_flags(*open);
      break;
    case F_SETFL: {
      note_initial_flags(*open);
      constexpr std::uint32_t settable = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;
      open->flags = (open->flags & ~settable) | (static_cast<std::uint32_t>(number(e, 2)) & settable);
      break;
    }
    default:
      break;
  }
}

bool Walk::table_call(const Event& e) {
  switch (e.nr) {
    case SYS_close: {
      const auto fd = static_cast<std::int32_t>(number(e, 0));
      if (e.error == EBADF) break;
      if (Description* open = open_file(e, 0)) open_listings_.erase(open->serial);
      touch_slot(e, fd, true);
      if (record_touches) {
        if (const auto open = processes.shared(e.tid, fd); open && open.use_count() == 2) release(*open);
      }
      processes.close(e.tid, fd);
      break;
    }
    case SYS_close_range:
      if (processes.of(e.tid).threads > 1) touch(Touch::Kind::table, processes.of(e.tid).files->id, true);
      if (succeeded(e))
        processes.close_range(e.tid, number(e, 0), number(e, 1) & 0xFFFFFFFF,
                              has_flag(e, 2, 4 /* CLOSE_RANGE_CLOEXEC */));
      break;
    case SYS_fcntl:
      fcntl_call(e);
      break;
    case SYS_dup:
      if (auto open = duplicate(e)) install_lowest(e, std::move(open), false);
      break;
    case SYS_dup2:
    case SYS_dup3:
      if (auto open = duplicate(e)) install(e, e.result, std::move(open), has_flag(e, 2, O_CLOEXEC));
      break;
    default:
      return false;
  }
  return true;
}

}  // namespace isosim::traces::infer
