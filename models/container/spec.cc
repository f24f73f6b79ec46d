#include "models/container/spec.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "kernel-model/abi/syscall_names.h"
#include "sim/nearest.h"

namespace isosim::models {

namespace {

using Json = nlohmann::ordered_json;
using Names = std::map<std::string_view, std::uint64_t>;

const Names kNamespaces{{"mount", 0x20000},     {"cgroup", 0x2000000}, {"uts", 0x4000000},
                        {"ipc", 0x8000000},     {"user", 0x10000000},  {"pid", 0x20000000},
                        {"network", 0x40000000}};
// include/uapi/linux/capability.h
const Names kCapabilities{{"CAP_CHOWN", 0},       {"CAP_DAC_OVERRIDE", 1}, {"CAP_FOWNER", 3},
                          {"CAP_FSETID", 4},      {"CAP_KILL", 5},         {"CAP_SETGID", 6},
                          {"CAP_SETUID", 7},      {"CAP_SETPCAP", 8},      {"CAP_NET_BIND_SERVICE", 10},
                          {"CAP_NET_ADMIN", 12},  {"CAP_NET_RAW", 13},     {"CAP_SYS_CHROOT", 18},
                          {"CAP_SYS_PTRACE", 19}, {"CAP_SYS_ADMIN", 21},   {"CAP_SYS_RESOURCE", 24},
                          {"CAP_MKNOD", 27},      {"CAP_AUDIT_WRITE", 29}, {"CAP_SETFCAP", 31}};
const Names kMountFlags{{"ro", 1}, {"nosuid", 2}, {"nodev", 4}, {"noexec", 8}};
const Names kMountTypes{{"tmpfs", 0}, {"bind", 1}, {"proc", 2}, {"sysfs", 3}, {"mqueue", 4}, {"devpts", 5}};
const Names kSeccomp{{"docker-default", 0}, {"none", 1}};

[[noreturn]] void fail(std::string_view where, std::string_view pointer, std::string_view what) {
  throw std::invalid_argument(fmt::format("{}#{}: {}", where, pointer, what));
}

std::uint64_t look_up(const Names& names, const Json& value, std::string_view where,
                      const std::string& pointer) {
  if (!value.is_string()) fail(where, pointer, "should be a string, is " + value.dump());
  const auto text = value.get<std::string>();
  if (const auto found = names.find(text); found != names.end()) return found->second;
  std::vector<std::string_view> known;
  for (const auto& [name, unused] : names) known.push_back(name);
  fail(where, pointer, fmt::format("unknown '{}'; nearest: '{}'", text, sim::nearest(text, known)));
}

kernel::SysNr system_call(const Json& value, std::string_view where, const std::string& pointer) {
  if (!value.is_string()) fail(where, pointer, "should be a string, is " + value.dump());
  const auto name = value.get<std::string>();
  if (const auto nr = kernel::syscall_number(name)) return *nr;
  fail(where, pointer, fmt::format("no system call '{}'", name));
}

void check_keys(const Json& object, std::vector<std::string_view> known, std::string_view where,
                const std::string& pointer) {
  if (!object.is_object()) fail(where, pointer, "should be an object, is " + object.dump());
  for (const auto& [key, unused] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      fail(where, pointer + "/" + key, fmt::format("unknown key; nearest: '{}'", sim::nearest(key, known)));
  }
}

const Json& list(const Json& object, const char* key, std::string_view where) {
  static const Json none = Json::array();
  const auto found = object.find(key);
  if (found == object.end()) return none;
  if (!found->is_array()) fail(where, fmt::format("/container/{}", key), "should be a list");
  return *found;
}

std::string path(const Json& object, const char* key, std::string_view where, const std::string& pointer) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string() || !found->get<std::string>().starts_with('/'))
    fail(where, pointer + "/" + key, "should be an absolute path");
  return found->get<std::string>();
}

ContainerMount read_mount(const Json& mount, std::string_view where, const std::string& pointer) {
  check_keys(mount, {"type", "source", "target", "options"}, where, pointer);
  ContainerMount made;
  if (!mount.contains("type")) fail(where, pointer + "/type", "missing");
  look_up(kMountTypes, mount["type"], where, pointer + "/type");
  made.type = mount["type"].get<std::string>();
  made.target = path(mount, "target", where, pointer);
  if (made.type == "bind") made.source = path(mount, "source", where, pointer);
  const Json none = Json::array();
  const Json& options = mount.contains("options") ? mount["options"] : none;
  for (std::size_t i = 0; i < options.size(); ++i)
    made.flags |= look_up(kMountFlags, options[i], where, fmt::format("{}/options/{}", pointer, i));
  return made;
}

}  // namespace

ContainerSpec read_container(const Json& container, std::string_view where) {
  check_keys(container,
             {"runtime", "hostname", "namespaces", "capabilities", "seccomp", "seccomp_allow",
              "no_new_privileges", "image_layers", "controllers", "mounts"},
             where, "/container");
  look_up({{"runc", 0}}, container.value("runtime", Json()), where, "/container/runtime");
  ContainerSpec spec;
  const Json hostname = container.value("hostname", Json("container"));
  if (!hostname.is_string()) fail(where, "/container/hostname", "should be a string");
  spec.hostname = hostname.get<std::string>();
  const Json& namespaces = list(container, "namespaces", where);
  for (std::size_t i = 0; i < namespaces.size(); ++i)
    spec.namespaces |= look_up(kNamespaces, namespaces[i], where, fmt::format("/container/namespaces/{}", i));
  const Json& capabilities = list(container, "capabilities", where);
  for (std::size_t i = 0; i < capabilities.size(); ++i)
    spec.capabilities |=
        1ull << look_up(kCapabilities, capabilities[i], where, fmt::format("/container/capabilities/{}", i));
  const Json seccomp = container.value("seccomp", Json("none"));
  look_up(kSeccomp, seccomp, where, "/container/seccomp");
  spec.seccomp = seccomp.get<std::string>();
  const Json& allowed = list(container, "seccomp_allow", where);
  for (std::size_t i = 0; i < allowed.size(); ++i)
    spec.seccomp_allow.push_back(
        system_call(allowed[i], where, fmt::format("/container/seccomp_allow/{}", i)));
  const Json no_new_privileges = container.value("no_new_privileges", Json(false));
  if (!no_new_privileges.is_boolean()) fail(where, "/container/no_new_privileges", "should be true or false");
  spec.no_new_privileges = no_new_privileges.get<bool>();
  const Json layers = container.value("image_layers", Json(1));
  if (!layers.is_number_integer() || layers.get<int>() < 1 || layers.get<int>() > 128)
    fail(where, "/container/image_layers", "should be a whole number from 1 to 128, is " + layers.dump());
  spec.image_layers = layers.get<int>();
  const Json& controllers = list(container, "controllers", where);
  for (std::size_t i = 0; i < controllers.size(); ++i) {
    if (!controllers[i].is_string())
      fail(where, fmt::format("/container/controllers/{}", i), "should be a string");
    spec.controllers.push_back(controllers[i].get<std::string>());
  }
  const Json& mounts = list(container, "mounts", where);
  for (std::size_t i = 0; i < mounts.size(); ++i)
    spec.mounts.push_back(read_mount(mounts[i], where, fmt::format("/container/mounts/{}", i)));
  return spec;
}

}  // namespace isosim::models
