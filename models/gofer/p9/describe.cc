#include "models/gofer/p9/describe.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <utility>

#include "models/gofer/p9/codec.h"

namespace isosim::models::p9 {

namespace {

using Bit = std::pair<std::uint64_t, std::string_view>;

template <std::size_t N>
std::string bits(std::uint64_t value, const std::array<Bit, N>& names) {
  std::string out;
  for (const auto& [bit, name] : names) {
    if (!(value & bit)) continue;
    out += out.empty() ? "" : "|";
    out += name;
    value &= ~bit;
  }
  if (value != 0) out += fmt::format("{}{:#x}", out.empty() ? "" : "|", value);
  return out.empty() ? "0" : out;
}

std::string describe_mask(AttrMask mask) {
  static constexpr std::array<Bit, 14> kNames{{{1, "mode"},
                                               {2, "nlink"},
                                               {4, "uid"},
                                               {8, "gid"},
                                               {0x10, "rdev"},
                                               {0x20, "atime"},
                                               {0x40, "mtime"},
                                               {0x80, "ctime"},
                                               {0x100, "ino"},
                                               {0x200, "size"},
                                               {0x400, "blocks"},
                                               {0x800, "btime"},
                                               {0x1000, "gen"},
                                               {0x2000, "data_version"}}};
  return mask == AttrMask::all ? "all" : bits(static_cast<std::uint64_t>(mask), kNames);
}

std::string describe_mask(SetAttrMask mask) {
  static constexpr std::array<Bit, 9> kNames{{{1, "perm"},
                                              {2, "uid"},
                                              {4, "gid"},
                                              {8, "size"},
                                              {0x10, "atime"},
                                              {0x20, "mtime"},
                                              {0x40, "ctime"},
                                              {0x80, "atime-set"},
                                              {0x100, "mtime-set"}}};
  return bits(static_cast<std::uint64_t>(mask), kNames);
}

std::string describe_flags(OpenFlags flags) {
  static constexpr std::array<std::string_view, 4> kModes{"RDONLY", "WRONLY", "RDWR", "3"};
  static constexpr std::array<Bit, 4> kMore{
      {{kOpenTruncate, "TRUNC"}, {0200000, "DIRECTORY"}, {01000000, "NOATIME"}, {0100000, "LARGEFILE"}}};
  const auto value = static_cast<std::uint32_t>(flags);
  std::string out(kModes[value & kOpenModeMask]);
  if (const std::uint32_t more = value & ~kOpenModeMask) out += "|" + bits(more, kMore);
  return out;
}

std::string describe_qid(const Qid& qid) {
  std::string_view kind = "regular";
  if (qid.type == qid_type::directory) kind = "dir";
  if (qid.type == qid_type::append_only) kind = "special";
  if (qid.type == qid_type::symlink) kind = "symlink";
  return fmt::format("{} {}:{}", kind, qid.path >> 56, qid.path & 0x00FFFFFFFFFFFFFF);
}

class Describer {
 public:
  explicit Describer(std::string& out) : out_(out) {}

  template <class T>
  void operator()(std::string_view name, const T& value) {
    field(name);
    put(value);
  }
  void octal(std::string_view name, std::uint32_t value) {
    field(name);
    out_ += fmt::format("0{:o}", value);
  }
  void permissions(std::string_view name, std::uint32_t value) { octal(name, value); }
  void time(std::string_view name, const FileTime& value) {
    field(name);
    out_ += fmt::format("{}.{:09}", value.seconds, value.nanoseconds);
  }
  void file(std::string_view name, std::int32_t fd) {
    field(name);
    out_ += fd < 0 ? "none" : std::to_string(fd);
  }
  void entries(std::string_view name, const Entries& value) { (*this)(name, value.list); }

 private:
  void field(std::string_view name) {
    if (!first_) out_ += ' ';
    first_ = false;
    out_ += name;
    out_ += '=';
  }

  template <class T>
  void put(const T& value) {
    if constexpr (std::is_integral_v<T>) {
      out_ += value == std::numeric_limits<T>::max() && sizeof(T) < 8 ? "none" : std::to_string(value);
    } else if constexpr (std::is_same_v<T, Fid>) {
      out_ += value == kNoFid ? "none" : std::to_string(static_cast<std::uint32_t>(value));
    } else if constexpr (std::is_same_v<T, OpenFlags>) {
      out_ += describe_flags(value);
    } else if constexpr (IsMask<T>) {
      out_ += describe_mask(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      out_ += '"' + value + '"';
    } else if constexpr (std::is_same_v<T, Data>) {
      out_ += fmt::format("{} bytes", value.length);
    } else if constexpr (std::is_same_v<T, Qid>) {
      out_ += describe_qid(value);
    } else if constexpr (Structure<T>) {
      out_ += '{';
      Describer inner(out_);
      T::each(value, inner);
      out_ += '}';
    } else {
      out_ += '[';
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (i > 0) out_ += ' ';
        put(value[i]);
      }
      out_ += ']';
    }
  }

  std::string& out_;
  bool first_ = true;
};

template <class... M>
std::string name_of(std::uint8_t type, std::variant<M...>*) {
  std::string name;
  ((type == M::type ? void(name = M::title) : void()), ...);
  return name.empty() ? fmt::format("type {}", type) : name;
}

}  // namespace

std::string describe(const Message& message) {
  if (const auto* failed = std::get_if<Rlerror>(&message)) {
    const char* name = strerrorname_np(static_cast<int>(failed->error));
    return fmt::format("Rlerror{{{}}}", name ? name : std::to_string(failed->error));
  }
  return std::visit(
      []<class M>(const M& m) {
        std::string out(M::title);
        out += '{';
        Describer describer(out);
        M::each(m, describer);
        return out + '}';
      },
      message);
}

std::string message_name(std::uint8_t type) { return name_of(type, static_cast<Message*>(nullptr)); }

}  // namespace isosim::models::p9
