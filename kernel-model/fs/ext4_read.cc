#include "kernel-model/fs/ext4.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/fs/writeback.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {

constexpr auto kPresent = PageCache::Tag::present;

// get_init_ra_size() and get_next_ra_size(), in pages.
std::uint64_t first_window(std::uint64_t wanted, std::uint64_t maximum) {
  std::uint64_t size = 1;
  while (size < wanted) size *= 2;
  if (size <= maximum / 32) return size * 4;
  if (size <= maximum / 4) return size * 2;
  return maximum;
}

std::uint64_t next_window(std::uint64_t size, std::uint64_t maximum) {
  return std::min(size < maximum / 16 ? size * 4 : size * 2, maximum);
}

}  // namespace

// do_generic_file_read(): the whole range is resolved at once; a page costs one unit of the path.
std::int64_t Ext4::read(Thread& t, RegularFile& file, const Io& io) {
  if (file.flags & open_flag::direct) return direct_read(t, file, io);
  auto& inode = static_cast<Ext4Inode&>(*file.inode());
  if (io.position >= inode.size) return t.charge(cost.read, 0), 0;
  const std::uint64_t length = std::min(io.length, inode.size - io.position);
  const std::uint64_t first = io.position >> kPageShift;
  const std::uint64_t pages = ((io.position + length - 1) >> kPageShift) - first + 1;
  const bool cached =
      pages == 1 ? inode.pages.test(kPresent, first) : inode.pages.count(kPresent, first, pages) == pages;
  // After POSIX_FADV_RANDOM there is no window: what is asked for is read (FMODE_RANDOM,
  // force_page_cache_readahead).
  RegularFile::ReadAhead* window = file.read_ahead.maximum == 0 ? nullptr : &file.read_ahead;
  if (!cached || !inode.reads.empty()) read_pages(t, inode, window, first, pages);
  file.read_ahead.previous = first + pages - 1;
  t.charge(cost.read, pages);
  const std::int64_t copied = copy_to_user(t, inode, io, length);
  update_atime(t, file);
  return copied;
}

// ondemand_readahead(): a window that grows while reads are sequential, the next one submitted when its
// marker is read.
void Ext4::read_pages(Thread& t, Ext4Inode& inode, RegularFile::ReadAhead* window, std::uint64_t first,
                      std::uint64_t count) {
  const std::uint64_t end_of_file = (inode.size + kPageSize - 1) >> kPageShift;
  const std::uint64_t end = std::min(first + count, end_of_file);
  std::uint64_t at = first;
  while (true) {
    const auto missing = inode.pages.next_missing(at, end > at ? end - at : 0);
    const std::uint64_t marker =
        window && window->size ? window->start + window->size - window->async_size : ~0ull;
    if (missing.count == 0) {
      if (window && window->async_size && marker >= first && marker < end) {  // page_cache_async_readahead
        window->start += window->size;
        window->size = next_window(window->size, window->maximum);
        window->async_size = window->size;
        submit_read(t, inode, window->start, window->size);
      }
      break;
    }
    std::uint64_t size = end - missing.first;
    if (window) {
      const bool sequential =
          missing.first == 0 || missing.first == window->previous + 1 || missing.first == window->previous;
      const bool continues = window->size && missing.first == window->start + window->size;
      if (continues) {
        window->start = missing.first;
        window->size = next_window(window->size, window->maximum);
        window->async_size = window->size;
        size = window->size;
      } else if (sequential || size > window->maximum) {
        window->start = missing.first;
        window->size = first_window(size, window->maximum);
        window->async_size = window->size > size ? window->size - size : window->size;
        size = window->size;
      }
    }
    submit_read(t, inode, missing.first, size);
    at = missing.first + size;
    if (window) window->previous = std::min(at, end) - 1;
    if (at >= end) at = end;
  }
  wait_reads(t, inode, first, end - std::min(first, end));
}

// ext4_readpages(): holes are cleared, mapped runs go to the disk; the pages are present but locked until
// then.
void Ext4::submit_read(Thread& t, Ext4Inode& inode, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t end_of_file = (inode.size + kPageSize - 1) >> kPageShift;
  const std::uint64_t end = std::min(first + count, end_of_file);
  while (first < end) {
    const auto missing = inode.pages.next_missing(first, end - first);
    if (missing.count == 0) return;
    const auto run = inode.extents.at_or_after(missing.first);
    const bool hole = run.count == 0 || run.page > missing.first;
    std::uint64_t pages = missing.count;
    if (hole) {
      if (run.count) pages = std::min(pages, run.page - missing.first);
    } else {
      pages = std::min({pages, run.count, BlockQueue::kMaxBytes / kPageSize});
    }
    // add_to_page_cache_lru(): where a group may have no more, this page is the most that it goes over its
    // limit by.
    if (!vfs.kernel.memory->charge_cache(t, inode.pages, pages)) pages = 1;
    inode.pages.set(kPresent, missing.first, pages);
    first = missing.first + pages;
    if (hole) {
      t.charge(cost.allocate, pages);
      vfs.kernel.cpu.zero(*t.task, pages * kPageSize);
      continue;
    }
    inode.reads.push_back({missing.first, pages, nullptr});
    t.charge(read_submit_, pages);
    const Ref<Ext4Inode> hold(&inode);
    const std::uint64_t page = missing.first;
    const auto io =
        queue_.submit(t, cpu::BlockOp::read, run.block * 8, pages * kPageSize, [hold, page](Irq&) {
          std::erase_if(hold->reads, [page](const auto& read) { return read.first == page; });
        });
    for (auto& read : inode.reads) {
      if (read.first == page) read.io = io;
    }
  }
}

// wait_on_page_locked() for the pages of a range.
void Ext4::wait_reads(Thread& t, Ext4Inode& inode, std::uint64_t first, std::uint64_t count) {
  for (std::size_t i = 0; i < inode.reads.size();) {
    const auto& read = inode.reads[i];
    if (read.io && read.first < first + count && first < read.first + read.count) {
      const Ref<BlockIo> io = read.io;
      queue_.wait(t, io);
      i = 0;
    } else {
      ++i;
    }
  }
}

void Ext4::advise(Thread& t, File& file, std::uint64_t offset, std::uint64_t length, int advice) {
  constexpr int kNormal = 0, kRandom = 1, kSequential = 2, kWillNeed = 3, kDontNeed = 4;
  auto& inode = static_cast<Ext4Inode&>(*file.inode());
  auto* regular = dynamic_cast<RegularFile*>(&file);
  const std::uint64_t first = offset >> kPageShift;
  const std::uint64_t count =
      length == 0 ? (inode.size >> kPageShift) + 1 : (length + kPageSize - 1) >> kPageShift;
  switch (advice) {
    case kNormal:
      if (regular) regular->read_ahead.maximum = 32;
      break;
    case kRandom:
      if (regular) regular->read_ahead.maximum = 0;
      break;
    case kSequential:
      if (regular) regular->read_ahead.maximum = 64;
      break;
    case kWillNeed:
      submit_read(t, inode, first, count);
      break;
    case kDontNeed:
      if (inode.pages.count(PageCache::Tag::dirty, first, std::min(count, (inode.size >> kPageShift) + 1))) {
        write_back(t, inode, first, count);
      }
      drop_pages(&t, inode, first, count);
      break;
    default:
      break;
  }
}

}  // namespace isosim::kernel
