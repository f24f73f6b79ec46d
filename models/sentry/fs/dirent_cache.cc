#include "models/sentry/fs/dirent_cache.h"

namespace isosim::models {

using kernel::Dentry;
using kernel::Ref;

const sim::Param dirent_limit{"sentry.fs.dirents",
                              "1",
                              1,
                              1000000,
                              1000,
                              "dirents that a mount keeps beyond their use",
                              "DefaultDirentCacheSize in pkg/sentry/fs/dirent_cache.go, release-20190304.1"};

void DirentCache::use(Dentry& dentry) {
  if (!dentry.parent || !dentry.hashed) return;
  const auto place = places_.find(dentry.id);
  if (place != places_.end()) {
    kept_.splice(kept_.begin(), kept_, place->second);
    return;
  }
  kept_.emplace_front(&dentry);
  places_.emplace(dentry.id, kept_.begin());
  if (kept_.size() <= limit_) return;
  Ref<Dentry> last = std::move(kept_.back());
  kept_.pop_back();
  places_.erase(last->id);
  forget(std::move(last));
}

void DirentCache::remove(Dentry& dentry) {
  const auto place = places_.find(dentry.id);
  if (place == places_.end()) return;
  kept_.erase(place->second);
  places_.erase(place);
}

// Held by the cache of names and by `dentry` alone, and by children that are negative: parents own those.
void DirentCache::forget(Ref<Dentry> dentry) {
  while (dentry->parent && dentry->hashed && places_.find(dentry->id) == places_.end()) {
    if (dentry->use_count() != 2 + negative_children_(*dentry)) return;
    Ref<Dentry> parent = dentry->parent;
    names_.drop(*dentry);
    dentry = std::move(parent);
  }
}

}  // namespace isosim::models
