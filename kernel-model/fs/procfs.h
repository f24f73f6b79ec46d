// procfs: what programs ask about processes, memory and processors.
#pragma once

#include <map>

#include "kernel-model/fs/pseudo_fs.h"

namespace isosim::kernel {

class PidNamespace;
class Process;

class Procfs final : public PseudoFs {
 public:
  // Shows the processes of a name space by their numbers there; null: the initial one.
  Procfs(Vfs& vfs, std::shared_ptr<PidNamespace> pids);
  std::int64_t lookup(Thread* t, Dentry& dir, std::string_view name, Ref<Inode>& out) override;
  [[nodiscard]] bool revalidate(Thread* t, Dentry& dentry) override;
  [[nodiscard]] bool has_poll(const Dentry& dentry) const override;
  // A recorded content: `name` is relative to the mount ("meminfo", "self/maps"); one of a process holds for
  // all.
  void record(std::string_view name, const InitialFile& file);

 private:
  void add_system_files();
  Ref<PseudoInode> process_directory(std::int32_t pid);
  Ref<PseudoInode> descriptor_directory(std::int32_t pid, bool info);
  Ref<PseudoInode> descriptor_link(std::int32_t pid, std::int32_t fd);
  Ref<PseudoInode> descriptor_info(std::int32_t pid, std::int32_t fd);
  [[nodiscard]] File* open_file(std::int32_t pid, std::int32_t fd) const;
  Ref<Inode> object_of(File& file);
  void add_process_files(PseudoInode& dir, std::int32_t pid);
  void add_links(PseudoInode& dir, std::int32_t pid);
  [[nodiscard]] Process* alive(std::int32_t pid) const;           // by id, as everywhere below
  [[nodiscard]] std::int32_t shown(std::int32_t id) const;        // 0: not from here
  [[nodiscard]] std::int32_t id_of(std::string_view name) const;  // -1: none

  const std::shared_ptr<PidNamespace> pids_;
  std::map<std::string, std::vector<Records>, std::less<>>
      recorded_;  // of process files, by name below /proc/PID
};

}  // namespace isosim::kernel
