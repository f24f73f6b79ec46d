#include "kernel-model/mm/memory_manager.h"

#include "kernel-model/kernel.h"
#include "kernel-model/mm/mm_params.h"

namespace isosim::kernel {

namespace {
// Object numbers that no inode has: physical memory of a kernel, and shared memory without a name.
constexpr std::uint64_t kFrames = 0xFFFFull << 48, kShared = 0xFFFEull << 48;
}  // namespace

MemoryManager::MemoryManager(Kernel& kernel)
    : kernel_(kernel),
      paths_(kernel),
      frames_(static_cast<std::uint64_t>(kernel.cpu.spec().memory_bytes)),
      thp_(static_cast<Thp>(kernel.settings.integer(mm_param::thp))),
      fault_around_pages_(static_cast<std::uint64_t>(kernel.settings.integer(mm_param::fault_around)) /
                          kPage),
      frame_object_(kFrames | paths_.fault.index) {}  // differs between the kernels on one processor

MemoryManager::~MemoryManager() = default;

Ref<SharedMemory> MemoryManager::make_shared_memory(std::uint64_t length) {
  return Ref<SharedMemory>(
      new SharedMemory(length, kShared | std::uint64_t{paths_.fault.index} << 24 | next_shared_++));
}

Mm& MemoryManager::of(Process& process) {
  if (process.mm) return *process.mm;
  process.mm = std::make_shared<Mm>();
  Mm& mm = *process.mm;
  // Without randomisation: the stack at the top, mappings below its gap (at least 128 MB,
  // arch/x86/mm/mmap.c), and the break above where a position-independent program ends.
  mm.start_stack = kTaskSize;
  mm.mmap_base = kTaskSize - (128u << 20);
  mm.start_brk = mm.brk = kPieBase + (16u << 20);
  Vma stack;
  stack.start = kTaskSize - 33 * kPage;  // 132 KB, what exec's stack_expand leaves
  stack.end = kTaskSize;
  stack.flags = vm::read | vm::write | vm::growsdown;
  stack.page_offset = stack.start / kPage;
  int changes = 0;
  mm.vmas.insert(std::move(stack), changes);
  return mm;
}

std::int64_t MemoryManager::touch(Thread& thread, Address address, std::uint64_t length, bool write) {
  Address reached = address;
  return access(thread, address, length, write, true, reached);
}

std::uint64_t MemoryManager::user_access(Thread& thread, Address address, std::uint64_t length, bool write) {
  Address reached = address;
  return access(thread, address, length, write, false, reached) == 0 ? length : reached - address;
}

void MemoryManager::charge_changes(Thread& t, int changes) {
  if (changes > 0) t.charge(paths_.vma_change, static_cast<std::uint64_t>(changes));
}

void MemoryManager::count(Mm& mm, const Vma& area, bool added) {
  const std::uint64_t pages = area.bytes() / kPage;
  const std::uint64_t data = !area.shared() && area.is(vm::write) && !area.is(vm::growsdown) ? pages : 0;
  const std::uint64_t locked = area.is(vm::locked) ? pages : 0;
  mm.data_pages += added ? data : 0 - data;
  mm.locked_pages += added ? locked : 0 - locked;
}

}  // namespace isosim::kernel
