// Containers that come and go at the same time.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kernel-model/kernel.h"
#include "models/container/container_life.h"
#include "models/container/docker.h"

namespace isosim::models {

class Fleet {
 public:
  // Makes the container of a number, which names it. What it returns lives as long as the fleet: tasks of its
  // processes end with the run.
  struct Member {
    std::string id;
    const Image* image;
    std::shared_ptr<ContainerLife> life;
  };
  using Make = std::function<Member(std::size_t number)>;

  // The host must outlive it.
  Fleet(kernel::Kernel& host, std::shared_ptr<kernel::FsContext> host_files, std::function<void()> run,
        Make make);

  // `count` containers, at most `clients` at a time: each is a "docker run --rm" of a program that ends at
  // once, by a client that then turns to the next one. `cycle` gets the span of the command. Runs the engine,
  // once.
  void run(unsigned clients, std::uint64_t count, const std::function<void(sim::Time)>& cycle);

 private:
  kernel::Kernel& host_;
  const std::shared_ptr<kernel::FsContext> host_files_;
  const std::function<void()> run_;
  const Make make_;
  Docker docker_;
  std::vector<Member> members_;
};

}  // namespace isosim::models
