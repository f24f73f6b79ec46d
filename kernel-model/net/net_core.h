// Network name spaces and the devices in them: the locks that their changes take, and the worker that takes a
// dead name space apart (net/core/net_namespace.c, dev.c, rtnetlink.c, Linux 4.4).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel-model/ipc/mutex.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/sched/rcu.h"
#include "kernel-model/sched/work_queue.h"

namespace isosim::kernel {

class NetCore {
 public:
  NetCore(Kernel& kernel, Rcu& rcu);

  // copy_net_ns(): waits while another is made or a dead one taken apart.
  std::shared_ptr<NetNamespace> make_space(Thread& t);
  // put_net(): drops a reference; the last one leaves the name space to the worker.
  void put(Thread& t, std::shared_ptr<NetNamespace> space);

  // A pair of connected devices; `name` and `peer` are not taken in `space`.
  void make_pair(Thread& t, NetNamespace& space, const std::string& name, const std::string& peer);
  // Requests of RTM_NEWLINK that change a device: an address, up, a new name, a bridge's port.
  void change(Thread& t, NetNamespace& space, const std::string& name);
  // dev_change_net_namespace(). std::out_of_range if there is no such device.
  void move(Thread& t, NetNamespace& from, const std::string& name, NetNamespace& to);
  // RTM_DELLINK of one of a pair: both go, wherever they are.
  void remove_pair(Thread& t, NetNamespace& space, const std::string& name);

  [[nodiscard]] bool quiet() const { return dead_.empty() && cleanup_.idle(); }
  Mutex rtnl;  // rtnl_mutex

 private:
  void clean_up(Thread& worker);
  void unregister(Thread& t, std::vector<NetDevice*> devices);  // with rtnl held

  Kernel& k_;
  Rcu& rcu_;
  const sim::PathId make_pair_, remove_pair_, change_, move_, exit_;
  Mutex spaces_;  // net_mutex
  WorkQueue cleanup_;
  std::vector<std::shared_ptr<NetNamespace>> dead_;
};

}  // namespace isosim::kernel
