// The processor as software sees it: what entering and leaving each mode costs, how fast a core runs, what
// copies cost.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/engine.h"
#include "sim/params.h"
#include "sim/path.h"

namespace isosim::cpu {

// Where data lies before it is copied.
enum class Level : std::uint8_t { l1, l2, l3, dram };

// Identity plus figures that are fixed for a machine; costs are parameters (cpu/params.h) that the machine
// file sets.
struct MachineSpec {
  std::string name;   // e5-2630v3
  std::string title;  // for people
  int sockets = 1;
  int cores_per_socket = 1;
  int threads_per_core = 1;
  std::vector<std::int64_t> turbo_khz;  // by number of active cores on the socket, from 1
  std::int64_t base_khz = 0;
  std::int64_t l1d_bytes = 0, l2_bytes = 0, l3_bytes = 0;  // L3 a socket
  std::int64_t memory_bytes = 0;
};

// Which side of a copy is the kernel's, named by (object, offset); the other is a user buffer, taken to be
// near.
enum class Copy : std::uint8_t { from_kernel, to_kernel };

// Hears which task each core runs, for waveforms; hearing it costs no simulated time.
class PlacementObserver {
 public:
  virtual ~PlacementObserver() = default;
  virtual void on_place(int logical_cpu, const sim::Task& task, sim::Time at) = 0;
  virtual void on_idle(int logical_cpu, sim::Time at) = 0;
};

class Cpu {
 public:
  // Adds the cpu.* paths to `catalogue`. Paths added later are costed by rebuild_costs().
  Cpu(sim::Engine& engine, sim::Catalogue& catalogue, MachineSpec spec, const sim::Settings& settings);
  ~Cpu();

  // Forgets the cost tables: to be called once every path is known.
  void rebuild_costs();

  [[nodiscard]] const MachineSpec& spec() const;
  [[nodiscard]] int logical_cpus() const;

  // Logical CPUs are numbered as Linux does on these machines: one thread of every core of every socket, then
  // the siblings.
  [[nodiscard]] int core_of(int logical_cpu) const;
  [[nodiscard]] int socket_of(int logical_cpu) const;

  // Says where a task runs from `at` on, so that copies use that core's caches; whoever schedules calls it.
  // Until then: CPU 0.
  void place(sim::Task& task, int logical_cpu, sim::Time at);
  void vacate(int logical_cpu, sim::Time at);  // nothing runs there from `at` on

  // A core sleeps so deep (C3 and deeper) that it writes its private caches back and empties them.
  void empty_caches(int core);

  // Null for none. Must outlive its use.
  void set_observer(PlacementObserver* observer);

  // The cost table of a core that runs at `khz`. Stays where it is until rebuild_costs().
  [[nodiscard]] const sim::CostTable& costs(std::int64_t khz) const;
  // The most that a core runs at when `active` cores of its socket are awake (turbo bins).
  [[nodiscard]] std::int64_t most_khz(int active) const;

  // Mode transitions; each charges what the hardware and the entry code's assembly cost, mitigations
  // included.
  void syscall_enter(sim::Task& task);
  void syscall_exit(sim::Task& task);
  void exception_enter(sim::Task& task, bool from_user = true);  // from kernel mode the page tables stay
  void exception_exit(sim::Task& task, bool to_user = true);
  void interrupt_enter(sim::Task& task);
  void interrupt_exit(sim::Task& task);
  void send_ipi(sim::Task& task);              // the sender's share; delivery takes ipi_latency()
  void address_space_switch(sim::Task& task);  // CR3 write and the TLB refill it leads to
  [[nodiscard]] sim::Time ipi_latency() const;

  void vm_enter(sim::Task& task);
  void vm_exit(sim::Task& task);
  void flush_l1d(sim::Task& task);  // before VM entry; nothing unless the host does that (cpu.l1tf_flush)
  void page_walks(sim::Task& task, std::uint64_t count);  // of a small working set; see cpu/tlb.h

  // Copies between kernel and user (or kernel and kernel) memory, by `rep movsb` or the like. `object` and
  // `offset` name the kernel side's data (an inode's or a pipe's), so that repeated use finds it in a cache.
  void copy(sim::Task& task, std::uint64_t object, std::uint64_t offset, std::uint64_t bytes,
            Copy direction = Copy::from_kernel);
  // Copies with stores that go past the caches, as memmove() of big blocks does: no line is read to be
  // written.
  void copy_past_caches(sim::Task& task, std::uint64_t object, std::uint64_t offset, std::uint64_t bytes,
                        Copy direction = Copy::from_kernel);
  // When the caller knows where the data lies; leaves no trace in the caches.
  void copy_level(sim::Task& task, Level level, std::uint64_t bytes, Copy direction = Copy::from_kernel);
  // Clears fresh pages: of memory that is in no cache, or of an object that may be.
  void zero(sim::Task& task, std::uint64_t bytes);
  void zero(sim::Task& task, std::uint64_t object, std::uint64_t offset, std::uint64_t bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isosim::cpu
