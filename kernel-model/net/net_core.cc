#include "kernel-model/net/net_core.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "kernel-model/kernel.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

namespace {

NetDevice& find(NetNamespace& space, const std::string& name) {
  for (const auto& device : space.devices)
    if (device->name == name) return *device;
  throw std::out_of_range("no network device '" + name + "' in this name space");
}

std::unique_ptr<NetDevice> take(NetDevice& device) {
  auto& devices = device.space->devices;
  const auto found =
      std::find_if(devices.begin(), devices.end(), [&](const auto& other) { return other.get() == &device; });
  std::unique_ptr<NetDevice> taken = std::move(*found);
  devices.erase(found);
  return taken;
}

}  // namespace

NetCore::NetCore(Kernel& kernel, Rcu& rcu)
    : k_(kernel),
      rcu_(rcu),
      make_pair_(kernel.path("net.veth_create")),
      remove_pair_(kernel.path("net.veth_delete")),
      change_(kernel.path("net.link_change")),
      move_(kernel.path("net.link_move")),
      exit_(kernel.path("net.space_exit")),
      cleanup_(kernel, "netns") {}

std::shared_ptr<NetNamespace> NetCore::make_space(Thread& t) {
  const MutexGuard guard(spaces_, k_, t);
  auto space = std::make_shared<NetNamespace>();
  t.charge(k_.procs->paths.net_namespace);
  return space;
}

void NetCore::put(Thread& t, std::shared_ptr<NetNamespace> space) {
  if (!space || space.use_count() != 1 || !rcu_.linux_scheduler()) return;
  dead_.push_back(std::move(space));
  // queue_work() of a work that is queued already does nothing: one run takes all that died till then.
  if (dead_.size() == 1) cleanup_.queue(t, [this](Thread& worker) { clean_up(worker); });
}

// cleanup_net(): a batch, and whoever makes a name space meanwhile waits. The exit functions of the parts of
// the network stack that wait for readers: connection tracking (nf_conntrack_cleanup_net_list) and address
// translation (nf_nat_net_exit, each name space by itself), devices (default_device_exit_batch).
void NetCore::clean_up(Thread& worker) {
  const auto batch = std::exchange(dead_, {});
  {
    const MutexGuard guard(spaces_, k_, worker);
    {
      const MutexGuard listed(rtnl, k_, worker);  // taken off net_namespace_list
    }
    rcu_.synchronize(worker);
    rcu_.synchronize(worker);
    for (const auto& space : batch) {
      rcu_.synchronize(worker);
      worker.charge(exit_);
      static_cast<void>(space);
    }
    {
      const MutexGuard devices(rtnl, k_, worker);
      std::vector<NetDevice*> left;
      for (const auto& space : batch)
        for (const auto& device : space->devices) left.push_back(device.get());
      unregister(worker, std::move(left));
      // Loopback devices go the same way.
      rcu_.synchronize_expedited(worker);
    }
    rcu_.barrier(worker);  // netdev_run_todo()
  }
  rcu_.barrier(worker);  // before the memory is given back
}

void NetCore::make_pair(Thread& t, NetNamespace& space, const std::string& name, const std::string& peer) {
  const MutexGuard guard(rtnl, k_, t);
  t.charge(make_pair_);
  for (const std::string& its : {name, peer})
    space.devices.push_back(std::make_unique<NetDevice>(NetDevice{its, &space, nullptr}));
  NetDevice& first = find(space, name);
  NetDevice& second = find(space, peer);
  first.peer = &second;
  second.peer = &first;
}

void NetCore::change(Thread& t, NetNamespace& space, const std::string& name) {
  const MutexGuard guard(rtnl, k_, t);
  t.charge(change_);
  if (name != "lo") static_cast<void>(find(space, name));
}

// Closed, out of the old lists, then synchronize_net(), which is expedited under rtnl.
void NetCore::move(Thread& t, NetNamespace& from, const std::string& name, NetNamespace& to) {
  const MutexGuard guard(rtnl, k_, t);
  t.charge(move_);
  std::unique_ptr<NetDevice> device = take(find(from, name));
  rcu_.synchronize_expedited(t);
  device->space = &to;
  to.devices.push_back(std::move(device));
}

// rollback_registered_many(): closed, unlisted, synchronize_net(); taken apart, synchronize_net() again; a
// bridge waits besides for its own readers (netdev_rx_handler_unregister).
void NetCore::unregister(Thread& t, std::vector<NetDevice*> devices) {
  while (!devices.empty()) {
    NetDevice* const device = devices.back();
    devices.pop_back();
    std::erase(devices, device->peer);
    t.charge(remove_pair_);
    for (int i = 0; i < 3; ++i) rcu_.synchronize_expedited(t);
    if (device->peer) take(*device->peer);
    take(*device);
  }
}

void NetCore::remove_pair(Thread& t, NetNamespace& space, const std::string& name) {
  {
    const MutexGuard guard(rtnl, k_, t);
    unregister(t, {&find(space, name)});
  }
  rcu_.barrier(t);  // netdev_run_todo(), after rtnl_unlock()
}

}  // namespace isosim::kernel
