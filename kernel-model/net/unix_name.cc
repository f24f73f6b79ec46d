#include "kernel-model/net/unix_name.h"

#include "kernel-model/ipc/ipc_state.h"
#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {
bool abstract(std::string_view name) { return name.front() == '\0'; }
}  // namespace

std::int64_t unix_bind_name(Kernel& k, Thread&, std::string_view name, std::string& key) {
  key = name;
  return k.ipc->net.unix_names.contains(key) ? -EADDRINUSE_ : 0;
}

std::int64_t unix_find_name(Kernel& k, Thread&, std::string_view name, std::string& key) {
  key = name;
  if (k.ipc->net.unix_names.contains(key)) return 0;
  return abstract(name) ? -ECONNREFUSED_ : -ENOENT_;
}

}  // namespace isosim::kernel
