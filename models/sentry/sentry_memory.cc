#include "models/sentry/sentry_memory.h"

#include <algorithm>

#include "kernel-model/fs/inode.h"
#include "kernel-model/kernel.h"
#include "models/sentry/services.h"

namespace isosim::models {

using kernel::Address;
using kernel::kPage;
using kernel::Mm;
using kernel::Pte;
using kernel::Thread;
using kernel::Vma;

namespace {

constexpr std::uint64_t kAllocUnit = 2 << 20;  // privateAllocUnit, pkg/sentry/mm/mm.go
constexpr std::uint64_t kMapUnit = 16 << 20;   // MapUnit of the KVM platform

Mappable* mappable(const Vma& area) {
  return area.file ? dynamic_cast<Mappable*>(area.file->inode()) : nullptr;
}

}  // namespace

SentryMemory::SentryMemory(kernel::Kernel& sentry, MemoryFile& file)
    : MemoryManager(sentry),
      file_(file),
      handle_fault_(sentry.path("mm.handle_fault")),
      pma_(sentry.path("mm.pma")),
      internal_(sentry.path("mm.internal_copy")) {
  file_.reclaimed = [this](std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) frames_.release(static_cast<std::uint32_t>(first + i));
  };
}

// Where the Sentry's process has the page that the address space maps at `page`.
Address SentryMemory::host_address(Thread& t, Mm& mm, Address page) {
  const Pte* pte = mm.pages.entry(page);
  if (!pte || !pte->present()) return 0;
  go::G& g = *task_of(t).g;
  if (!pte->file()) return file_.address(g, pte->frame());
  Vma* area = mm.vmas.at(page);
  if (!area) return 0;
  if (Mappable* source = mappable(*area)) return source->host_page(g, area->file_page(page), pte->writable());
  return 0;
}

// getVMAs and getPMAs: the page is in the address space afterwards, with the rights that the access needs.
std::int64_t SentryMemory::ensure(Thread& t, Mm& mm, Address page, bool write, bool from_user) {
  if (const Pte* pte = mm.pages.entry(page); pte && pte->allows(write)) return 0;
  const sim::Frame frame(*t.task, "page_fault");
  ++faults_;
  if (from_user) platform_->fault_begin(task_of(t));
  t.charge(handle_fault_);
  const std::int64_t result = [&] {  // mappingMu, activeMu
    const kernel::ReadGuard areas(mm.lock, kernel_, t);
    const kernel::WriteGuard pages(mm.active, kernel_, t);
    return fault_in(t, mm, page, write);
  }();
  if (from_user) platform_->fault_end(task_of(t));
  return result;
}

std::int64_t SentryMemory::application_fault(Thread& t, Address page, bool write) {
  Mm& mm = of(*t.process);
  if (const Pte* pte = mm.pages.entry(page); pte && pte->allows(write)) {
    t.charge(handle_fault_);
    return 0;
  }
  return ensure(t, mm, page, write, false);
}

// The whole pma as far as the area shows it: pages that follow each other in their file, with the same
// rights.
SentryMemory::HostMapping SentryMemory::mapping_at(Thread& t, Address page) {
  Mm& mm = of(*t.process);
  const Pte* const here = mm.pages.entry(page);
  const Vma* const area = mm.vmas.at(page);
  if (!here || !here->present() || !area) return {};
  const auto continues = [&](Address at) {
    const Pte* pte = mm.pages.entry(at);
    if (!pte || !pte->present() || pte->file() != here->file() || pte->writable() != here->writable())
      return false;
    const auto expected =
        static_cast<std::int64_t>(here->frame()) +
        (static_cast<std::int64_t>(at) - static_cast<std::int64_t>(page)) / static_cast<std::int64_t>(kPage);
    return here->file() || static_cast<std::int64_t>(pte->frame()) == expected;
  };
  Address from = page, to = page + kPage;
  while (from > area->start && continues(from - kPage)) from -= kPage;
  while (to < area->end && continues(to)) to += kPage;
  HostMapping mapping{from, to - from, 0, file_.fd(), here->writable()};
  if (!here->file()) {
    mapping.offset = here->frame() * kPage - (page - from);
    return mapping;
  }
  // A file that the Gofer gave: known by where the Sentry maps it.
  go::G& g = *task_of(t).g;
  kernel::Process& sentry = *g.thread().process;
  const Vma* own = g.runtime.host.memory->of(sentry).vmas.at(host_address(t, mm, page));
  mapping.fd = -1;
  mapping.offset = area->file_page(from) * kPage;
  for (std::int32_t fd = 0; own && fd < sentry.files->size(); ++fd)
    if (sentry.files->get(fd) == own->file.get()) return mapping.fd = fd, mapping;
  return mapping;
}

std::int64_t SentryMemory::access(Thread& t, Address address, std::uint64_t length, bool write,
                                  bool from_user, Address& reached) {
  if (length == 0) return 0;
  if (address >= kernel::kTaskSize || length > kernel::kTaskSize - address) return -kernel::EFAULT_;
  Mm& mm = of(*t.process);
  const Address start = kernel::page_down(address), end = kernel::page_up(address + length);
  if (!from_user) t.charge(internal_);
  if (mm.known_accessible(start, end, write)) return 0;
  Address run = 0, run_host = 0;
  std::uint64_t run_bytes = 0;
  const auto touch_run = [&] {
    if (run_bytes == 0) return;
    if (from_user) {
      platform_->first_touch(task_of(t), run, run_host, run_bytes, write);
    } else {
      platform_->touch_own(*task_of(t).g, run_host, run_bytes, write);
    }
    run_bytes = 0;
  };
  for (Address page = start; page < end; page += kPage) {
    const Pte* pte = mm.pages.entry(page);
    if (!pte || !pte->allows(write)) {
      touch_run();
      if (const std::int64_t error = ensure(t, mm, page, write, from_user); error < 0)
        return reached = std::max(address, page), error;
    }
    const Address host = host_address(t, mm, page);
    if (run_bytes != 0 && host == run_host + run_bytes) {
      run_bytes += kPage;
      continue;
    }
    touch_run();
    if (host == 0) continue;
    run = page;
    run_host = host;
    run_bytes = kPage;
  }
  touch_run();
  if (from_user) mm.remember_accessible(start, end, write);
  return 0;
}

std::uint64_t SentryMemory::host_blocks(Thread& t, Address address, std::uint64_t length, bool write,
                                        std::vector<kernel::IoVec>& blocks) {
  Mm& mm = of(*t.process);
  std::uint64_t done = 0;
  t.charge(internal_);
  while (done < length) {
    const Address at = address + done, page = kernel::page_down(at);
    if (at >= kernel::kTaskSize || ensure(t, mm, page, write, false) < 0) return done;
    const std::uint64_t part = std::min(length - done, page + kPage - at);
    const Address host = host_address(t, mm, page) + (at - page);
    if (!blocks.empty() && blocks.back().base + blocks.back().length == host) {
      blocks.back().length += part;
    } else {
      blocks.push_back({host, part});
    }
    done += part;
  }
  return done;
}

// Allocates what is missing of [from, to) from the memory file and has the platform map it.
bool SentryMemory::fill(Thread& t, Mm& mm, Vma& area, Address from, Address to) {
  const std::uint32_t bits = Pte::kPresent | (area.is(kernel::vm::write) ? Pte::kWritable : 0);
  t.charge(pma_);
  for (Address page = from; page < to; page += kPage) {
    const std::uint32_t frame = fresh_page(t, mm, area);
    if (frame == 0) return false;
    entry_for(t, mm, page).bits = bits | frame;
    if (page == from || frame * kPage % file_.chunk_bytes() == 0) file_.address(*task_of(t).g, frame);
  }
  platform_->map(task_of(t), from, to - from, host_address(t, mm, from));
  return true;
}

// The 2 MB around the page, as far as area and gap reach (mm.getPMAsLocked, privateAllocUnit).
std::int64_t SentryMemory::anonymous_page(Thread& t, Mm& mm, Vma& area, Address page, bool /*write*/) {
  const Address base = page / kAllocUnit * kAllocUnit;
  Address from = std::max(base, area.start), to = std::min(base + kAllocUnit, area.end);
  const auto there = [&](Address at) {
    const Pte* pte = mm.pages.entry(at);
    return pte && pte->present();
  };
  for (Address at = page; at > from;) {
    at -= kPage;
    if (there(at)) from = at + kPage;
  }
  for (Address at = page + kPage; at < to; at += kPage)
    if (there(at)) to = at;
  return fill(t, mm, area, from, to) ? 0 : -kernel::ENOMEM_;
}

// Shared memory without a name: its pages lie in the memory file too, and are found again by their index.
void SentryMemory::shared_page(Thread& t, Mm& mm, Vma& area, Address page) {
  auto& memory = static_cast<kernel::SharedMemory&>(*area.file);
  std::uint32_t& frame = shared_[{memory.object, area.file_page(page)}];
  t.charge(pma_);
  if (frame == 0) {
    frame = frames_.allocate();
  }
  frames_.share(frame);
  entry_for(t, mm, page).bits = Pte::kPresent | (area.is(kernel::vm::write) ? Pte::kWritable : 0) | frame;
  ++mm.rss_anon;
  platform_->map(task_of(t), page, kPage, file_.address(*task_of(t).g, frame));
}

// A file's whole part of the window is mapped at once: Translate gives all of it.
std::int64_t SentryMemory::file_page(Thread& t, Mm& mm, Vma& area, Address page, bool write) {
  Mappable* source = mappable(area);
  if (!source) {
    if (area.file->inode()) return -kernel::EFAULT_;
    shared_page(t, mm, area, page);
    return 0;
  }
  const std::uint64_t file_pages = kernel::page_up(area.file->inode()->size) / kPage;
  if (area.file_page(page) >= file_pages) return -kernel::EFAULT_;  // SIGBUS
  const Address window = page / kMapUnit * kMapUnit;
  const Address from = std::max(window, area.start);
  Address to = std::min(window + kMapUnit, area.end);
  to = std::min<Address>(to, area.start + (file_pages - area.page_offset) * kPage);
  t.charge(pma_);
  go::G& g = *task_of(t).g;
  std::uint32_t bits = Pte::kPresent | Pte::kFile;
  if (area.shared() && area.is(kernel::vm::write)) bits |= Pte::kWritable;
  std::uint64_t mapped = 0;
  for (Address at = from; at < to; at += kPage) {
    Pte& pte = entry_for(t, mm, at);
    if (pte.present()) continue;
    pte.bits = bits;
    ++mapped;
  }
  mm.rss_file += mapped;
  if (const Address host = source->host_page(g, area.file_page(page), area.shared() && write))
    platform_->map(task_of(t), from, to - from, host - (page - from));
  if (!write || area.shared()) return 0;
  return write_protected_page(t, mm, area, page, *mm.pages.entry(page));
}

// Breaking a copy on write copies the pma's part of the 2 MB block, and the whole block is unmapped first.
std::int64_t SentryMemory::write_protected_page(Thread& t, Mm& mm, Vma& area, Address page, Pte& pte) {
  if (area.shared()) {
    pte.bits |= Pte::kWritable | Pte::kDirty;
    return 0;
  }
  if (!pte.file() && frames_.mapped(pte.frame()) == 1) {
    pte.bits |= Pte::kWritable;
    platform_->map(task_of(t), page, kPage, host_address(t, mm, page));
    return 0;
  }
  const Address base = page / kAllocUnit * kAllocUnit;
  const Address from = std::max(base, area.start), to = std::min(base + kAllocUnit, area.end);
  const auto shares = [&](Address at) {
    const Pte* other = mm.pages.entry(at);
    return other && other->present() && !other->writable();
  };
  Address first = page, last = page + kPage;
  while (first > from && shares(first - kPage)) first -= kPage;
  while (last < to && shares(last)) last += kPage;
  const std::uint64_t object = pte.file() ? area.file->inode()->cache_object() : 0xFFFDull << 48;
  const std::uint64_t offset = pte.file() ? area.file_page(first) * kPage : first;
  platform_->unmap(task_of(t), first, last - first, (last - first) / kPage);
  t.charge(pma_);
  for (Address at = first; at < last; at += kPage) {
    const std::uint32_t frame = fresh_page(t, mm, area);
    if (frame == 0) return -kernel::ENOMEM_;
    Pte& entry = entry_for(t, mm, at);
    if (entry.file()) {
      --mm.rss_file;
    } else {
      if (give_up(t, entry.frame())) file_.free(*task_of(t).g, entry.frame(), 1);
      --mm.rss_anon;
    }
    entry.bits = Pte::kPresent | Pte::kWritable | frame;
    platform_->touch_own(*task_of(t).g, file_.address(*task_of(t).g, frame), kPage, true);
  }
  kernel_.cpu.copy(*t.task, object, offset, last - first);
  platform_->map(task_of(t), first, last - first, host_address(t, mm, first));
  mm.forget_accessible();
  return 0;
}

// A reference to a page goes. True if it was the last one: the page is still in use then, until the reclaimer
// has given it back to the host.
bool SentryMemory::give_up(Thread& t, std::uint32_t frame) {
  if (t.owner && frames_.mapped(frame) == 1) return true;
  return frames_.release(frame) && t.owner;
}

// MemoryManager.Decommit (mm/syscalls.go): private memory of its own keeps its place in the memory file and
// in the application; what is behind it goes back to the host while the caller waits, a call for each pma.
// All else is unmapped.
void SentryMemory::discard(Thread& t, Mm& mm, Vma& area, Address start, Address end) {
  struct Run {
    Address at;
    std::uint64_t page, count;
  };
  const kernel::WriteGuard guard(mm.active, kernel_, t);
  std::vector<Run> own;
  bool others = false;
  mm.pages.each(start, end, [&](Address at, Pte& pte, kernel::PageRegion&) {
    if (area.file || pte.file() || frames_.mapped(pte.frame()) != 1) {
      others = true;
      return;
    }
    const bool continues = !own.empty() && own.back().at + own.back().count * kPage == at &&
                           own.back().page + own.back().count == pte.frame();
    if (continues)
      ++own.back().count;
    else
      own.push_back({at, pte.frame(), 1});
  });
  if (others) return zap(t, mm, start, end, true);
  mm.forget_accessible();
  for (const Run& run : own) file_.decommit(*task_of(t).g, run.page, run.count);
}

void SentryMemory::zap(Thread& t, Mm& mm, Address start, Address end, bool /*flush*/) {
  mm.forget_accessible();
  std::uint64_t first = 0, count = 0, dropped = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> freed;
  mm.pages.each(start, end, [&](Address, Pte& pte, kernel::PageRegion& region) {
    --region.present;
    ++dropped;
    if (pte.file()) {
      --mm.rss_file;
    } else {
      --mm.rss_anon;
      if (give_up(t, pte.frame())) {
        if (count != 0 && pte.frame() == first + count) {
          ++count;
        } else {
          if (count != 0) freed.emplace_back(first, count);
          first = pte.frame();
          count = 1;
        }
      }
    }
    pte.bits = 0;
  });
  if (count != 0) freed.emplace_back(first, count);
  if (t.owner) platform_->unmap(task_of(t), start, end - start, dropped);
  if (!t.owner) return;
  for (const auto& [page, pages] : freed) file_.free(*task_of(t).g, page, pages);
}

// Pages that the application may not use any more as it could.
void SentryMemory::flush_tlb(Thread& t, std::uint64_t pages) {
  if (pages != 0 && t.owner) platform_->rights_lost(task_of(t));
}

}  // namespace isosim::models
