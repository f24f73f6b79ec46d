#include "models/sentry/sandbox_spec.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace isosim::models {

namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(std::string_view where, const std::string& pointer, std::string_view what) {
  throw std::invalid_argument(fmt::format("{}#/sandbox{}: {}", where, pointer, what));
}

SandboxMount::Kind kind_of(const std::string& type) {
  using Kind = SandboxMount::Kind;
  if (type == "gofer") return Kind::gofer;
  if (type == "tmpfs") return Kind::tmpfs;
  if (type == "proc") return Kind::proc;
  return type == "sysfs" ? Kind::sysfs : Kind::dev;
}

SandboxMount read_sandbox_mount(const Json& mount, std::string_view where, const std::string& pointer) {
  SandboxMount out;
  out.kind = kind_of(mount.at("type").get<std::string>());
  out.target = mount.at("target").get<std::string>();
  out.source = mount.value("source", "");
  const bool gofer = out.kind == SandboxMount::Kind::gofer;
  if (gofer != mount.contains("access"))
    refuse(where, pointer + "/access",
           gofer ? "missing: exclusive or shared" : "only mounts through the Gofer have one");
  if ((gofer && out.target != "/") != mount.contains("source"))
    refuse(where, pointer + "/source",
           gofer ? "wanted for every mount but the root" : "only mounts through the Gofer have one");
  if (gofer) out.access = mount["access"] == "exclusive" ? FileAccess::exclusive : FileAccess::shared;
  return out;
}

std::uint64_t read_cpus(const Json& sandbox, const char* key, std::string_view where) {
  if (!sandbox.contains(key) || sandbox[key].empty()) return ~0ull;
  std::uint64_t mask = 0;
  for (const Json& cpu : sandbox[key]) {
    const auto number = cpu.get<std::int64_t>();
    if (number < 0 || number > 63) refuse(where, fmt::format("/{}", key), "logical CPUs are 0 to 63");
    mask |= std::uint64_t{1} << number;
  }
  return mask;
}

}  // namespace

SandboxSpec read_sandbox(const Json& sandbox, std::string_view where) {
  SandboxSpec spec;
  try {
    spec.release = parse_release(sandbox.at("release").get<std::string>());
  } catch (const std::invalid_argument& error) {
    refuse(where, "/release", error.what());
  }
  spec.platform = sandbox.at("platform") == "kvm" ? SentryPlatform::kvm : SentryPlatform::ptrace;
  spec.image_layers = sandbox.value("image_layers", 1);
  if (sandbox.value("transport", "") == "socket") spec.newest_9p = 7;
  if (sandbox.value("transport", "") == "shared-memory" && !facts(spec.release).flipcall)
    refuse(where, "/transport", "this release has no shared memory transport; 20200127.0 has");
  spec.message_size = sandbox.value("message_size", std::uint32_t{1} << 20);
  spec.sentry_cpus = read_cpus(sandbox, "sentry_cpus", where);
  spec.gofer_cpus = read_cpus(sandbox, "gofer_cpus", where);
  const Json& mounts = sandbox.at("mounts");
  for (std::size_t i = 0; i < mounts.size(); ++i)
    spec.mounts.push_back(read_sandbox_mount(mounts[i], where, fmt::format("/mounts/{}", i)));
  if (spec.mounts.empty() || spec.mounts.front().target != "/" ||
      spec.mounts.front().kind != SandboxMount::Kind::gofer)
    refuse(where, "/mounts/0", "the first mount is the root, through the Gofer");
  spec.overlay = sandbox.value("overlay", false);
  if (spec.overlay && spec.mounts.front().access == FileAccess::shared)
    refuse(where, "/overlay", "needs a root whose access is exclusive, as runsc --overlay does");
  return spec;
}

}  // namespace isosim::models
