// The dirents that a mount keeps beyond their use (pkg/sentry/fs/dirent_cache.go): the last component of each
// walk, as many as fit. What leaves and has no other user is forgotten, and its parents with it.
#pragma once

#include <functional>
#include <list>
#include <unordered_map>

#include "kernel-model/fs/dentry.h"
#include "sim/params.h"

namespace isosim::models {

extern const sim::Param dirent_limit;

class DirentCache {
 public:
  // `negative_children`: how many names of a directory are cached as missing.
  using Count = std::function<std::size_t(const kernel::Dentry&)>;
  DirentCache(kernel::DentryCache& names, std::size_t limit, Count negative_children)
      : names_(names), limit_(limit), negative_children_(std::move(negative_children)) {}

  void use(kernel::Dentry& dentry);     // maybeExtendReference
  void remove(kernel::Dentry& dentry);  // dropExtendedReference
  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  void forget(kernel::Ref<kernel::Dentry> dentry);

  kernel::DentryCache& names_;
  const std::size_t limit_;
  const Count negative_children_;
  std::list<kernel::Ref<kernel::Dentry>> kept_;  // used last first
  std::unordered_map<std::uint32_t, std::list<kernel::Ref<kernel::Dentry>>::iterator>
      places_;  // looked up only
};

}  // namespace isosim::models
