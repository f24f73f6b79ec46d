// Parameters: one declaration each (name, unit, range, default, source). The parser, the schema, `list
// params` and the docs all read these declarations; a model reads a value only through Settings, which keeps
// track of what was read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace isosim::sim {

struct Param {
  std::string_view name;  // dotted, the path in the JSON document: cpu.syscall_entry
  std::string_view unit;  // cycles, ns, bytes, GB/s, 1, bool
  double min;
  double max;
  double value;  // default
  std::string_view help;
  std::string_view source;

  Param(std::string_view name, std::string_view unit, double min, double max, double value,
        std::string_view help, std::string_view source);
  Param(const Param&) = delete;
};

// Every declared parameter, by name.
const std::map<std::string_view, const Param*>& all_params();

// The values of one run: defaults, overlaid by machine, platform and --set.
class Settings {
 public:
  // Throws std::invalid_argument, naming `where` (file and JSON pointer) and what would be right, on an
  // unknown name or a value out of range.
  void set(std::string_view name, double value, std::string_view where);

  [[nodiscard]] double get(const Param& param) const;
  [[nodiscard]] std::int64_t integer(const Param& param) const {
    return static_cast<std::int64_t>(get(param));
  }
  [[nodiscard]] bool flag(const Param& param) const { return get(param) != 0; }

  // What get() returns and where it was set ("default" where it was not), without counting as a read.
  struct Setting {
    double value;
    std::string_view where;
  };
  [[nodiscard]] Setting setting(const Param& param) const;

  // Names that were set but that no model read.
  [[nodiscard]] std::vector<std::string> unread() const;

 private:
  struct Value {
    double value;
    std::string where;
    mutable bool read = false;
  };
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace isosim::sim
