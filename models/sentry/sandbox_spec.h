// What a sandbox is made of, as the "sandbox" object of a platform file says it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "models/sentry/fs/file_access.h"
#include "models/sentry/release.h"

namespace isosim::models {

struct SandboxMount {
  enum class Kind : std::uint8_t { gofer, tmpfs, proc, sysfs, dev };
  Kind kind = Kind::gofer;
  std::string target;                         // in the sandbox
  std::string source{};                       // gofer: a directory of the host
  FileAccess access = FileAccess::exclusive;  // gofer
};

struct SandboxSpec {
  Release release = Release::r20190304;
  SentryPlatform platform = SentryPlatform::kvm;
  std::vector<SandboxMount> mounts;                       // the root first
  int image_layers = 1;                                   // lower layers of the overlay on the host
  bool overlay = false;                                   // what is written stays in the Sentry's memory
  std::uint32_t newest_9p = 0;                            // of the protocol; 0: the release's
  std::uint32_t message_size = 1u << 20;                  // bytes
  std::uint64_t sentry_cpus = ~0ull, gofer_cpus = ~0ull;  // masks of logical CPUs that they may use
};

// Of a document that the schema passed. Throws std::invalid_argument with `where` (the file) and the JSON
// pointer.
SandboxSpec read_sandbox(const nlohmann::ordered_json& sandbox, std::string_view where);

}  // namespace isosim::models
