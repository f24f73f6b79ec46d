#include <utility>

#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/pseudo_fs.h"
#include "kernel-model/fs/user_copy.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kPrintUnit = 32;  // bytes of text a unit of "print"

}  // namespace

// seq_read(): what the last call left in the buffer goes out first; then records are printed until the buffer
// or the request is full. A read therefore ends at a record's end when the buffer is full.
std::uint64_t PseudoFile::fill(Thread& t, std::uint64_t wanted) {
  std::uint64_t given = 0;
  const auto take = [&] {
    const std::uint64_t bytes = std::min(buffered_, wanted - given);
    buffered_ -= bytes;
    given += bytes;
  };
  take();
  if (given == wanted || next_ >= records_.size()) return given;
  std::uint64_t printed = records_[next_++];
  while (buffer_ < printed) buffer_ *= 2;
  while (printed < wanted - given && next_ < records_.size() && printed + records_[next_] < buffer_) {
    printed += records_[next_++];
  }
  t.charge(inode_->sb.cost.read, (printed + kPrintUnit - 1) / kPrintUnit);
  buffered_ = printed;
  take();
  return given;
}

Records PseudoInode::print(Thread& reader, bool at_start) {
  if (recorded.empty()) return generate ? generate(reader) : Records{};
  if (begun_ == 0 || (at_start && begun_ < recorded.size())) ++begun_;
  return recorded[begun_ - 1];
}

std::int64_t PseudoFile::read(Kernel& k, Thread& t, const Io& io) {
  if (inode_->is_directory()) return -EISDIR_;
  if (io.position != at_ || !printed_ || at_ == 0) {  // the start, or a seek: print again and skip
    printed_ = true;
    records_ = inode_->print(t, io.position == 0);
    next_ = buffered_ = 0;
    at_ = 0;
    while (at_ < io.position) {
      const std::uint64_t skipped = fill(t, io.position - at_);
      if (skipped == 0) return 0;
      at_ += skipped;
    }
  }
  std::uint64_t count;
  if (!inode_->recorded.empty() &&
      buffered_ == 0) {  // one recorded size a read, as far as the request allows
    if (next_ >= records_.size()) return 0;
    buffered_ = records_[next_++];
    t.charge(inode_->sb.cost.read, (buffered_ + kPrintUnit - 1) / kPrintUnit);
    count = std::min(buffered_, io.length);
    buffered_ -= count;
  } else {
    count = fill(t, io.length);
  }
  if (count && user_access(k, t, io, 0, count, true) < count) {
    printed_ = false;
    return -EFAULT_;
  }
  at_ = io.position + count;
  if (count && io.buffer) k.cpu.copy_level(*t.task, cpu::Level::l1, count);
  return static_cast<std::int64_t>(count);
}

std::int64_t PseudoFile::write(Kernel& k, Thread& t, const Io& io) {
  if (user_access(k, t, io, 0, io.length, false) < io.length) return -EFAULT_;
  t.charge(inode_->sb.cost.write, 1);
  return static_cast<std::int64_t>(io.length);
}

std::int64_t PseudoFile::seek(Kernel& /*k*/, Thread& /*t*/, std::int64_t offset, int whence) {
  if (whence == 1) offset += static_cast<std::int64_t>(position);
  if (whence > 1 || offset < 0) return -EINVAL_;
  position = static_cast<std::uint64_t>(offset);
  return offset;
}

PseudoFile::PseudoFile(Path path, Ref<PseudoInode> inode)
    : PlacedFile(std::move(path)), inode_(std::move(inode)) {
  if (!inode_->mounts) return;
  mounts_ = inode_->mounts();
  if (mounts_) seen_ = mounts_->event;
}

// mounts_poll(): a change that was not told yet shows as an error. Other files are always ready.
std::uint32_t PseudoFile::poll(Thread& t) {
  if (!mounts_) return File::poll(t);
  const bool changed = std::exchange(seen_, mounts_->event) != mounts_->event;
  return poll_bit::readable | (changed ? poll_bit::err | poll_bit::pri : 0u);
}

WaitQueue* PseudoFile::poll_queue() {
  if (mounts_) return &mounts_->pollers;
  return static_cast<PseudoFs&>(inode_->sb).has_poll(*path()->dentry) ? &inode_->pollers : nullptr;
}

}  // namespace isosim::kernel
