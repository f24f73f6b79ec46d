// Containers that come and go at the same time.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kernel-model/kernel.h"
#include "models/container/container_life.h"

namespace isosim::models {

class Fleet {
 public:
  // Makes the container of a number, which names it. What it returns lives as long as the fleet: tasks of its
  // processes end with the run.
  using Make = std::function<std::shared_ptr<ContainerLife>(std::size_t number)>;

  // The host must outlive it.
  Fleet(kernel::Kernel& host, std::shared_ptr<kernel::FsContext> host_files, std::function<void()> run,
        Make make);

  // `count` containers, at most `clients` at a time: each is created, started with a program that ends at
  // once, and deleted, by a client that then turns to the next one. `cycle` gets the span from the order to
  // create to the end of the delete. Runs the engine, once.
  void run(unsigned clients, std::uint64_t count, const std::function<void(sim::Time)>& cycle);

 private:
  void live(kernel::Thread& client, ContainerLife& life);

  kernel::Kernel& host_;
  const std::shared_ptr<kernel::FsContext> host_files_;
  const std::function<void()> run_;
  const Make make_;
  std::vector<std::shared_ptr<ContainerLife>> members_;
};

}  // namespace isosim::models
