// Containers that come and go at the same time.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kernel-model/kernel.h"
#include "models/container/life_cycle.h"

namespace isosim::models {

class Fleet {
 public:
  // All arguments must outlive it. Containers are as `spec` says, with names of their own.
  Fleet(kernel::Kernel& host, const ContainerSpec& spec, std::shared_ptr<kernel::FsContext> host_files,
        std::function<void()> run);
  ~Fleet();

  // `count` containers, at most `clients` at a time: each is created, started with a program that ends at
  // once, and deleted, by a client that then turns to the next one. `cycle` gets the span from the order to
  // create to the end of the delete. Runs the engine, once.
  void run(unsigned clients, std::uint64_t count, const std::function<void(sim::Time)>& cycle);

 private:
  struct Member;
  void live(kernel::Thread& client, Member& member);

  kernel::Kernel& host_;
  const ContainerSpec& spec_;
  const std::shared_ptr<kernel::FsContext> host_files_;
  const std::function<void()> run_;
  std::vector<std::unique_ptr<Member>> members_;  // kept: their tasks end with the run
};

}  // namespace isosim::models
