// Messages to bytes and back (pkg/p9/buffer.go, messages.go, transport.go): little endian,
// size u32 | type u8 | tag u16 | body, strings as u16 length and bytes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/gofer/p9/message.h"

namespace isosim::models::p9 {

inline constexpr std::size_t kHeaderBytes = 7;

// A message as it travels: its bytes, and how many bytes of file contents follow them.
struct Frame {
  std::vector<std::uint8_t> bytes;
  std::uint64_t data = 0;
  [[nodiscard]] std::uint64_t size() const { return bytes.size() + data; }
};

struct Header {
  std::uint32_t size = 0;  // with the header
  std::uint8_t type = 0;
  Tag tag = kNoTag;
};

// The first kHeaderBytes of a message.
Header read_header(std::span<const std::uint8_t> bytes);

// Gives an encoded message another tag.
void set_tag(Frame& frame, Tag tag);

class Writer {
 public:
  explicit Writer(Frame& frame) : frame_(frame) { frame_.bytes.reserve(kUsualBytes); }

  template <class T>
  void operator()(std::string_view, const T& value);
  void octal(std::string_view, std::uint32_t value) { number(value); }
  void permissions(std::string_view, std::uint32_t value) { number(value & kPermissionsMask); }
  void time(std::string_view, const FileTime& value);
  void entries(std::string_view, const Entries& value);
  void file(std::string_view, std::int32_t) {}

  std::uint32_t scalars = 0;  // numbers written, each byte of a string being one, as in buffer.go

  template <class T>
  void number(T value) {
    ++scalars;
    const std::size_t at = frame_.bytes.size();
    frame_.bytes.resize(at + sizeof(T));
    for (std::size_t i = 0; i < sizeof(T); ++i)
      frame_.bytes[at + i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> 8 * i);
  }
  void text(std::string_view value);

 private:
  static constexpr std::size_t kUsualBytes =
      192;  // Rwalkgetattr, the longest of the common messages, has 162
  Frame& frame_;
};

class Reader {
 public:
  // `data`: bytes of file contents that follow `bytes`.
  Reader(std::span<const std::uint8_t> bytes, std::uint64_t data) : bytes_(bytes), data_(data) {}

  template <class T>
  void operator()(std::string_view name, T& value);
  void octal(std::string_view name, std::uint32_t& value) { value = number<std::uint32_t>(name); }
  void permissions(std::string_view name, std::uint32_t& value) {
    value = number<std::uint32_t>(name) & kPermissionsMask;
  }
  void time(std::string_view name, FileTime& value);
  void entries(std::string_view name, Entries& value);
  void file(std::string_view, std::int32_t&) {}

  // What is wrong, once everything was read; empty if nothing.
  [[nodiscard]] std::string verdict() const;

  std::uint32_t scalars = 0;

  template <class T>
  T number(std::string_view name) {
    ++scalars;
    if (bytes_.size() - at_ < sizeof(T)) return overrun(name), T{};
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value |= std::uint64_t{bytes_[at_ + i]} << 8 * i;
    at_ += sizeof(T);
    return static_cast<T>(value);
  }
  std::string text(std::string_view name);

 private:
  void overrun(std::string_view name);
  template <class T>
  void list(std::string_view name, std::vector<T>& out);
  void data(std::string_view name, Data& out);

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::uint64_t data_;
  bool overrun_ = false;
  std::string_view missing_;  // the first field that was not there
  std::string wrong_;
};

// Encodes into `frame`, whose old contents are dropped. Returns the number of scalars written.
template <class M>
std::uint32_t encode(Tag tag, const M& message, Frame& frame);
std::uint32_t encode(Tag tag, const Message& message, Frame& frame);

// Decodes the body of a message of a known type. Returns what is wrong with it; empty: nothing.
template <class M>
std::string decode_body(std::span<const std::uint8_t> body, std::uint64_t data, M& out,
                        std::uint32_t& scalars);

struct Decoded {
  Tag tag = kNoTag;
  Message message;
  std::uint32_t scalars = 0;
  std::string error;  // empty: the message is good
};
// A body of a message of type `type`, or a whole message.
Decoded decode(const Header& header, std::span<const std::uint8_t> body, std::uint64_t data);
Decoded decode(const Frame& frame);

// Bytes of the fixed part of a body that file contents (or a listing's entries) follow; 0 for other types.
std::uint32_t fixed_bytes_before_payload(std::uint8_t type);

// The largest fixed body (Rgetattr): what a message's size leaves for data is less by this.
inline constexpr std::uint32_t kLargestFixedBytes = 153;
// The most that one Tread or Twrite moves (client.go: whole 512-byte blocks).
constexpr std::uint32_t payload_bytes(std::uint32_t message_size) {
  const std::uint32_t rest = message_size - kLargestFixedBytes;
  return rest > 512 ? rest / 512 * 512 : rest;
}

}  // namespace isosim::models::p9

#include "models/gofer/p9/codec_impl.h"
