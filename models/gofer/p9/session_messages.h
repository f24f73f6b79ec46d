// The conversation itself: errors, version, attach, flush, walks, clunk, channels.
// Field order is the order on the wire (pkg/p9/messages.go).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/gofer/p9/types.h"

namespace isosim::models::p9 {

struct Rlerror {
  static constexpr std::uint8_t type = 7;
  static constexpr std::string_view title = "Rlerror";
  std::uint32_t error = 0;
  static void each(auto& m, auto&& v) { v("error", m.error); }
};

struct Rversion {
  static constexpr std::uint8_t type = 101;
  static constexpr std::string_view title = "Rversion";
  std::uint32_t message_size = 0;
  std::string version;
  static void each(auto& m, auto&& v) {
    v("msize", m.message_size);
    v("version", m.version);
  }
};
struct Tversion {
  static constexpr std::uint8_t type = 100;
  static constexpr std::string_view title = "Tversion";
  using Reply = Rversion;
  std::uint32_t message_size = 0;
  std::string version;
  static void each(auto& m, auto&& v) {
    v("msize", m.message_size);
    v("version", m.version);
  }
};

struct Rattach {
  static constexpr std::uint8_t type = 105;
  static constexpr std::string_view title = "Rattach";
  Qid qid;
  static void each(auto& m, auto&& v) { v("qid", m.qid); }
};
struct Tattach {
  static constexpr std::uint8_t type = 104;
  static constexpr std::string_view title = "Tattach";
  using Reply = Rattach;
  Fid fid = kNoFid;
  Fid auth_fid = kNoFid;
  std::string user_name;
  std::string attach_name;
  std::uint32_t uid = kNoId;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("afid", m.auth_fid);
    v("uname", m.user_name);
    v("aname", m.attach_name);
    v("uid", m.uid);
  }
};

struct Rflush {
  static constexpr std::uint8_t type = 109;
  static constexpr std::string_view title = "Rflush";
  static void each(auto&, auto&&) {}
};
struct Tflush {
  static constexpr std::uint8_t type = 108;
  static constexpr std::string_view title = "Tflush";
  using Reply = Rflush;
  Tag old_tag = kNoTag;
  static void each(auto& m, auto&& v) { v("oldtag", m.old_tag); }
};

struct Rwalk {
  static constexpr std::uint8_t type = 111;
  static constexpr std::string_view title = "Rwalk";
  std::vector<Qid> qids;
  static void each(auto& m, auto&& v) { v("qids", m.qids); }
};
struct Twalk {
  static constexpr std::uint8_t type = 110;
  static constexpr std::string_view title = "Twalk";
  using Reply = Rwalk;
  Fid fid = kNoFid;
  Fid new_fid = kNoFid;
  std::vector<std::string> names;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("newfid", m.new_fid);
    v("names", m.names);
  }
};

struct Rwalkgetattr {
  static constexpr std::uint8_t type = 127;
  static constexpr std::string_view title = "Rwalkgetattr";
  AttrMask valid = AttrMask::none;
  Attr attr;
  std::vector<Qid> qids;
  static void each(auto& m, auto&& v) {
    v("valid", m.valid);
    v("attr", m.attr);
    v("qids", m.qids);
  }
};
struct Twalkgetattr {
  static constexpr std::uint8_t type = 126;
  static constexpr std::string_view title = "Twalkgetattr";
  using Reply = Rwalkgetattr;
  Fid fid = kNoFid;
  Fid new_fid = kNoFid;
  std::vector<std::string> names;
  static void each(auto& m, auto&& v) {
    v("fid", m.fid);
    v("newfid", m.new_fid);
    v("names", m.names);
  }
};

struct Rclunk {
  static constexpr std::uint8_t type = 121;
  static constexpr std::string_view title = "Rclunk";
  static void each(auto&, auto&&) {}
};
struct Tclunk {
  static constexpr std::uint8_t type = 120;
  static constexpr std::string_view title = "Tclunk";
  using Reply = Rclunk;
  Fid fid = kNoFid;
  static void each(auto& m, auto&& v) { v("fid", m.fid); }
};

struct Rremove {
  static constexpr std::uint8_t type = 123;
  static constexpr std::string_view title = "Rremove";
  static void each(auto&, auto&&) {}
};
struct Tremove {
  static constexpr std::uint8_t type = 122;
  static constexpr std::string_view title = "Tremove";
  using Reply = Rremove;
  Fid fid = kNoFid;
  static void each(auto& m, auto&& v) { v("fid", m.fid); }
};

struct Rflushf {
  static constexpr std::uint8_t type = 125;
  static constexpr std::string_view title = "Rflushf";
  static void each(auto&, auto&&) {}
};
struct Tflushf {
  static constexpr std::uint8_t type = 124;
  static constexpr std::string_view title = "Tflushf";
  using Reply = Rflushf;
  Fid fid = kNoFid;
  static void each(auto& m, auto&& v) { v("fid", m.fid); }
};

struct Rchannel {
  static constexpr std::uint8_t type = 251;
  static constexpr std::string_view title = "Rchannel";
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::int32_t fd = -1;
  static void each(auto& m, auto&& v) {
    v("offset", m.offset);
    v("length", m.length);
    v.file("fd", m.fd);
  }
};
struct Tchannel {
  static constexpr std::uint8_t type = 250;
  static constexpr std::string_view title = "Tchannel";
  using Reply = Rchannel;
  std::uint32_t id = 0;
  std::uint32_t control = 0;
  static void each(auto& m, auto&& v) {
    v("id", m.id);
    v("control", m.control);
  }
};

}  // namespace isosim::models::p9
