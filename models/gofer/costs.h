// The costs of the Go code of the 9P client (in the Sentry) and of the Gofer.
#pragma once

#include "sim/path.h"

namespace isosim::models::gofer {

// Adds the paths of models/gofer/catalogue: sentry.p9.* and gofer.*.
void load_catalogue(sim::Catalogue& catalogue);

// Those of the Gofer.
struct ServerPaths {
  explicit ServerPaths(const sim::Catalogue& catalogue);
  sim::PathId receive, send, service, channel;
  sim::PathId version, attach, walk, walk_name, walkgetattr, lopen, lopen_reopen, ucreate, getattr, setattr,
      clunk, remove, flushf, flush, read, write, fsync, readlink, statfs, rename, renameat, link, unlinkat,
      umkdir, usymlink, umknod, xattr, lconnect, allocate, readdir;
};

}  // namespace isosim::models::gofer
