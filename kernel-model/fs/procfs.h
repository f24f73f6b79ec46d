// procfs: what programs ask about processes, memory and processors.
#pragma once

#include <map>

#include "kernel-model/fs/pseudo_fs.h"

namespace isosim::kernel {

class Process;

class Procfs final : public PseudoFs {
 public:
  explicit Procfs(Vfs& vfs);
  [[nodiscard]] bool revalidate(Thread* t, Dentry& dentry) override;
  [[nodiscard]] bool has_poll(const Dentry& dentry) const override;
  // A recorded content: `name` is relative to the mount ("meminfo", "self/maps"); one of a process holds for
  // all.
  void record(std::string_view name, const InitialFile& file);

 private:
  void add_system_files();
  Ref<PseudoInode> process_directory(std::int32_t pid);
  Ref<PseudoInode> descriptor_directory(std::int32_t pid);
  Ref<Inode> object_of(File& file);
  void add_process_files(PseudoInode& dir, std::int32_t pid);
  void add_links(PseudoInode& dir, std::int32_t pid);
  [[nodiscard]] Process* alive(std::int32_t pid) const;

  std::map<std::string, std::vector<std::uint32_t>, std::less<>>
      recorded_;  // of process files, by name below /proc/PID
};

}  // namespace isosim::kernel
