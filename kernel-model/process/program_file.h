// The file behind execve: found, checked, loaded.
#pragma once

#include <string>

#include "kernel-model/abi/payload.h"
#include "kernel-model/fs/file.h"

namespace isosim::kernel {

struct ProgramFile {
  std::string name;        // as the caller gave it: a script's own
  std::string executable;  // what runs: the script's interpreter
  Ref<File> file, interpreter;
  std::uint64_t argument_bytes = 0;  // strings of argv and envp
};

// Looks the program up, checks that it may be executed, follows "#!" lines, finds the dynamic linker. 0 or a
// negative errno.
std::int64_t open_program(Kernel& k, Thread& t, std::int32_t dfd, const ExecImage& image, std::uint64_t flags,
                          ProgramFile& out);
// exec_mmap() and the ELF loader.
std::int64_t replace_mm(Kernel& k, Thread& t, const ProgramFile& program);
// unshare_files() and do_close_on_exec().
void unshare_and_close_files(Kernel& k, Thread& t);

}  // namespace isosim::kernel
