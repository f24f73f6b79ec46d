#include "traces/infer_process.h"

#include <fcntl.h>

#include <algorithm>

namespace isosim::traces::infer {

namespace {

constexpr std::int64_t kMaxFd = 1 << 20;  // fs.nr_open of Linux; what lies above is damage in the trace

}  // namespace

Process& Processes::make(std::int32_t pid) {
  auto process = std::make_shared<Process>();
  process->pid = pid;
  process->memory = next_memory_++;
  process->threads = 1;
  Process& made = *process;
  threads_[pid] = std::move(process);
  return made;
}

Process& Processes::of(std::int32_t tid) {
  if (const auto known = threads_.find(tid); known != threads_.end()) return *known->second;
  Process& process = make(tid);
  process.first = true;
  ++first_processes_;
  process.files = std::make_shared<FdTable>();
  process.files->id = next_table_++;
  process.fs = std::make_shared<FsContext>();
  for (int fd = 0; fd < 3; ++fd) {
    auto standard = open(OpenKind::unknown, {});
    standard->inherited = true;
    standard->flags = O_RDWR;
    process.files->slots.push_back({std::move(standard), false});
  }
  return process;
}

Process& Processes::clone(std::int32_t parent_tid, std::int32_t child_tid, std::uint64_t flags) {
  Process& parent = of(parent_tid);
  if (flags & clone_flag::thread) {
    ++parent.threads;
    threads_[child_tid] = threads_[parent_tid];
    return parent;
  }
  Process& child = make(child_tid);
  child.parent_pid = parent.pid;
  if (flags & clone_flag::vm) child.memory = parent.memory;
  child.files = parent.files;
  child.fs = parent.fs;
  if (!(flags & clone_flag::files)) unshare(child_tid, clone_flag::files);
  if (!(flags & clone_flag::fs)) unshare(child_tid, clone_flag::fs);
  return child;
}

void Processes::unshare(std::int32_t tid, std::uint64_t flags) {
  Process& process = of(tid);
  if (flags & clone_flag::files) {
    process.files = std::make_shared<FdTable>(*process.files);
    process.files->id = next_table_++;
  }
  if (flags & clone_flag::fs) process.fs = std::make_shared<FsContext>(*process.fs);
}

void Processes::exec(std::int32_t tid) {
  Process& process = of(tid);
  process.memory = next_memory_++;
  if (process.files.use_count() > 1) unshare(tid, clone_flag::files);
  for (Descriptor& slot : process.files->slots) {
    if (slot.close_on_exec) slot = {};
  }
}

void Processes::exit(std::int32_t tid) {
  const auto thread = threads_.find(tid);
  if (thread == threads_.end()) return;
  --thread->second->threads;
  threads_.erase(thread);
}

Description* Processes::at(std::int32_t tid, std::int64_t fd) {
  const auto& slots = of(tid).files->slots;
  if (fd < 0 || static_cast<std::size_t>(fd) >= slots.size()) return nullptr;
  return slots[static_cast<std::size_t>(fd)].open.get();
}

std::shared_ptr<Description> Processes::shared(std::int32_t tid, std::int64_t fd) {
  return at(tid, fd) ? of(tid).files->slots[static_cast<std::size_t>(fd)].open : nullptr;
}

std::shared_ptr<Description> Processes::open(OpenKind kind, EventRef by) {
  auto made = std::make_shared<Description>();
  made->kind = kind;
  made->serial = next_serial_++;
  made->made_by = by;
  return made;
}

void Processes::install(std::int32_t tid, std::int64_t fd, std::shared_ptr<Description> open,
                        bool close_on_exec) {
  if (fd < 0 || fd > kMaxFd) return;
  auto& slots = of(tid).files->slots;
  const auto slot = static_cast<std::size_t>(fd);
  if (slot >= slots.size()) slots.resize(slot + 1);
  slots[slot] = {std::move(open), close_on_exec};
}

void Processes::close(std::int32_t tid, std::int64_t fd) {
  if (at(tid, fd)) of(tid).files->slots[static_cast<std::size_t>(fd)] = {};
}

void Processes::close_range(std::int32_t tid, std::uint64_t first, std::uint64_t last, bool only_mark) {
  auto& slots = of(tid).files->slots;
  for (std::uint64_t fd = first; fd < slots.size() && fd <= last; ++fd) {
    if (only_mark) {
      slots[fd].close_on_exec = true;
    } else {
      slots[fd] = {};
    }
  }
}

}  // namespace isosim::traces::infer
