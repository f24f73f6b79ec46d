// The address space of a new program (fs/exec.c: bprm_mm_init, exec_mmap; fs/binfmt_elf.c: load_elf_binary).
#include <algorithm>
#include <utility>

#include "kernel-model/fs/inode.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"

namespace isosim::kernel {

namespace {

constexpr Address kStaticBase = 0x400000;
constexpr std::uint64_t kStackPages = 33;  // setup_arg_pages() leaves 128 KB of stack and the page in use

}  // namespace

// The segments of an ELF file as linkers of that time lay them out, contents unknown: code, read-only data
// and headers in front, then a tenth that is written (data, GOT), then a page that is zero (bss). `end` is
// set behind them.
std::int64_t MemoryManager::map_program(Thread& t, Mm& mm, const Ref<File>& file, Address base,
                                        Address& end) {
  const std::uint64_t pages = std::max<std::uint64_t>(page_up(file->inode()->size) / kPage, 1);
  const std::uint64_t data = pages == 1 ? 0 : std::max<std::uint64_t>(pages / 10, 1), text = pages - data;
  MapRequest request;
  request.fixed = true;
  request.file = file;
  request.address = base;
  request.length = text * kPage;
  request.flags = vm::read | vm::exec;
  if (const std::int64_t result = map(t, mm, request); result < 0) return result;
  request.flags = vm::read | vm::write;
  if (data != 0) {
    request.address = base + text * kPage;
    request.length = data * kPage;
    request.page_offset = text;
    if (const std::int64_t result = map(t, mm, request); result < 0) return result;
  }
  request.address = base + pages * kPage;
  request.length = kPage;
  request.file = nullptr;
  request.page_offset = 0;
  if (const std::int64_t result = map(t, mm, request); result < 0) return result;
  end = base + (pages + 1) * kPage;
  // padzero(): the last page of the data is written behind the file's part.
  return data == 0 ? 0 : populate(t, mm, end - 2 * kPage, end - kPage);
}

std::int64_t MemoryManager::exec(Thread& t, Process& process, const ExecFiles& files) {
  for (const Ref<File>& file : {files.program, files.interpreter})
    if (file && !file->inode()) return -EACCES_;
  if (!files.program) return -ENOENT_;
  t.charge(paths_.exec);
  auto fresh = std::make_shared<Mm>();
  fresh->no_huge_pages = process.mm && process.mm->no_huge_pages;  // mm_init()
  fresh->start_stack = kTaskSize;
  const std::uint64_t limit = process.limits[rlimit_index::stack].current;
  constexpr std::uint64_t kMinGap = 128u << 20, kMaxGap = kTaskSize / 6 * 5;
  fresh->mmap_base = page_down(kTaskSize - std::clamp<std::uint64_t>(limit, kMinGap, kMaxGap));
  Vma stack;
  stack.start = kTaskSize - kStackPages * kPage - page_up(files.argument_bytes);
  stack.end = kTaskSize;
  stack.flags = vm::read | vm::write | vm::growsdown;
  stack.page_offset = stack.start / kPage;
  count(*fresh, stack, true);
  int changes = 0;
  fresh->vmas.insert(std::move(stack), changes);
  charge_changes(t, changes);
  // Strings are copied before the old address space goes; the tables that the program finds on its stack come
  // after.
  const std::uint64_t argument_pages = page_up(files.argument_bytes) / kPage + 1;
  t.charge(paths_.exec_page, argument_pages);
  std::int64_t result = populate(t, *fresh, kTaskSize - argument_pages * kPage, kTaskSize);
  if (result < 0) return result;

  // exec_mmap(): no way back from here.
  put(t, std::exchange(process.mm, fresh));
  kernel_.cpu.address_space_switch(*t.task);

  Address end = 0;
  const Address base = files.interpreter ? kPieBase : kStaticBase;
  if ((result = map_program(t, *fresh, files.program, base, end)) < 0) return result;
  fresh->start_brk = fresh->brk = end;
  if (files.interpreter) {
    const std::uint64_t length = page_up(files.interpreter->inode()->size) + 2 * kPage;
    Address unused = 0;
    const Address at = fresh->vmas.find_gap(length, fresh->mmap_base);
    if ((result = map_program(t, *fresh, files.interpreter, at, unused)) < 0) return result;
  }
  // arch_setup_additional_pages(): vvar and vdso.
  MapRequest vdso;
  vdso.length = 5 * kPage;
  vdso.flags = vm::read | vm::exec;
  result = map(t, *fresh, vdso);
  return result < 0 ? result : 0;
}

}  // namespace isosim::kernel
