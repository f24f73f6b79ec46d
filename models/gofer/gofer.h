// The Gofer: a host process that serves the files of a sandbox's mounts (runsc/cmd/gofer.go).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/gofer/server/service.h"

namespace isosim::models::gofer {

// A mount as the Gofer serves it.
struct Export {
  std::string prefix = "/";  // absolute, within the Gofer's root
  bool read_only = false;
  Connection* connection = nullptr;  // outlives the Gofer
  std::int32_t fd = -1;              // its end of the socket pair, a descriptor of the Gofer's process
};

class Gofer {
 public:
  struct Options {
    Release release = Release::r20190304;
    std::vector<Export> exports;
    std::function<void(go::G&)> confine;  // what it does before it looks at its mounts: chroot
    std::function<void(go::G&)> filter;   // what it does before it serves: its seccomp filter
    int procs = 0;                        // GOMAXPROCS; 0: by affinity
    go::CallHost call_host;               // empty: straight into the kernel
  };
  Gofer(kernel::Kernel& host, Options options);

  // The process's program: runs on its first thread, until every connection has ended.
  void run(kernel::Thread& first);

  [[nodiscard]] const std::deque<Service>& services() const { return services_; }

 private:
  void main(go::G& g);

  kernel::Kernel& host_;
  Options options_;
  go::Runtime runtime_;
  GoferMemory memory_;
  std::deque<AttachPoint> points_;
  std::deque<Service> services_;
};

// The socket pair of a mount, made by runsc: two descriptors of the calling process.
std::array<std::int32_t, 2> make_socket_pair(HostCalls& host, kernel::Address buffer);

}  // namespace isosim::models::gofer
