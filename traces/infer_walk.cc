#include "traces/infer_walk.h"

#include <sys/syscall.h>

#include "traces/structure.h"

namespace isosim::traces::infer {

namespace {

constexpr std::size_t kContradictionsKept = 100;  // all are counted

}  // namespace

Walk::Walk(const Known& known, TaskLinks& links)
    : names(known.links),
      links_(links),
      start_directory_(known.working_directory),
      start_directory_known_(known.working_directory_known) {}

FsContext& Walk::fs(std::int32_t tid) {
  FsContext& context = *processes.of(tid).fs;
  if (context.directory == kNone) {
    const Found found = names.find(Names::root, start_directory_, true);
    if (found.dentry != kNone) names.saw_present(found.dentry);
    context.directory = found.dentry == kNone ? found.inode : names.inode_of(found.dentry);
    kind_evidence(context.directory, NodeKind::directory);
  }
  return context;
}

void Walk::touch(Touch::Kind kind, std::uint64_t id, bool change, std::uint64_t bytes, bool partial) {
  if (record_touches) touches.push_back({kind, change, partial, id, bytes});
}

void Walk::touch_slot(const Event& e, std::int64_t fd, bool change) {
  if (!record_touches || fd < 0) return;
  const Process& process = processes.of(e.tid);
  if (process.threads < 2 && process.files.use_count() < 2) return;
  touch(Touch::Kind::slot, std::uint64_t{process.files->id} << 32 | static_cast<std::uint32_t>(fd), change);
  if (change) touch(Touch::Kind::table, process.files->id, true);
}

void Walk::touch_position(const Event& e, std::int64_t fd) {
  if (!record_touches) return;
  const auto open = processes.shared(e.tid, fd);
  if (!open || (open.use_count() < 3 && processes.of(e.tid).threads < 2)) return;  // the table's and this one
  touch(Touch::Kind::position, open->serial, true);
}

void Walk::contradict(const Event& e, const std::string& path, const char* reason) {
  if (path.starts_with("/proc/") || path.starts_with("/sys/")) return;  // change on their own
  ++contradicted;
  if (contradictions.size() < kContradictionsKept) contradictions.push_back({e.line, path, reason});
}

void Walk::apply(const Event& event, std::uint64_t index) {
  index_ = index;
  touches.clear();
  released.clear();
  if (!pending_.empty()) flush_installs(event);
  switch (event.kind) {
    case EventKind::call:
      dispatch(event);
      break;
    case EventKind::exited:
    case EventKind::killed:
      if (event.name != "superseded") processes.exit(event.tid);
      break;
    case EventKind::signal:
    case EventKind::stopped:
      break;
  }
}

void Walk::dispatch(const Event& e) {
  if (record_touches) memory_call(e);
  // Most calls of a long trace are of the first kinds, and these tests are switches.
  if (transfer_call(e) || descriptor_call(e) || table_call(e) || path_call(e) || socket_call(e) ||
      nameless_call(e) || queue_call(e) || group_call(e))
    return;
  process_call(e);
}

void Walk::process_call(const Event& e) {
  const bool done = succeeded(e);
  switch (e.nr) {
    case SYS_clone:
    case SYS_clone3:
    case SYS_fork:
    case SYS_vfork: {
      if (!done || e.result == 0) break;
      std::uint64_t flags = 0;
      if (e.nr == SYS_clone && e.argc > 0) {
        flags = static_cast<std::uint64_t>(e.args[0].value);
      } else if (e.nr == SYS_clone3 && e.argc > 0) {
        flags = static_cast<std::uint64_t>(integer(field(e.args[0].text, "flags")).value_or(0));
      }
      numbers_.insert(static_cast<std::int32_t>(e.result));
      const std::int32_t child = links_.child(e);  // one that was not traced shares with the others, too
      processes.clone(e.tid, child != 0 ? child : static_cast<std::int32_t>(e.result), flags);
      break;
    }
    case SYS_unshare:
      if (done && e.argc > 0) processes.unshare(e.tid, static_cast<std::uint64_t>(e.args[0].value));
      break;
    case SYS_umask:
      if (done) {
        FsContext& context = fs(e.tid);
        if (!first_umask && !context.umask_known) first_umask = static_cast<std::uint32_t>(e.result);
        context.umask = static_cast<std::uint32_t>(e.args[0].value) & 0777;
        context.umask_known = true;
      }
      break;
    case SYS_geteuid:
    case SYS_getuid:
      if (done && !first_uid && !identity_changed_) first_uid = static_cast<std::uint32_t>(e.result);
      break;
    case SYS_getegid:
    case SYS_getgid:
      if (done && !first_gid && !identity_changed_) first_gid = static_cast<std::uint32_t>(e.result);
      break;
    case SYS_getgroups:
      if (done && number(e, 0) != 0 && !first_groups && !identity_changed_ && e.argc > 1) {
        first_groups.emplace();
        for (const Field group : elements(e.args[1].text))
          if (const auto id = integer(group.value)) first_groups->push_back(static_cast<std::uint32_t>(*id));
      }
      break;
    case SYS_setuid:
    case SYS_setreuid:
    case SYS_setresuid:
    case SYS_setgid:
    case SYS_setregid:
    case SYS_setresgid:
    case SYS_setgroups:
      identity_changed_ |= done;
      break;
    default:
      break;
  }
}

}  // namespace isosim::traces::infer
