#include "kernel-model/fs/sysfs.h"

#include <string>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

Sysfs::Sysfs(Vfs& its_vfs) : PseudoFs(its_vfs, "sysfs") {
  stat_size = 4096;
  PseudoInode& top = root_node();
  const auto path = [&](std::initializer_list<std::string_view> names) -> PseudoInode& {
    PseudoInode* dir = &top;
    for (const auto name : names) dir = &add_directory(*dir, name);
    return *dir;
  };
  PseudoInode& cpus = path({"devices", "system", "cpu"});
  const int count = vfs.kernel.cpu.logical_cpus();
  const auto range = static_cast<std::uint32_t>(("0-" + std::to_string(count - 1) + "\n").size());
  for (const char* name : {"online", "possible", "present"}) add_file(cpus, name, 0444, range);
  add_file(cpus, "kernel_max", 0444, 4u);
  for (int cpu = 0; cpu < count; ++cpu) {
    PseudoInode& dir = add_directory(cpus, "cpu" + std::to_string(cpu));
    PseudoInode& topology = add_directory(dir, "topology");
    for (const char* name : {"core_id", "physical_package_id"}) add_file(topology, name, 0444, 2u);
    for (const char* name : {"thread_siblings_list", "core_siblings_list"})
      add_file(topology, name, 0444, 5u);
    for (const char* name : {"thread_siblings", "core_siblings"}) add_file(topology, name, 0444, 9u);
    for (const char* index : {"index0", "index1", "index2", "index3"}) {
      PseudoInode& cache = add_directory(add_directory(dir, "cache"), index);
      add_file(cache, "size", 0444, 4u);
      add_file(cache, "level", 0444, 2u);
      add_file(cache, "type", 0444, 8u);
      add_file(cache, "coherency_line_size", 0444, 3u);
      add_file(cache, "shared_cpu_map", 0444, 9u);
    }
  }
  PseudoInode& nodes = path({"devices", "system", "node"});
  const int sockets = vfs.kernel.cpu.spec().sockets;
  add_file(nodes, "online", 0444, sockets > 1 ? 4u : 2u);
  add_file(nodes, "possible", 0444, sockets > 1 ? 4u : 2u);
  for (int socket = 0; socket < sockets; ++socket) {
    PseudoInode& dir = add_directory(nodes, "node" + std::to_string(socket));
    add_file(dir, "meminfo", 0444, 1200u);
    add_file(dir, "cpumap", 0444, 9u);
    add_file(dir, "cpulist", 0444, 10u);
  }
  PseudoInode& huge = path({"kernel", "mm", "transparent_hugepage"});
  add_file(huge, "enabled", 0644, 23u);  // "always [madvise] never"
  add_file(huge, "defrag", 0644, 23u);
  add_file(huge, "hpage_pmd_size", 0444, 8u);
  add_directory(path({"kernel", "mm", "hugepages"}), "hugepages-2048kB");
  add_file(path({"kernel"}), "uevent_seqnum", 0444, 5u);
  for (const char* name : {"cgroup", "ext4", "fuse"}) path({"fs", name});
  for (const char* name : {"block", "bus", "class", "dev", "firmware", "module", "power"}) path({name});
}

}  // namespace isosim::kernel
