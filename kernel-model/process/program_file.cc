#include "kernel-model/process/program_file.h"

#include <algorithm>
#include <utility>

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
constexpr std::size_t kHeaderBytes = 128;  // BINPRM_BUF_SIZE, until Linux 5.0
constexpr int kMaxRewrites = 5;            // search_binary_handler(): a recursion_depth above 5 is refused

struct ScriptLine {
  std::string_view interpreter, argument;  // the argument may hold blanks
};

// load_script() (fs/binfmt_script.c, 4.4): what fits into the header's 128 bytes with "#!" before and a null
// behind is taken, cut or not.
ScriptLine parse_script_line(std::string_view line) {
  constexpr std::string_view kBlanks = " \t";
  line = line.substr(0, kHeaderBytes - 3);
  line = line.substr(0, line.find('\n'));
  line = line.substr(0, line.find_last_not_of(kBlanks) + 1);
  line = line.substr(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::size_t end = std::min(line.find_first_of(kBlanks), line.size());
  const std::string_view rest = line.substr(end);
  return {line.substr(0, end), rest.substr(std::min(rest.find_first_not_of(kBlanks), rest.size()))};
}

// While the program is a script, its interpreter is the program; interpreter, argument and the script's path
// take the place of argv[0].
std::int64_t follow_scripts(Kernel& k, Thread& t, const ExecImage& image, ProgramFile& out) {
  std::uint64_t zeroth = image.argv.empty() ? 0 : image.argv.front().size() + 1;
  for (int rewrites = 0; !out.file->inode()->interpreter.empty(); ++rewrites) {
    if (rewrites >= kMaxRewrites) return -ELOOP_;
    Ref<File> file = out.file;  // holds the line
    const ScriptLine line = parse_script_line(file->inode()->interpreter);
    if (line.interpreter.empty()) return -ENOEXEC_;
    out.argument_bytes += line.interpreter.size() + 1 + out.executable.size() + 1 - zeroth;
    if (!line.argument.empty()) out.argument_bytes += line.argument.size() + 1;
    out.executable = line.interpreter;
    zeroth = line.interpreter.size() + 1;
    if (const auto error = open_exec(t, kAtFdCwd, out.executable, 0, out.file); error != 0) return error;
    // prepare_binprm() reads the header of each.
    if (const auto read = out.file->read(k, t, {.length = kHeaderBytes}); read < 0) return read;
    put_file(k, t, std::move(file));
  }
  return 0;
}

}  // namespace

std::int64_t open_program(Kernel& k, Thread& t, std::int32_t dfd, const ExecImage& image, std::uint64_t flags,
                          ProgramFile& out) {
  out.name = out.executable = image.path;
  out.argument_bytes = image.argument_bytes;
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
  if (const auto error = follow_scripts(k, t, image, out); error != 0) return error;
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

std::int64_t replace_mm(Kernel& k, Thread& t, const ProgramFile& program) {
  if (!program.file) return 0;
  return k.memory->exec(t, *t.process, {program.file, program.interpreter, program.argument_bytes});
}

}  // namespace isosim::kernel
