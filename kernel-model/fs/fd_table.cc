#include "kernel-model/fs/fd_table.h"

namespace isosim::kernel {

std::int64_t FdTable::install(Ref<File> file, bool cloexec, std::int32_t from) {
  std::int32_t fd = std::max(from, first_free_);
  while (fd < size() && slots_[static_cast<std::size_t>(fd)].file) ++fd;
  if (from <= first_free_) first_free_ = fd + 1;
  if (static_cast<std::uint64_t>(fd) >= limit) return -EMFILE_;
  if (fd >= size()) slots_.resize(static_cast<std::size_t>(fd) + 1);
  slots_[static_cast<std::size_t>(fd)] = {std::move(file), cloexec};
  ++open_;
  return fd;
}

std::int64_t FdTable::install_at(std::int32_t fd, Ref<File> file, bool cloexec) {
  if (fd < 0 || static_cast<std::uint64_t>(fd) >= limit) return -EBADF_;
  if (fd >= size()) slots_.resize(static_cast<std::size_t>(fd) + 1);
  if (!slots_[static_cast<std::size_t>(fd)].file) ++open_;
  slots_[static_cast<std::size_t>(fd)] = {std::move(file), cloexec};
  return fd;
}

FdTable::Slot* FdTable::slot(std::int32_t fd) {
  return get(fd) ? &slots_[static_cast<std::size_t>(fd)] : nullptr;
}

Ref<File> FdTable::remove(std::int32_t fd) {
  if (!get(fd)) return nullptr;
  --open_;
  first_free_ = std::min(first_free_, fd);
  return std::move(slots_[static_cast<std::size_t>(fd)].file);
}

Ref<FdTable> FdTable::clone() const {
  Ref<FdTable> copy(new FdTable);
  copy->limit = limit;
  copy->slots_ = slots_;
  copy->first_free_ = first_free_;
  copy->open_ = open_;
  return copy;
}

}  // namespace isosim::kernel
