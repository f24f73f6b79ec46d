// The virtual CPUs of a sandbox and which of its threads has which (pkg/sentry/platform/kvm/machine.go).
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "kvm-model/kvm.h"
#include "kvm-model/vcpu.h"
#include "kvm-model/vm.h"
#include "models/go/runtime.h"
#include "models/go/sync.h"
#include "models/sentry/release.h"

namespace isosim::models {

inline constexpr int kBounceSignal = 17;  // SIGCHLD

struct VirtualCpu {  // vCPU
  enum State : std::uint32_t {
    ready = 0,
    user = 1,    // someone has got it
    guest = 2,   // in guest mode
    waiter = 4,  // someone sleeps on `word` until the state changes
  };
  std::size_t id = 0;
  kvm::Vcpu* vcpu = nullptr;
  std::int32_t fd = -1;
  go::M* owner = nullptr;
  std::uint32_t state = ready;
  std::uint64_t notified = 0;    // how often waiters were told of a change
  const void* active = nullptr;  // the address space whose application it runs
  kernel::Address word = 0;      // where the Sentry has the state: a futex

  [[nodiscard]] bool has(std::uint32_t bits) const { return (state & bits) == bits; }
};

class KvmMachine {
 public:
  // Threads sleep on words of 4 bytes from Sentry::vcpu_words on.
  KvmMachine(kernel::Kernel& host, const ReleaseFacts& release) : host_(host), release_(release) {}

  // newMachine: the VM and what its calls are told. `device`: a descriptor of /dev/kvm.
  void boot(go::G& g, std::int32_t device, kernel::Address words);

  // Get: the virtual CPU of the goroutine's thread, which it is bound to until put(): its own, else one that
  // is ready, else a new one, else one whose thread is not in its application, when it has left the guest;
  // else it waits for one. Getting twice is getting once.
  VirtualCpu& get(go::G& g);
  // Put: stays in the guest. Nothing if it has none.
  void put(go::G& g);

  [[nodiscard]] static VirtualCpu* of(const go::M& m) { return static_cast<VirtualCpu*>(m.platform); }
  [[nodiscard]] std::deque<VirtualCpu>& cpus() { return cpus_; }  // by number
  [[nodiscard]] const std::deque<VirtualCpu>& cpus() const { return cpus_; }
  [[nodiscard]] kvm::Vm* vm() const { return vm_; }

  // bluepillHandler: the thread is about to run the guest; the guest is left for user space.
  void enter(VirtualCpu& cpu, kernel::Thread& t);
  void leave(VirtualCpu& cpu, kernel::Thread& t);

  // BounceToKernel of a virtual CPU that someone has got: makes it leave its application. What of it sleeps
  // until that is done comes in settle().
  void bounce(VirtualCpu& cpu, go::G& by);
  void settle(go::G& by);

  // A call of a thread of the sandbox, which it may kill: throws ProcessEnded then.
  std::int64_t call(kernel::Thread& t, kernel::Sys& sys);
  std::int64_t ioctl(kernel::Thread& t, std::int32_t fd, std::uint64_t request, kernel::IoctlArgument* data,
                     std::uint64_t argument = 0);
  std::int64_t vm_ioctl(kernel::Thread& t, std::uint64_t request, kernel::IoctlArgument* data) {
    return ioctl(t, vm_fd_, request, data);
  }

  go::RwMutex mu;  // guards who has which

 private:
  struct Bounce {
    go::G* by;
    VirtualCpu* cpu;
    std::uint64_t notified;  // of the virtual CPU, when it was asked
    bool interrupted;        // the signal was sent; else it had yet to enter the guest
  };
  VirtualCpu& take(go::G& g);
  VirtualCpu& take_over(VirtualCpu& cpu, go::G& g);
  VirtualCpu& create(go::G& g);
  void set(VirtualCpu& cpu, std::uint32_t state);
  void notify(VirtualCpu& cpu, kernel::Thread& t);
  void wait_until_not(VirtualCpu& cpu, std::uint32_t state, go::G& g);
  kernel::Sys wake_waiters(VirtualCpu& cpu);

  kernel::Kernel& host_;
  const ReleaseFacts& release_;
  std::int32_t vm_fd_ = -1;
  kvm::Vm* vm_ = nullptr;
  std::size_t most_ = 0;  // maxVCPUs
  kernel::Address words_ = 0;
  std::deque<VirtualCpu> cpus_;
  go::Condition available_;
  std::vector<Bounce> bounces_;
};

}  // namespace isosim::models
