// Reading the text of a structure argument as strace prints it ({a=1, b=[...], ...}) without allocation.
//
//   for (Field f : fields(arg.text)) if (f.name == "st_size") size = *integer(f.value);
//   for (std::string_view e : elements(arg.text)) ...                   // of [a, b, c]
//
// Malformed text yields fewer fields, never an error: whoever needs one asks for it by name.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace isosim::traces {

struct Field {
  std::string_view name;   // empty for an element, and for what has no "name="
  std::string_view value;  // as printed, trimmed
};

// Iterates over what is between the outermost brackets, split at top-level commas. `...` (strace cut the
// rest) is skipped. The part after " => " (what the kernel changed) is not read: see changed().
class FieldRange {
 public:
  explicit FieldRange(std::string_view bracketed);
  class iterator {
   public:
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    explicit iterator(std::string_view rest) : rest_(rest) { ++*this; }
    const Field& operator*() const { return field_; }
    const Field* operator->() const { return &field_; }
    iterator& operator++();
    bool operator==(std::default_sentinel_t) const { return done_; }

   private:
    std::string_view rest_;
    Field field_;
    bool done_ = false;
  };
  [[nodiscard]] iterator begin() const { return iterator(inner_); }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view inner_;
};

inline FieldRange fields(std::string_view structure) { return FieldRange(structure); }
inline FieldRange elements(std::string_view array) { return FieldRange(array); }

// The value of a named field; empty if there is none.
std::string_view field(std::string_view structure, std::string_view name);
// In "before => after", what the call left there: after. Everything if there is no arrow.
std::string_view changed(std::string_view text);
// Numbers, symbolic names, |-combinations, products and shifts, htons(...), makedev(...): nothing if it is
// none of these or a name is unknown. An annotation <...> or comment after the value is ignored.
std::optional<std::int64_t> integer(std::string_view value);
// The bytes of a "..." literal into `out` (replaced; allocates only if it must grow). False if it is not one.
bool string(std::string_view value, std::string& out, bool* truncated = nullptr);
// What <...> after a descriptor says ("3</etc/passwd>"), without the brackets.
std::string_view annotation(std::string_view value);

}  // namespace isosim::traces
