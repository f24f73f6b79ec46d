#include "models/sentry/heap.h"

#include <algorithm>

#include "kernel-model/abi/syscall_names.h"

namespace isosim::models {

namespace {

const sim::Param live_heap{"sentry.heap.live",
                           "bytes",
                           1 << 20,
                           64 << 20,
                           2 << 20,
                           "what of the Sentry's heap is reachable",
                           "tables and caches of a sandbox with one small program; inference"};

constexpr std::uint64_t kLeastHeap = 4 << 20;  // heapminimum, mgc.go; GOGC 100

}  // namespace

Heap::Heap(kernel::Kernel& host, go::Runtime& runtime)
    : runtime_(runtime),
      live_(static_cast<std::uint64_t>(host.settings.integer(live_heap))),
      growth_(std::max(live_, kLeastHeap - std::min(live_, kLeastHeap))),
      allocate_(host.catalogue.find("sentry.heap.allocate")),
      mutator_(host.catalogue.find("sentry.gc.cycle_mutator")),
      mark_(host.catalogue.find("sentry.gc.mark")) {}

void Heap::allocate(go::G& g, std::uint64_t bytes) {
  g.charge(allocate_, bytes);
  allocated_ += bytes;
  if (allocated_ >= growth_ && !collecting_) start_collection(g);
}

// nanotime() is a call of the vDSO, whose pages a guest does not have (platform/kvm/virtual_map.go): it
// leaves the guest.
void Heap::read_time(go::G& g) { platform_->leave_guest(*g.m); }

// gcStart(): sweeping ends, the world stops and starts again, a quarter of the processors mark.
void Heap::start_collection(go::G& g) {
  collecting_ = true;
  read_time(g);
  g.charge(mutator_);
  markers_ = std::max(1, static_cast<int>(runtime_.procs() / 4));
  const std::uint64_t part = live_ / static_cast<std::uint64_t>(markers_);
  for (int i = markers_; i > 0; --i)
    runtime_.start(g, "gcBgMarkWorker", [this, part](go::G& worker) { mark(worker, part); });
}

void Heap::mark(go::G& g, std::uint64_t bytes) {
  g.charge(mark_, bytes);
  if (--markers_ == 0) finish_collection(g);
}

// gcMarkTermination(): the world stops again; spans are swept as they are needed.
void Heap::finish_collection(go::G& g) {
  g.charge(mutator_);
  allocated_ = 0;
  collecting_ = false;
  if (after_collection) after_collection(g);
}

}  // namespace isosim::models
