// What changes or lists names in directories.
// Field order is the order on the wire (pkg/p9/messages.go).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/gofer/p9/types.h"

namespace isosim::models::p9 {

struct Rsymlink {
  static constexpr std::uint8_t type = 17;
  static constexpr std::string_view title = "Rsymlink";
  Qid qid;
  static void each(auto& m, auto&& v) { v("qid", m.qid); }
};
struct Tsymlink {
  static constexpr std::uint8_t type = 16;
  static constexpr std::string_view title = "Tsymlink";
  using Reply = Rsymlink;
  Fid directory = kNoFid;
  std::string name;
  std::string target;
  std::uint32_t gid = kNoId;
  static void each(auto& m, auto&& v) {
    v("dfid", m.directory);
    v("name", m.name);
    v("target", m.target);
    v("gid", m.gid);
  }
};

struct Rmknod {
  static constexpr std::uint8_t type = 19;
  static constexpr std::string_view title = "Rmknod";
  Qid qid;
  static void each(auto& m, auto&& v) { v("qid", m.qid); }
};
struct Tmknod {
  static constexpr std::uint8_t type = 18;
  static constexpr std::string_view title = "Tmknod";
  using Reply = Rmknod;
  Fid directory = kNoFid;
  std::string name;
  std::uint32_t permissions = 0;
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t gid = kNoId;
  static void each(auto& m, auto&& v) {
    v("dfid", m.directory);
    v("name", m.name);
    v.permissions("perm", m.permissions);
    v("major", m.major);
    v("minor", m.minor);
    v("gid", m.gid);
  }
};

struct Rmkdir {
  static constexpr std::uint8_t type = 73;
  static constexpr std::string_view title = "Rmkdir";
  Qid qid;
  static void each(auto& m, auto&& v) { v("qid", m.qid); }
};
struct Tmkdir {
  static constexpr std::uint8_t type = 72;
  static constexpr std::string_view title = "Tmkdir";
  using Reply = Rmkdir;
  Fid directory = kNoFid;
  std::string name;
  std::uint32_t permissions = 0;
  std::uint32_t gid = kNoId;
  static void each(auto& m, auto&& v) {
    v("dfid", m.directory);
    v("name", m.name);
    v.permissions("perm", m.permissions);
    v("gid", m.gid);
  }
};

struct Rumknod : Rmknod {
  static constexpr std::uint8_t type = 133;
  static constexpr std::string_view title = "Rumknod";
};
struct Tumknod : Tmknod {
  static constexpr std::uint8_t type = 132;
  static constexpr std::string_view title = "Tumknod";
  using Reply = Rumknod;
  std::uint32_t uid = kNoId;
  static void each(auto& m, auto&& v) {
    Tmknod::each(m, v);
    v("uid", m.uid);
  }
};

struct Rumkdir : Rmkdir {
  static constexpr std::uint8_t type = 131;
  static constexpr std::string_view title = "Rumkdir";
};
struct Tumkdir : Tmkdir {
  static constexpr std::uint8_t type = 130;
  static constexpr std::string_view title = "Tumkdir";
  using Reply = Rumkdir;
  std::uint32_t uid = kNoId;
  static void each(auto& m, auto&& v) {
    Tmkdir::each(m, v);
    v("uid", m.uid);
  }
};

struct Rusymlink : Rsymlink {
  static constexpr std::uint8_t type = 135;
  static constexpr std::string_view title = "Rusymlink";
};
struct Tusymlink : Tsymlink {
  static constexpr std::uint8_t type = 134;
  static constexpr std::string_view title = "Tusymlink";
  using Reply = Rusymlink;
  std::uint32_t uid = kNoId;
  static void each(auto& m, auto&& v) {
    Tsymlink::each(m, v);
    v("uid", m.uid);
  }
};

struct Rrename {
  static constexpr std::uint8_t type = 21;
  static constexpr std::string_view title = "Rrename";
  static void each(auto&, auto&&) {}
};
struct Trename {
  static constexpr std::uint8_t type = 20;
  static constexpr std::string_view title = "Trename";
  using Reply = Rrename;
  Fid fid = kNoFid;
  Fid directory = kNoFid;
  std::string name;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("dfid", m.directory);
    v("name", m.name);
  }
};

struct Rrenameat {
  static constexpr std::uint8_t type = 75;
  static constexpr std::string_view title = "Rrenameat";
  static void each(auto&, auto&&) {}
};
struct Trenameat {
  static constexpr std::uint8_t type = 74;
  static constexpr std::string_view title = "Trenameat";
  using Reply = Rrenameat;
  Fid old_directory = kNoFid;
  std::string old_name;
  Fid new_directory = kNoFid;
  std::string new_name;
  static void each(auto& m, auto&& v) {
    v("olddfid", m.old_directory);
    v("oldname", m.old_name);
    v("newdfid", m.new_directory);
    v("newname", m.new_name);
  }
};

struct Rlink {
  static constexpr std::uint8_t type = 71;
  static constexpr std::string_view title = "Rlink";
  static void each(auto&, auto&&) {}
};
struct Tlink {
  static constexpr std::uint8_t type = 70;
  static constexpr std::string_view title = "Tlink";
  using Reply = Rlink;
  Fid directory = kNoFid;
  Fid target = kNoFid;
  std::string name;
  static void each(auto& m, auto&& v) {
    v("dfid", m.directory);
    v("fid", m.target);
    v("name", m.name);
  }
};

struct Runlinkat {
  static constexpr std::uint8_t type = 77;
  static constexpr std::string_view title = "Runlinkat";
  static void each(auto&, auto&&) {}
};
struct Tunlinkat {
  static constexpr std::uint8_t type = 76;
  static constexpr std::string_view title = "Tunlinkat";
  using Reply = Runlinkat;
  Fid directory = kNoFid;
  std::string name;
  std::uint32_t flags = 0;
  static void each(auto& m, auto&& v) {
    v("dfid", m.directory);
    v("name", m.name);
    v("flags", m.flags);
  }
};

struct Rreaddir {
  static constexpr std::uint8_t type = 41;
  static constexpr std::string_view title = "Rreaddir";
  Entries entries;
  static void each(auto& m, auto&& v) { v.entries("entries", m.entries); }
};
struct Treaddir {
  static constexpr std::uint8_t type = 40;
  static constexpr std::string_view title = "Treaddir";
  using Reply = Rreaddir;
  Fid directory = kNoFid;
  std::uint64_t offset = 0;
  std::uint32_t count = 0;
  static void each(auto& m, auto&& v) {
    v("dfid", m.directory);
    v("offset", m.offset);
    v("count", m.count);
  }
};

}  // namespace isosim::models::p9
