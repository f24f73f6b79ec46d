#include "kernel-model/process/program_file.h"

#include "kernel-model/fs/close.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/open.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/memory_manager.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

namespace {

constexpr std::string_view kDynamicLinker = "/lib64/ld-linux-x86-64.so.2";

}  // namespace

std::int64_t open_program(Kernel& k, Thread& t, std::int32_t dfd, const ExecImage& image, std::uint64_t flags,
                          ProgramFile& out) {
  out.name = image.path;
  if (!t.process->fs) return 0;  // a process without a view of files: its image is not modelled
  if (image.path.empty() && (flags & at_flag::empty_path)) {
    File* file = t.process->files->get(dfd);
    if (!file) return -EBADF_;
    if (!file->inode() || !file->inode()->is_regular()) return -EACCES_;
    out.file = Ref<File>(file);
  } else {
    const auto at_flags = static_cast<std::uint32_t>(flags);
    if (const std::int64_t error = open_exec(t, dfd, image.path, at_flags, out.file); error != 0)
      return error;
  }
  if (out.file->inode()->size == 0) return -ENOEXEC_;
  // Contents are not known: a program counts as linked dynamically where there is a dynamic linker.
  if (k.vfs->find(*t.process->fs, kDynamicLinker).dentry)
    if (const std::int64_t error = open_exec(t, -100, kDynamicLinker, 0, out.interpreter); error != 0)
      return error;
  return 0;
}

void unshare_and_close_files(Kernel& k, Thread& t) {
  Process& process = *t.process;
  if (!process.files) return;
  if (process.files->use_count() > 1) process.files = process.files->clone();
  close_on_exec(k, t, *process.files);
}

std::int64_t replace_mm(Kernel& k, Thread& t, const ProgramFile& program, const ExecImage& image) {
  if (!program.file) return 0;
  return k.memory->exec(t, *t.process, {program.file, program.interpreter, image.argument_bytes});
}

}  // namespace isosim::kernel
