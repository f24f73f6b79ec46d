// Go's heap in the Sentry: what is allocated has to be zeroed and, once the heap has grown enough, collected
// (runtime/mgc.go of Go 1.12).
#pragma once

#include <cstdint>
#include <functional>

#include "models/go/runtime.h"
#include "models/sentry/platform.h"
#include "sim/params.h"

namespace isosim::models {

class Heap {
 public:
  Heap(kernel::Kernel& host, go::Runtime& runtime);
  void set_platform(Platform& platform) { platform_ = &platform; }

  // `bytes` of garbage to be. May start a collection, in which the caller takes part.
  void allocate(go::G& g, std::uint64_t bytes);

  // Called by a goroutine of its own after each collection: finalizers.
  std::function<void(go::G&)> after_collection;

 private:
  void start_collection(go::G& g);
  void mark(go::G& g, std::uint64_t bytes);
  void finish_collection(go::G& g);
  void read_time(go::G& g);

  go::Runtime& runtime_;
  Platform* platform_ = nullptr;
  std::uint64_t live_, growth_;  // bytes: reachable; allocated at most between two collections
  std::uint64_t allocated_ = 0;  // since the last collection
  int markers_ = 0;              // at work
  bool collecting_ = false;
  sim::PathId allocate_, mutator_, mark_;
};

}  // namespace isosim::models
