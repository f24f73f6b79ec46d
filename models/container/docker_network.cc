// A container's place in the default bridge network (libnetwork as of moby 18.09.3: controller.go,
// network.go, endpoint.go, sandbox.go, drivers/bridge/bridge.go, osl/). No port is published, so no iptables
// runs; the default bridge has no resolver in the container either.
#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/net/net_core.h"
#include "kernel-model/process/process_table.h"
#include "models/container/docker.h"
#include "models/container/go_files.h"
#include "models/container/go_program.h"
#include "models/container/netlink.h"

namespace isosim::models {

namespace nr = kernel::nr;

namespace {

constexpr std::uint64_t kRequest = 64;  // bytes of a netlink message

std::string place_of(const std::string& id) { return "/run/docker/netns/" + id; }
std::string outer(const std::string& id) { return "veth-" + id; }
std::string inner(const std::string& id) { return "vethc-" + id; }

}  // namespace

kernel::NetNamespace& Docker::host_net() { return *host_.procs->initial_namespaces->net; }

// allocateNetwork: Controller.NewSandbox, Network.CreateEndpoint, Endpoint.Join.
void Docker::connect(RuntimeCalls& calls, const Box& box) {
  kernel::NetCore& net = *host_.procs->net;
  const auto request = [&](int changes) {
    for (int i = 0; i < changes; ++i) {
      netlink_request(calls, kRequest);
      net.change(calls.thread(), host_net(), outer(box.id));
    }
  };
  for (const char* name : {"/hostname", "/hosts", "/resolv.conf", "/resolv.conf.hash"})
    write_file(calls, root_of(box.id) + name, 200);
  network_store_.commit(calls);  // the sandbox
  {
    const GoLock lock(networks_, calls.thread());
    network_store_.commit(calls);  // the address
    netlink_request(calls, kRequest);
    net.make_pair(calls.thread(), host_net(), outer(box.id), inner(box.id));
    request(3);  // addToBridge, hairpin mode, up
    for (int i = 0; i < 3; ++i)
      network_store_.commit(calls);  // the driver's endpoint, the endpoint, the count
  }
  for (int i = 0; i < 2; ++i) network_store_.commit(calls);  // Join, programmed connectivity
  write_atomically(calls, root_of(box.id) + "/hostconfig.json", 1500);
}

// The prestart hook: dockerd's binary as libnetwork-setkey, which tells dockerd where the name space is.
void Docker::hook(RuntimeCalls& runtime, std::int32_t pid, Client& client, Box& box) {
  const std::int32_t hook = start_process(runtime, [&](RuntimeCalls& own) {
    constexpr int kThreads = 4;
    const sim::Frame frame(*own.thread().task, "libnetwork-setkey");
    RuntimeCalls calls = exec_go_program(own, kDockerd, kThreads);
    client.network.call(calls.thread(), [&](RuntimeCalls& dockerd) { set_key(dockerd, pid, box); });
    calls.attempt(nr::exit_group, {0});
  });
  runtime.wait_for(hook);
}

// sandbox.SetKey: GetSandboxForExternalKey, populateNetworkResources.
void Docker::set_key(RuntimeCalls& calls, std::int32_t pid, Box& box) {
  const sim::Frame frame(*calls.thread().task, "docker network");
  const std::string theirs = "/proc/" + std::to_string(pid) + "/ns/net";
  calls.close(
      calls.open(place_of(box.id), std::uint64_t{kernel::open_flag::creat | kernel::open_flag::wronly}));
  calls.mount(theirs, place_of(box.id), "bind", kernel::mount_flag::bind);
  box.net = host_.find_process(pid)->namespaces->net;
  // setIPv6: dockerd's binary once more, in the other name space.
  const std::int32_t helper = start_process(calls, [&](RuntimeCalls& own) {
    const sim::Frame shown(*own.thread().task, "set-ipv6");
    RuntimeCalls its = exec_go_program(own, kOwnProgram, 4);
    const std::int32_t space = its.open(theirs, 0);
    its.call(nr::setns, {static_cast<std::uint64_t>(space), kernel::clone_flag::newnet});
    its.attempt(nr::access, {0, 0}, {{0, "/proc/sys/net/ipv6/conf/all/disable_ipv6"}});
    its.attempt(nr::exit_group, {0});
  });
  calls.wait_for(helper);
  kernel::NetCore& net = *host_.procs->net;
  const auto change = [&](const std::string& name) {
    netlink_request(calls, kRequest);
    net.change(calls.thread(), *box.net, name);
  };
  change("lo");
  netlink_request(calls, kRequest);
  net.move(calls.thread(), host_net(), inner(box.id), *box.net);
  constexpr int kChanges = 6;  // down, name, hardware address, address, up, the default route
  for (int i = 0; i < kChanges; ++i) change(inner(box.id));
  network_store_.commit(calls);
}

// releaseNetwork: Sandbox.Delete with Endpoint.Leave and Endpoint.Delete.
void Docker::disconnect(RuntimeCalls& calls, Box& box) {
  kernel::NetCore& net = *host_.procs->net;
  {
    const GoLock lock(networks_, calls.thread());
    network_store_.commit(calls);  // RevokeExternalConnectivity
  }
  for (int i = 0; i < 2; ++i) {  // down, its first name
    netlink_request(calls, kRequest);
    net.change(calls.thread(), *box.net, inner(box.id));
  }
  netlink_request(calls, kRequest);
  net.move(calls.thread(), *box.net, inner(box.id), host_net());
  for (int i = 0; i < 3; ++i) network_store_.commit(calls);  // the sandbox, the endpoint twice
  netlink_request(calls, kRequest);
  net.remove_pair(calls.thread(), host_net(), outer(box.id));
  for (int i = 0; i < 3; ++i) network_store_.commit(calls);  // the driver's endpoint, address, count
  calls.call(nr::umount2, {0, 2}, {{0, place_of(box.id)}});  // MNT_DETACH
  net.put(calls.thread(), std::move(box.net));
  calls.call(nr::unlink, {}, {{0, place_of(box.id)}});
  network_store_.commit(calls);  // the sandbox is gone
}

}  // namespace isosim::models
