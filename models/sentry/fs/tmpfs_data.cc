// Data of the Sentry's tmpfs (pkg/sentry/fs/tmpfs/inode_file.go).
#include <algorithm>

#include "kernel-model/fs/regular_file.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/mm/mman.h"
#include "models/sentry/fs/tmpfs.h"

namespace isosim::models {

using kernel::Address;
using kernel::Inode;
using kernel::Io;
using kernel::kPage;
using kernel::Thread;

namespace {

std::uint64_t pages_of(std::uint64_t bytes) { return (bytes + kPage - 1) / kPage; }

}  // namespace

MemoryInode::MemoryInode(SentryTmpfs& fs, std::uint64_t inode_number, std::uint32_t inode_mode)
    : Inode(fs, inode_number, inode_mode) {}

// Translate() fills the whole hole, as far as the file reaches.
Address MemoryInode::host_page(go::G& g, std::uint64_t index, bool /*write*/) {
  const std::uint64_t end = pages_of(size);
  if (index >= end) return 0;
  auto& fs = static_cast<SentryTmpfs&>(sb);
  if (data.piece(index, 1).hole) {
    std::uint64_t first = index;
    while (first > 0 && data.piece(first - 1, 1).hole) --first;
    fs.fill(g, *this, first, data.piece(first, end - first).count);
  }
  return fs.services().memory_file().address(g, data.piece(index, 1).at);
}

void SentryTmpfs::fill(go::G& g, MemoryInode& inode, std::uint64_t first, std::uint64_t count) {
  g.charge(cost.allocate, count);
  inode.data.insert(first, count, services_.memory_file().allocate(count));
  inode.allocated += count * kPage;
  used += count * kPage;
}

void SentryTmpfs::free(Thread* t, MemoryInode& inode, std::uint64_t first) {
  const auto dropped = inode.data.drop(first, ~0ull - first);
  if (dropped.empty()) return;
  std::uint64_t pages = 0;
  for (const FileRanges::Piece& piece : dropped) {
    pages += piece.count;
    if (t) services_.memory_file().free(services_.goroutine(*t), piece.at, piece.count);
  }
  inode.allocated -= pages * kPage;
  used -= pages * kPage;
  charge(t, cost.evict, pages);
}

void SentryTmpfs::copy_piece(Thread& t, const MemoryInode& inode, std::uint64_t position, Address program,
                             Address file, std::uint64_t length, bool write) {
  // Go's memmove (runtime/memmove_amd64.s of Go 1.12, gobble_big_data) stores past the caches from here on.
  constexpr std::uint64_t kBig = 1 << 20;
  services_.touch_own(t, write ? program : file, length, false);
  services_.touch_own(t, write ? file : program, length, true);
  const auto direction = write ? cpu::Copy::to_kernel : cpu::Copy::from_kernel;
  cpu::Cpu& cpu = vfs.kernel.cpu;
  if (length >= kBig)
    cpu.copy_past_caches(*t.task, inode.cache_object(), position, length, direction);
  else
    cpu.copy(*t.task, inode.cache_object(), position, length, direction);
}

// safemem.CopySeq() between the blocks of the buffer and those of the file.
std::uint64_t SentryTmpfs::copy(Thread& t, const MemoryInode& inode, std::uint64_t position,
                                const std::vector<kernel::IoVec>& program,
                                const std::vector<kernel::IoVec>& contents, bool write) {
  std::size_t a = 0, b = 0;
  std::uint64_t done = 0, in_a = 0, in_b = 0;
  while (a < program.size() && b < contents.size()) {
    const std::uint64_t part = std::min(program[a].length - in_a, contents[b].length - in_b);
    const Address buffer = program[a].base + in_a, file = contents[b].base;
    if (file != 0) {
      copy_piece(t, inode, position + done, buffer, file + in_b, part, write);
    } else {  // a hole: zeros
      services_.touch_own(t, buffer, part, true);
      vfs.kernel.cpu.zero(*t.task, part);
    }
    done += part;
    if (in_a += part; in_a == program[a].length) ++a, in_a = 0;
    if (in_b += part; in_b == contents[b].length) ++b, in_b = 0;
  }
  return done;
}

std::uint64_t SentryTmpfs::copy_inside(Thread& t, const MemoryInode& inode, std::uint64_t position,
                                       const std::vector<kernel::IoVec>& contents, bool write) {
  std::uint64_t done = 0;
  for (const kernel::IoVec& block : contents) {
    if (block.base != 0) {
      services_.touch_own(t, block.base, block.length, write);
      vfs.kernel.cpu.copy(*t.task, inode.cache_object(), position + done, block.length,
                          write ? cpu::Copy::to_kernel : cpu::Copy::from_kernel);
    }
    done += block.length;
  }
  return done;
}

std::int64_t SentryTmpfs::read(Thread& t, kernel::RegularFile& file, const Io& io) {
  auto& inode = static_cast<MemoryInode&>(*file.inode());
  t.charge(cost.read, pages_of(io.length));
  if (io.position >= inode.size) return 0;
  const std::uint64_t length = std::min(io.length, inode.size - io.position);
  const std::int64_t moved = move(t, inode, io, length, false);
  if (moved < 0) return moved;
  const bool noatime = file.path()->mount && (file.path()->mount->flags & kernel::mount_flag::noatime);
  if (!noatime) {
    take_clock(&t, 1);
    inode.atime = t.now();
  }
  return moved;
}

std::int64_t SentryTmpfs::write(Thread& t, kernel::RegularFile& file, const Io& io) {
  auto& inode = static_cast<MemoryInode&>(*file.inode());
  t.charge(cost.write, pages_of(io.length));
  take_clock(&t, 1);
  inode.mtime = inode.ctime = t.now();
  const std::int64_t moved = move(t, inode, io, io.length, true);
  if (moved > 0) inode.size = std::max(inode.size, io.position + static_cast<std::uint64_t>(moved));
  return moved;
}

std::int64_t SentryTmpfs::move(Thread& t, MemoryInode& inode, const Io& io, std::uint64_t length,
                               bool write) {
  go::G& g = services_.goroutine(t);
  // Other goroutines may use the scratch vectors while this one sleeps in a call of the host.
  std::vector<kernel::IoVec> program = std::exchange(program_, {}), contents = std::exchange(contents_, {});
  program.clear();
  contents.clear();
  const std::uint64_t reachable =
      io.buffer != 0 ? services_.host_blocks(t, io, length, !write, program) : length;
  if (reachable == 0) return -kernel::EFAULT_;
  MemoryFile& memory = services_.memory_file();
  const std::uint64_t end = io.position + reachable, last = pages_of(end);
  for (std::uint64_t at = io.position; at < end;) {
    const std::uint64_t page = at / kPage;
    FileRanges::Piece piece = inode.data.piece(page, last - page);
    if (piece.hole && write) {
      fill(g, inode, page, piece.count);
      piece = inode.data.piece(page, last - page);
    }
    std::uint64_t part = std::min(end, (piece.first + piece.count) * kPage) - at;
    Address where = 0;
    if (!piece.hole) {
      const std::uint64_t chunk = memory.chunk_bytes(), offset = piece.at * kPage + at % kPage;
      part = std::min(part, chunk - offset % chunk);
      where = memory.address(g, piece.at) + at % kPage;
    }
    if (where != 0 && !contents.empty() && contents.back().base + contents.back().length == where)
      contents.back().length += part;
    else
      contents.push_back({where, part});
    at += part;
  }
  const std::uint64_t done = io.buffer != 0 ? copy(t, inode, io.position, program, contents, write)
                                            : copy_inside(t, inode, io.position, contents, write);
  program_ = std::move(program);
  contents_ = std::move(contents);
  return static_cast<std::int64_t>(done);
}

std::int64_t SentryTmpfs::truncate(Thread* t, Inode& inode, std::uint64_t size) {
  auto& own = static_cast<MemoryInode&>(inode);
  charge(t, cost.truncate);
  if (inode.size != size) {
    take_clock(t, 1);
    inode.mtime = inode.ctime = now(t);
  }
  const bool shrinks = size < inode.size;
  inode.size = size;
  if (!shrinks) return 0;
  if (t) vfs.kernel.memory->unmap_file(*t, inode, pages_of(size));
  free(t, own, pages_of(size));
  return 0;
}

std::uint64_t SentryTmpfs::next_data(const Inode& inode, std::uint64_t page, bool data) const {
  const auto& own = static_cast<const MemoryInode&>(inode);
  const std::uint64_t end = pages_of(inode.size);
  while (page < end) {
    const FileRanges::Piece piece = own.data.piece(page, end - page);
    if (piece.hole != data) return page;
    page += piece.count;
  }
  return data ? ~0ull : end;
}

void SentryTmpfs::evict(Thread* t, Inode& inode) { free(t, static_cast<MemoryInode&>(inode), 0); }

}  // namespace isosim::models
