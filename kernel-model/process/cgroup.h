// Control groups as Docker 18.09 lays them out: one hierarchy each for pids, memory and cpu, in step, so one
// object stands for a container's directory in all of them (version 1: each level charges its parents).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace isosim::kernel {

class Kernel;
class PageCache;
class Process;
class Thread;

class Cgroup {
 public:
  static constexpr std::uint64_t unlimited = ~std::uint64_t{0};

  Cgroup(std::string its_path, std::shared_ptr<Cgroup> its_parent)
      : path(std::move(its_path)), parent(std::move(its_parent)) {}

  const std::string path;
  const std::shared_ptr<Cgroup> parent;
  std::uint64_t pids_max = unlimited;
  std::uint64_t memory_limit_pages = unlimited;
  std::uint64_t cpu_shares = 1024;

  // pids_can_fork(): false if this group or one above is full.
  [[nodiscard]] bool may_add_task() const;
  void charge_task();
  void uncharge_task();
  // page_counter_try_charge(): pages of 4 KB, here and in the groups above; false if one is at its limit.
  bool charge_memory(std::uint64_t pages);
  void uncharge_memory(std::uint64_t pages);
  // Groups that a charge walks through.
  [[nodiscard]] std::uint64_t depth() const { return parent ? parent->depth() + 1 : 0; }
  std::vector<PageCache*> caches;  // that hold pages of this group, by first charge

  [[nodiscard]] std::uint64_t tasks() const { return tasks_; }
  [[nodiscard]] std::uint64_t memory_pages() const { return pages_; }

 private:
  std::uint64_t tasks_ = 0, pages_ = 0;
};

// cgroup_attach_task(): moves a process, for which `t` pays. The pids limit does not hold for moves.
void attach_to_cgroup(Kernel& k, Thread& t, Process& process, std::shared_ptr<Cgroup> group);

}  // namespace isosim::kernel
