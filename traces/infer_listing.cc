#include "traces/infer_listing.h"

#include <algorithm>
#include <array>
#include <set>

namespace isosim::traces::infer {

namespace {

constexpr std::uint64_t kHeader = 20, kLeast = 24, kMost = 280, kDots = 48;

struct Name {
  std::string text;
  std::uint64_t bytes;
  bool filler;
};

// Invents names of given record sizes that no call uses.
class Inventor {
 public:
  explicit Inventor(std::set<std::string, std::less<>> taken) : taken_(std::move(taken)) {}

  Name next(std::uint64_t bytes) {
    static constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    const auto length = static_cast<std::size_t>(bytes - kHeader);
    std::string text;
    do {
      text.assign(length, '_');
      std::uint64_t rest = count_++;
      for (std::size_t i = 0; i < std::min<std::size_t>(length, 4); ++i, rest /= digits.size()) {
        text[i] = digits[rest % digits.size()];
      }
    } while (!taken_.insert(text).second);
    return {std::move(text), bytes, true};
  }

 private:
  std::set<std::string, std::less<>> taken_;
  std::uint64_t count_ = 0;
};

// `count` records of `total` bytes, as equal as multiples of 8 allow. False if that cannot be.
bool share(std::uint64_t count, std::uint64_t total, std::vector<std::uint64_t>& sizes) {
  sizes.clear();
  if (count == 0) return total == 0;
  if (total % 8 != 0 || total < count * kLeast || total > count * kMost) return false;
  const std::uint64_t each = total / count / 8 * 8;
  const std::uint64_t larger = (total - each * count) / 8;
  for (std::uint64_t i = 0; i < count; ++i) sizes.push_back(each + (i < larger ? 8 : 0));
  return true;
}

std::uint64_t sum(const std::vector<Name>& names, std::size_t from, std::size_t to) {
  std::uint64_t bytes = 0;
  for (std::size_t i = from; i < to; ++i) bytes += names[i].bytes;
  return bytes;
}

// Swaps names of [from, to) with later ones until the range holds between `least` and `most` bytes.
void balance(std::vector<Name>& names, std::size_t from, std::size_t to, std::uint64_t least,
             std::uint64_t most) {
  for (int round = 0; round < 1000; ++round) {
    const std::uint64_t now = sum(names, from, to);
    if (now >= least && now <= most) return;
    const auto goal = static_cast<std::int64_t>(now < least ? least - now : now - most);
    const std::int64_t sign = now < least ? 1 : -1;
    std::array<std::size_t, kMost / 8 + 1> inside{}, outside{};  // one name of each size, as position + 1
    for (std::size_t i = from; i < to; ++i) inside[names[i].bytes / 8] = i + 1;
    for (std::size_t i = to; i < names.size(); ++i) outside[names[i].bytes / 8] = i + 1;
    std::int64_t best = 0;
    std::size_t a = 0, b = 0;
    for (std::size_t i = 0; i < inside.size(); ++i) {
      for (std::size_t o = 0; o < outside.size(); ++o) {
        const std::int64_t gain = sign * 8 * (static_cast<std::int64_t>(o) - static_cast<std::int64_t>(i));
        if (!inside[i] || !outside[o] || gain <= best || gain > goal) continue;
        best = gain, a = inside[i] - 1, b = outside[o] - 1;
      }
    }
    if (best == 0) return;
    std::swap(names[a], names[b]);
  }
}

bool is_one_of(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

ListingPlan plan_named(const Names& names, InodeId directory, const Listing& listing) {
  ListingPlan plan;
  for (const Listing::Entry& entry : listing.entries) {
    bool made = false;
    for (const DentryId id : listing.made)
      made |= names.dentry(id).name == entry.name && names.dentry(id).start != State::present;
    if (!made) plan.order.push_back(entry.name);
  }
  for (const DentryId id : listing.gone) {
    if (names.dentry(id).start == State::present) plan.order.push_back(names.dentry(id).name);
  }
  (void)directory;
  return plan;
}

ListingPlan plan_sized(const Names& names, InodeId directory, const Listing& listing,
                       const std::vector<std::string_view>& assumed) {
  std::set<DentryId> gone(listing.gone.begin(), listing.gone.end());
  std::set<std::string, std::less<>> taken;
  std::vector<Name> there;
  std::vector<std::string> gone_names;
  for (DentryId at = names.inode(directory).first_child; at != kNone; at = names.dentry(at).next_sibling) {
    const Dentry& name = names.dentry(at);
    const bool untold = name.start == State::unknown && !name.changed;
    if (!untold || !is_one_of(assumed, name.name)) taken.insert(name.name);
    if (name.start != State::present) continue;
    if (gone.contains(at)) {
      gone_names.push_back(name.name);
    } else {
      there.push_back({name.name, record_bytes(name.name), false});
    }
  }
  std::set<std::string, std::less<>> made;
  for (const DentryId id : listing.made) {
    const Dentry& name = names.dentry(id);
    if (name.start == State::present) continue;
    made.insert(name.name);
    there.push_back({name.name, record_bytes(name.name), false});
  }
  for (const std::string_view name : assumed) {
    if (taken.emplace(name).second) there.push_back({std::string(name), record_bytes(name), false});
  }
  ListingPlan plan;
  std::uint64_t entries = 0, bytes = 0;
  for (const Listing::Call& call : listing.calls) entries += call.entries, bytes += call.bytes;
  const std::uint64_t known_bytes = sum(there, 0, there.size()) + kDots;
  if (entries == 0) entries = there.size() + 2 + (bytes > known_bytes ? (bytes - known_bytes + 31) / 32 : 0);
  std::vector<std::uint64_t> sizes;
  Inventor inventor(std::move(taken));
  const std::size_t known = there.size();
  if (entries >= known + 2 && bytes >= known_bytes &&
      share(entries - known - 2, bytes - known_bytes, sizes)) {
    // Spread over the calls, so that each call has room to be balanced.
    std::vector<Name> mixed;
    std::size_t next = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      for (; next * (sizes.size() + 1) < (i + 1) * known && next < known; ++next)
        mixed.push_back(std::move(there[next]));
      mixed.push_back(inventor.next(sizes[i]));
    }
    for (; next < known; ++next) mixed.push_back(std::move(there[next]));
    there = std::move(mixed);
  } else {
    plan.exact = false;
  }
  std::size_t from = 0;
  for (std::size_t c = 0; plan.exact && c + 1 < listing.calls.size(); ++c) {
    const Listing::Call& call = listing.calls[c];
    const std::uint64_t dots = c == 0 ? 2 : 0;
    const std::size_t to =
        std::min<std::size_t>(there.size(), from + call.entries - std::min(call.entries, dots));
    const std::uint64_t want = call.bytes - (c == 0 ? kDots : 0);
    balance(there, from, to, want, want);
    plan.exact &= sum(there, from, to) == want;
    // The kernel stopped because the next record did not fit: it is larger than the room left.
    if (to < there.size()) {
      auto largest = std::max_element(there.begin() + static_cast<std::ptrdiff_t>(to), there.end(),
                                      [](const Name& a, const Name& b) { return a.bytes < b.bytes; });
      if (call.room > call.bytes && there[to].bytes <= call.room - call.bytes)
        std::iter_swap(there.begin() + static_cast<std::ptrdiff_t>(to), largest);
    }
    from = to;
  }
  for (Name& name : there) {
    if (made.contains(name.text)) continue;
    if (name.filler) plan.fillers.push_back(name.text);
    plan.order.push_back(std::move(name.text));
  }
  for (std::string& name : gone_names) plan.order.push_back(std::move(name));
  return plan;
}

}  // namespace

std::uint64_t record_bytes(std::string_view name) { return (kHeader + name.size() + 7) / 8 * 8; }

ListingPlan plan_listing(const Names& names, InodeId directory, const Listing& listing,
                         const std::vector<std::string_view>& assumed) {
  if (listing.named) return plan_named(names, directory, listing);
  ListingPlan plan = plan_sized(names, directory, listing, assumed);
  return plan.exact || assumed.empty() ? plan : plan_sized(names, directory, listing, {});
}

}  // namespace isosim::traces::infer
