// What is done with one file: open, create, read, write, attributes.
// Field order is the order on the wire (pkg/p9/messages.go).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/gofer/p9/types.h"

namespace isosim::models::p9 {

struct Rlopen {
  static constexpr std::uint8_t type = 13;
  static constexpr std::string_view title = "Rlopen";
  Qid qid;
  std::uint32_t io_unit = 0;
  std::int32_t fd = -1;
  static void each(auto& m, auto&& v) {
    v("qid", m.qid);
    v("iounit", m.io_unit);
    v.file("fd", m.fd);
  }
};
struct Tlopen {
  static constexpr std::uint8_t type = 12;
  static constexpr std::string_view title = "Tlopen";
  using Reply = Rlopen;
  Fid fid = kNoFid;
  OpenFlags flags = OpenFlags::read_only;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("flags", m.flags);
  }
};

struct Rlcreate : Rlopen {
  static constexpr std::uint8_t type = 15;
  static constexpr std::string_view title = "Rlcreate";
};
struct Tlcreate {
  static constexpr std::uint8_t type = 14;
  static constexpr std::string_view title = "Tlcreate";
  using Reply = Rlcreate;
  Fid fid = kNoFid;
  std::string name;
  OpenFlags flags = OpenFlags::read_only;
  std::uint32_t permissions = 0;
  std::uint32_t gid = kNoId;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("name", m.name);
    v("flags", m.flags);
    v.permissions("perm", m.permissions);
    v("gid", m.gid);
  }
};

struct Rucreate : Rlcreate {
  static constexpr std::uint8_t type = 129;
  static constexpr std::string_view title = "Rucreate";
};
struct Tucreate : Tlcreate {
  static constexpr std::uint8_t type = 128;
  static constexpr std::string_view title = "Tucreate";
  using Reply = Rucreate;
  std::uint32_t uid = kNoId;
  static void each(auto& m, auto&& v) {
    Tlcreate::each(m, v);
    v("uid", m.uid);
  }
};

struct Rread {
  static constexpr std::uint8_t type = 117;
  static constexpr std::string_view title = "Rread";
  Data data;
  static void each(auto& m, auto&& v) { v("data", m.data); }
};
struct Tread {
  static constexpr std::uint8_t type = 116;
  static constexpr std::string_view title = "Tread";
  using Reply = Rread;
  Fid fid = kNoFid;
  std::uint64_t offset = 0;
  std::uint32_t count = 0;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("offset", m.offset);
    v("count", m.count);
  }
};

struct Rwrite {
  static constexpr std::uint8_t type = 119;
  static constexpr std::string_view title = "Rwrite";
  std::uint32_t count = 0;
  static void each(auto& m, auto&& v) { v("count", m.count); }
};
struct Twrite {
  static constexpr std::uint8_t type = 118;
  static constexpr std::string_view title = "Twrite";
  using Reply = Rwrite;
  Fid fid = kNoFid;
  std::uint64_t offset = 0;
  Data data;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("offset", m.offset);
    v("data", m.data);
  }
};

struct Rfsync {
  static constexpr std::uint8_t type = 51;
  static constexpr std::string_view title = "Rfsync";
  static void each(auto&, auto&&) {}
};
struct Tfsync {
  static constexpr std::uint8_t type = 50;
  static constexpr std::string_view title = "Tfsync";
  using Reply = Rfsync;
  Fid fid = kNoFid;
  static void each(auto& m, auto&& v) { v("fid", m.fid); }
};

struct Rgetattr {
  static constexpr std::uint8_t type = 25;
  static constexpr std::string_view title = "Rgetattr";
  AttrMask valid = AttrMask::none;
  Qid qid;
  Attr attr;
  static void each(auto& m, auto&& v) {
    v("valid", m.valid);
    v("qid", m.qid);
    v("attr", m.attr);
  }
};
struct Tgetattr {
  static constexpr std::uint8_t type = 24;
  static constexpr std::string_view title = "Tgetattr";
  using Reply = Rgetattr;
  Fid fid = kNoFid;
  AttrMask mask = AttrMask::all;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("mask", m.mask);
  }
};

struct Rsetattr {
  static constexpr std::uint8_t type = 27;
  static constexpr std::string_view title = "Rsetattr";
  static void each(auto&, auto&&) {}
};
struct Tsetattr {
  static constexpr std::uint8_t type = 26;
  static constexpr std::string_view title = "Tsetattr";
  using Reply = Rsetattr;
  Fid fid = kNoFid;
  SetAttrMask valid = SetAttrMask::none;
  SetAttr attr;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("valid", m.valid);
    v("attr", m.attr);
  }
};

struct Rstatfs {
  static constexpr std::uint8_t type = 9;
  static constexpr std::string_view title = "Rstatfs";
  FsStat status;
  static void each(auto& m, auto&& v) { v("status", m.status); }
};
struct Tstatfs {
  static constexpr std::uint8_t type = 8;
  static constexpr std::string_view title = "Tstatfs";
  using Reply = Rstatfs;
  Fid fid = kNoFid;
  static void each(auto& m, auto&& v) { v("fid", m.fid); }
};

struct Rreadlink {
  static constexpr std::uint8_t type = 23;
  static constexpr std::string_view title = "Rreadlink";
  std::string target;
  static void each(auto& m, auto&& v) { v("target", m.target); }
};
struct Treadlink {
  static constexpr std::uint8_t type = 22;
  static constexpr std::string_view title = "Treadlink";
  using Reply = Rreadlink;
  Fid fid = kNoFid;
  static void each(auto& m, auto&& v) { v("fid", m.fid); }
};

struct Rlconnect {
  static constexpr std::uint8_t type = 137;
  static constexpr std::string_view title = "Rlconnect";
  std::int32_t fd = -1;
  static void each(auto& m, auto&& v) { v.file("fd", m.fd); }
};
struct Tlconnect {
  static constexpr std::uint8_t type = 136;
  static constexpr std::string_view title = "Tlconnect";
  using Reply = Rlconnect;
  Fid fid = kNoFid;
  std::uint32_t flags = 0;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("flags", m.flags);
  }
};

struct Rallocate {
  static constexpr std::uint8_t type = 139;
  static constexpr std::string_view title = "Rallocate";
  static void each(auto&, auto&&) {}
};
struct Tallocate {
  static constexpr std::uint8_t type = 138;
  static constexpr std::string_view title = "Tallocate";
  using Reply = Rallocate;
  Fid fid = kNoFid;
  std::uint32_t mode = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("mode", m.mode);
    v("offset", m.offset);
    v("len", m.length);
  }
};

struct Rxattrwalk {
  static constexpr std::uint8_t type = 31;
  static constexpr std::string_view title = "Rxattrwalk";
  std::uint64_t size = 0;
  static void each(auto& m, auto&& v) { v("size", m.size); }
};
struct Txattrwalk {
  static constexpr std::uint8_t type = 30;
  static constexpr std::string_view title = "Txattrwalk";
  using Reply = Rxattrwalk;
  Fid fid = kNoFid;
  Fid new_fid = kNoFid;
  std::string name;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("newfid", m.new_fid);
    v("name", m.name);
  }
};

struct Rxattrcreate {
  static constexpr std::uint8_t type = 33;
  static constexpr std::string_view title = "Rxattrcreate";
  static void each(auto&, auto&&) {}
};
struct Txattrcreate {
  static constexpr std::uint8_t type = 32;
  static constexpr std::string_view title = "Txattrcreate";
  using Reply = Rxattrcreate;
  Fid fid = kNoFid;
  std::string name;
  std::uint64_t size = 0;
  std::uint32_t flags = 0;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("name", m.name);
    v("size", m.size);
    v("flags", m.flags);
  }
};

struct Rgetxattr {
  static constexpr std::uint8_t type = 35;
  static constexpr std::string_view title = "Rgetxattr";
  std::string value;
  static void each(auto& m, auto&& v) { v("value", m.value); }
};
struct Tgetxattr {
  static constexpr std::uint8_t type = 34;
  static constexpr std::string_view title = "Tgetxattr";
  using Reply = Rgetxattr;
  Fid fid = kNoFid;
  std::string name;
  std::uint64_t size = 0;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("name", m.name);
    v("size", m.size);
  }
};

struct Rsetxattr {
  static constexpr std::uint8_t type = 37;
  static constexpr std::string_view title = "Rsetxattr";
  static void each(auto&, auto&&) {}
};
struct Tsetxattr {
  static constexpr std::uint8_t type = 36;
  static constexpr std::string_view title = "Tsetxattr";
  using Reply = Rsetxattr;
  Fid fid = kNoFid;
  std::string name;
  std::string value;
  std::uint32_t flags = 0;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("name", m.name);
    v("value", m.value);
    v("flags", m.flags);
  }
};

}  // namespace isosim::models::p9
