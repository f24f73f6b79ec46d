// Docker 18.09.3 around a container (moby's daemon, libnetwork, overlay2, containerd 1.2): the sequence of
// what its daemons do for "docker run --rm", with their locks, their files on the disk and the container's
// network.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel-model/fs/fs_context.h"
#include "kernel-model/process/namespaces.h"
#include "models/container/container_life.h"
#include "models/container/daemon.h"
#include "models/container/image.h"

namespace isosim::models {

class Docker {
 public:
  // What the host has of it: binaries, databases. Its daemons start with start(). `files` is the host's view.
  Docker(kernel::Kernel& host, std::shared_ptr<kernel::FsContext> files);

  // Starts the daemons with what serves `clients` at a time. Before the engine runs.
  void start(unsigned clients);
  // Waits for the daemons, as a client.
  void await(kernel::Thread& client, unsigned number);

  // The docker command, started by `shell` as client `number`: from its execve to its end, when the container
  // is gone. Observers see "docker create", "docker start", "docker clean up", "docker remove" as frames.
  void run(RuntimeCalls& shell, unsigned number, const std::string& id, const Image& image,
           ContainerLife& life, const std::function<void(kernel::Thread&)>& program);

 private:
  static constexpr const char* kDockerd = "/usr/bin/dockerd";

  struct Client {  // a goroutine each of dockerd's and of containerd's
    explicit Client(kernel::Kernel& host) : dockerd(host), network(host), containerd(host) {}
    Worker dockerd, network, containerd;
  };
  struct Box {  // what the steps know of a container
    std::string id;
    const Image& image;
    ContainerLife& life;
    std::shared_ptr<kernel::NetNamespace> net;  // held by the mount below /run/docker/netns
  };

  void create(RuntimeCalls& calls, const Box& box);
  void make_layers(RuntimeCalls& calls, const Box& box);
  void start_container(RuntimeCalls& calls, Client& client, Box& box,
                       const std::function<void(kernel::Thread&)>& program);
  void clean_up(RuntimeCalls& calls, Client& client, Box& box);
  void remove(RuntimeCalls& calls, const Box& box);
  void checkpoint(RuntimeCalls& calls, const Box& box);
  // containerd
  void make_task(RuntimeCalls& calls, Box& box);
  void step(kernel::Thread& thread, const std::function<void(ContainerLife::Done)>& begin);
  // docker_network.cc
  void connect(RuntimeCalls& calls, const Box& box);
  void hook(RuntimeCalls& runtime, std::int32_t pid, Client& client, Box& box);
  void set_key(RuntimeCalls& calls, std::int32_t pid, Box& box);
  void disconnect(RuntimeCalls& calls, Box& box);
  kernel::NetNamespace& host_net();
  static std::string root_of(const std::string& id);  // dockerd's directory of a container

  kernel::Kernel& host_;
  const std::shared_ptr<kernel::FsContext> files_;
  GoMutex mounts_;    // layerStore.mountL
  GoMutex networks_;  // networkLocker, of the default bridge
  BoltDatabase network_store_, containerd_store_;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace isosim::models
