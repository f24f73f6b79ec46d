// An opened file of the Gofer (pkg/sentry/fs/gofer/handles.go): its fid, and the descriptor of the host that
// came with it.
#pragma once

#include "kernel-model/fs/file.h"
#include "models/gofer/client.h"

namespace isosim::models {

struct GoferHandle : kernel::Counted<GoferHandle> {
  GoferHandle(p9::Fid its_fid, std::int32_t fd) : fid(its_fid), host_fd(fd) {}
  const p9::Fid fid;
  const std::int32_t host_fd;  // -1: none was donated
};

using HandleRef = kernel::Ref<GoferHandle>;

// handles.DecRef(): who drops the last one closes the descriptor, then the fid. `handle` is null afterwards.
void drop_handle(go::G& g, gofer::Client& client, HandleRef& handle);

}  // namespace isosim::models
