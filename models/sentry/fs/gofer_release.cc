#include "models/sentry/fs/gofer_release.h"

#include <utility>

#include "models/sentry/fs/gofer_calls.h"

namespace isosim::models {

void drop_handle(go::G& g, gofer::Client& client, HandleRef& handle) {
  HandleRef last = std::exchange(handle, nullptr);
  if (!last || last->use_count() > 1) return;
  if (last->host_fd >= 0) close_host_file(g, last->host_fd);
  client.clunk(g, last->fid);
}

void GoferReleases::start(go::G& g) {
  g.runtime.start(g, "gofer release", [this](go::G& own) { run(own); });
}

void GoferReleases::wake(go::G& g) {
  if (empty()) return;
  if (go::G* sleeper = std::exchange(sleeper_, nullptr)) g.runtime.ready(g, *sleeper);
}

void GoferReleases::run(go::G& g) {
  for (;;) {
    while (queue_.empty()) {
      evicted_.clear();  // the last reference puts what it held into the queue
      if (!queue_.empty()) break;
      sleeper_ = &g;
      g.park();
    }
    ReleasedInode inode = std::move(queue_.front());
    queue_.pop_front();
    release(g, inode);
  }
}

void GoferReleases::release(go::G& g, ReleasedInode& inode) {
  if (inode.pending.mask != p9::SetAttrMask::none) {
    client_.set_attr(g, inode.fid, inode.pending.mask, inode.pending.attr);
    if (inode.write_back) client_.fsync(g, inode.write_back->fid);
  }
  inode.write_back = nullptr;
  for (const kernel::Address chunk : inode.mapped) unmap_host_chunk(g, chunk);
  if (inode.fid != p9::kNoFid) client_.clunk(g, inode.fid);
  for (HandleRef& handle : inode.handles) drop_handle(g, client_, handle);
}

}  // namespace isosim::models
