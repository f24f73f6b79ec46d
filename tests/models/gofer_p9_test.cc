#include <catch2/catch.hpp>

#include "models/gofer/p9/codec.h"
#include "models/gofer/p9/describe.h"

using namespace isosim::models::p9;

namespace {

std::string hex(const Frame& frame) {
  std::string out;
  for (const std::uint8_t byte : frame.bytes) out += fmt::format("{}{:02x}", out.empty() ? "" : " ", byte);
  return out;
}

template <class M>
Frame encoded(const M& message, Tag tag = 1) {
  Frame frame;
  encode(tag, message, frame);
  return frame;
}

Fid fid(std::uint32_t n) { return Fid{n}; }

// One of each kind, with every field set.
std::vector<Message> samples() {
  const Qid qid{qid_type::directory, 0, 0x01'0000'0000'0007};
  Attr attr;
  attr.mode = 0100644;
  attr.size = 4096;
  attr.mtime = {1'500'000'000, 999};
  Tucreate create;
  create.fid = fid(3);
  create.name = "new";
  create.flags = OpenFlags::read_write;
  create.permissions = 0644;
  create.gid = 5;
  create.uid = 6;
  Tumkdir mkdir;
  mkdir.name = "d";
  Tusymlink symlink;
  symlink.name = "l";
  symlink.target = "/to";
  Tumknod mknod;
  mknod.name = "n";
  Rlopen open;
  open.qid = qid;
  Rucreate created;
  created.qid = qid;
  Rreaddir listing;
  listing.entries.list = {{qid, 1, qid.type, "bin"}, {qid, 2, qid.type, "etc"}};
  SetAttr set;
  set.permissions = 0755;
  return {Rlerror{2},
          Tstatfs{fid(1)},
          Rstatfs{},
          Tlopen{fid(7), OpenFlags::read_write},
          open,
          create,
          created,
          mkdir,
          symlink,
          mknod,
          Trename{fid(1), fid(2), "x"},
          Treadlink{fid(1)},
          Rreadlink{"target"},
          Tgetattr{fid(9)},
          Rgetattr{kServedAttributes, qid, attr},
          Tsetattr{fid(1), SetAttrMask::size | SetAttrMask::mtime, set},
          Rsetattr{},
          Txattrwalk{fid(1), fid(2), "user.x"},
          Tgetxattr{fid(1), "trusted.x", 1},
          Treaddir{fid(4), 0, 65536},
          listing,
          Tfsync{fid(1)},
          Tlink{fid(1), fid(2), "hard"},
          Trenameat{fid(1), "a", fid(2), "b"},
          Tunlinkat{fid(1), "gone", 0},
          Tversion{1 << 20, version_string(6)},
          Tattach{fid(1), kNoFid, "", "/", kNoId},
          Rattach{qid},
          Tflush{9},
          Twalk{fid(1), fid(2), {}},
          Twalk{fid(1), fid(2), {"usr", "lib"}},
          Rwalk{{qid, qid}},
          Tread{fid(1), 4096, 512},
          Rread{Data{512}},
          Twrite{fid(1), 0, Data{100}},
          Rwrite{100},
          Tclunk{fid(1)},
          Rclunk{},
          Tflushf{fid(1)},
          Twalkgetattr{fid(1), fid(2), {"f"}},
          Rwalkgetattr{kServedAttributes, attr, {qid}},
          Tlconnect{fid(1), 0},
          Tallocate{fid(1), 0, 0, 4096},
          Tchannel{0, 1}};
}

}  // namespace

TEST_CASE("9P messages have the sizes that pkg/p9 gives them") {
  CHECK(encoded(Rlerror{2}).size() == 11);
  CHECK(encoded(Tstatfs{}).size() == 11);
  CHECK(encoded(Rstatfs{}).size() == 67);
  CHECK(encoded(Tlopen{}).size() == 15);
  CHECK(encoded(Rlopen{}).size() == 24);
  CHECK(encoded(Rsymlink{}).size() == 20);
  CHECK(encoded(Trename{fid(1), fid(2), "abc"}).size() == 17 + 3);
  CHECK(encoded(Rrename{}).size() == 7);
  CHECK(encoded(Rreadlink{"abc"}).size() == 9 + 3);
  CHECK(encoded(Tgetattr{}).size() == 19);
  CHECK(encoded(Rgetattr{}).size() == 160);
  CHECK(encoded(Tsetattr{}).size() == 67);
  CHECK(encoded(Tgetxattr{fid(1), "name", 1}).size() == 21 + 4);
  CHECK(encoded(Treaddir{}).size() == 23);
  CHECK(encoded(Tunlinkat{fid(1), "abc", 0}).size() == 17 + 3);
  CHECK(encoded(Tversion{1 << 20, version_string(6)}).size() == 30);
  CHECK(encoded(Tversion{1 << 20, version_string(10)}).size() == 31);
  CHECK(encoded(Tattach{fid(1), kNoFid, "", "/", kNoId}).size() == 24);
  CHECK(encoded(Rattach{}).size() == 20);
  CHECK(encoded(Twalk{}).size() == 17);
  CHECK(encoded(Twalk{fid(1), fid(2), {"abc"}}).size() == 19 + 3);
  CHECK(encoded(Rwalk{}).size() == 9);
  CHECK(encoded(Rwalk{{Qid{}}}).size() == 22);
  CHECK(encoded(Tread{}).size() == 23);
  CHECK(encoded(Rread{Data{1000}}).size() == 11 + 1000);
  CHECK(encoded(Twrite{fid(1), 0, Data{1000}}).size() == 23 + 1000);
  CHECK(encoded(Rwrite{}).size() == 11);
  CHECK(encoded(Tclunk{}).size() == 11);
  CHECK(encoded(Rclunk{}).size() == 7);
  CHECK(encoded(Tflushf{}).size() == 11);
  CHECK(encoded(Twalkgetattr{fid(1), fid(2), {"f"}}).size() == 20);
  CHECK(encoded(Rwalkgetattr{AttrMask::none, {}, {Qid{}}}).size() == 162);
  Tucreate create;
  create.name = "abc";
  CHECK(encoded(create).size() == 29 + 3);
  CHECK(encoded(Rucreate{}).size() == 24);
  CHECK(encoded(Tchannel{}).size() == 15);
  CHECK(encoded(Rchannel{}).size() == 23);
  Rreaddir listing;
  listing.entries.list = {{{}, 1, 0, "abc"}};
  CHECK(encoded(listing).size() == 11 + 24 + 3);
  CHECK(payload_bytes(1 << 20) == 1'048'064);
}

TEST_CASE("9P bytes are little endian, in the order of the fields") {
  CHECK(hex(encoded(Twalk{fid(0x01020304), fid(5), {"f"}}, 0x0607)) ==
        "14 00 00 00 6e 07 06 04 03 02 01 05 00 00 00 01 00 01 00 66");
  CHECK(hex(encoded(Rlerror{2})) == "0b 00 00 00 07 01 00 02 00 00 00");
  CHECK(hex(encoded(Tgetattr{fid(1)})) == "13 00 00 00 18 01 00 01 00 00 00 ff 3f 00 00 00 00 00 00");
}

TEST_CASE("what was encoded decodes to the same bytes again, and no prefix of it does") {
  for (const Message& message : samples()) {
    INFO(describe(message));
    Frame frame, again;
    encode(3, message, frame);
    const Decoded decoded = decode(frame);
    REQUIRE(decoded.error.empty());
    CHECK(decoded.tag == 3);
    CHECK(decoded.message.index() == message.index());
    encode(3, decoded.message, again);
    CHECK(again.bytes == frame.bytes);
    CHECK(again.data == frame.data);
    const Header header = read_header(frame.bytes);
    const auto body = std::span(frame.bytes).subspan(kHeaderBytes);
    for (std::size_t length = 0; length < body.size(); ++length)
      CHECK_FALSE(decode(header, body.first(length), frame.data).error.empty());
  }
}

TEST_CASE("garbled 9P messages are refused with a reason") {
  CHECK(decode(Frame{{1, 2, 3}}).error == "3 bytes are no message: its header has 7");
  Frame frame = encoded(Tclunk{fid(1)});
  frame.bytes.push_back(0);
  CHECK(decode(frame).error == "says 11 bytes, but has 12");
  frame.bytes[0] = 12;
  CHECK(decode(frame).error == "Tclunk: 1 bytes too long");
  frame.bytes[4] = 99;
  CHECK(decode(frame).error == "no message has type 99");
  frame = encoded(Twalk{fid(1), fid(2), {"name"}});
  frame.bytes[15] = 0xFF;  // 65535 names
  frame.bytes[16] = 0xFF;
  CHECK(decode(frame).error == "Twalk: ends within field names (16 bytes)");
  frame = encoded(Twrite{fid(1), 0, Data{10}});
  frame.data = 11;
  ++frame.bytes[0];
  CHECK(decode(frame).error == "Twrite: says 10 bytes of data, but 11 follow");
}

TEST_CASE("a listing is cut at the limit, and only whole entries come out") {
  Rreaddir listing;
  listing.entries.limit = 60;  // of 24 + 3 bytes each: two and a bit
  for (std::uint64_t i = 1; i <= 5; ++i) listing.entries.list.push_back({{}, i, 0, "abc"});
  const Frame frame = encoded(listing);
  CHECK(frame.size() == 11 + 60);
  const Decoded decoded = decode(frame);
  REQUIRE(decoded.error.empty());
  CHECK(std::get<Rreaddir>(decoded.message).entries.list.size() == 2);
}

TEST_CASE("9P messages read as one line") {
  CHECK(describe(Twalk{fid(3), fid(5), {}}) == "Twalk{fid=3 newfid=5 names=[]}");
  CHECK(describe(Twalk{fid(3), fid(5), {"a", "b"}}) == R"(Twalk{fid=3 newfid=5 names=["a" "b"]})");
  CHECK(describe(Tlopen{fid(3), OpenFlags::read_write}) == "Tlopen{fid=3 flags=RDWR}");
  CHECK(describe(Rlerror{2}) == "Rlerror{ENOENT}");
  CHECK(describe(Tattach{fid(1), kNoFid, "", "/", kNoId}) ==
        R"(Tattach{fid=1 afid=none uname="" aname="/" uid=none})");
  CHECK(describe(Rlopen{{0, 0, (1ull << 56) | 77}, 0, 9}) == "Rlopen{qid=regular 1:77 iounit=0 fd=9}");
  CHECK(describe(Rclunk{}) == "Rclunk{}");
  CHECK(message_name(126) == "Twalkgetattr");
  CHECK(message_name(99) == "type 99");
}

TEST_CASE("9P versions are parsed whole") {
  CHECK(version_string(6) == "9P2000.L.Google.6");
  CHECK(parse_version("9P2000.L.Google.10") == 10);
  CHECK(parse_version("9P2000.L") == 0);
  for (const char* bad : {"", "9P2000", "9P2000.L.Google.", "9P2000.L.Google.x", "9P2000.L.Google.6 "})
    CHECK_FALSE(parse_version(bad));
}
