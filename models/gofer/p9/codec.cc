#include "models/gofer/p9/codec.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace isosim::models::p9 {

Header read_header(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes, 0);
  Header header;
  header.size = reader.number<std::uint32_t>("size");
  header.type = reader.number<std::uint8_t>("type");
  header.tag = reader.number<Tag>("tag");
  return header;
}

void set_tag(Frame& frame, Tag tag) {
  constexpr std::size_t kTagAt = 5;
  frame.bytes[kTagAt] = static_cast<std::uint8_t>(tag);
  frame.bytes[kTagAt + 1] = static_cast<std::uint8_t>(tag >> 8);
}

void Writer::text(std::string_view value) {
  const auto length = static_cast<std::uint16_t>(value.size());
  number(length);
  frame_.bytes.insert(frame_.bytes.end(), value.begin(), value.begin() + length);
  scalars += length;
}

void Writer::time(std::string_view, const FileTime& value) {
  number(value.seconds);
  number(value.nanoseconds);
}

// Rreaddir.Encode: entries until the limit is reached, and the last one cut there.
void Writer::entries(std::string_view, const Entries& value) {
  Frame listing;
  Writer writer(listing);
  for (const Dirent& entry : value.list) {
    Dirent::each(entry, writer);
    if (listing.bytes.size() >= value.limit) break;
  }
  if (listing.bytes.size() > value.limit) listing.bytes.resize(value.limit);
  number(static_cast<std::uint32_t>(listing.bytes.size()));
  scalars += writer.scalars;
  frame_.bytes.insert(frame_.bytes.end(), listing.bytes.begin(), listing.bytes.end());
}

void Reader::overrun(std::string_view name) {
  if (!overrun_) missing_ = name;
  overrun_ = true;
  at_ = bytes_.size();
}

std::string Reader::text(std::string_view name) {
  const auto length = number<std::uint16_t>(name);
  if (bytes_.size() - at_ < length) return overrun(name), std::string{};
  const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(at_);
  at_ += length;
  scalars += length;
  return {from, from + length};
}

void Reader::time(std::string_view name, FileTime& value) {
  value.seconds = number<std::uint64_t>(name);
  value.nanoseconds = number<std::uint64_t>(name);
}

void Reader::data(std::string_view name, Data& out) {
  out.length = number<std::uint32_t>(name);
  if (!overrun_ && out.length != data_)
    wrong_ = fmt::format("says {} bytes of data, but {} follow", out.length, data_);
  data_ = 0;
}

// Rreaddir.Decode: whole entries; one that the limit cut is dropped.
void Reader::entries(std::string_view name, Entries& value) {
  value.limit = number<std::uint32_t>(name);
  value.list.clear();
  if (overrun_) return;
  if (value.limit != bytes_.size() - at_)
    wrong_ = fmt::format("says {} bytes of entries, but {} follow", value.limit, bytes_.size() - at_);
  Reader listing(bytes_.subspan(at_), 0);
  at_ = bytes_.size();
  while (listing.at_ < listing.bytes_.size()) {
    Dirent entry;
    Dirent::each(entry, listing);
    if (listing.overrun_) break;
    value.list.push_back(std::move(entry));
  }
  scalars += listing.scalars;
}

std::string Reader::verdict() const {
  if (overrun_) return fmt::format("ends within field {} ({} bytes)", missing_, bytes_.size());
  if (!wrong_.empty()) return wrong_;
  if (at_ != bytes_.size()) return fmt::format("{} bytes too long", bytes_.size() - at_);
  if (data_ != 0) return fmt::format("{} bytes of data follow it", data_);
  return {};
}

namespace {

using BodyDecoder = std::string (*)(std::span<const std::uint8_t>, std::uint64_t, Message&, std::uint32_t&);

template <class M>
std::string decode_as(std::span<const std::uint8_t> body, std::uint64_t data, Message& out,
                      std::uint32_t& scalars) {
  return decode_body(body, data, out.emplace<M>(), scalars);
}

template <class... M>
constexpr std::array<BodyDecoder, 256> decoders(std::variant<M...>*) {
  std::array<BodyDecoder, 256> table{};
  ((table[M::type] = decode_as<M>), ...);
  return table;
}
constexpr std::array<BodyDecoder, 256> kDecoders = decoders(static_cast<Message*>(nullptr));

}  // namespace

std::uint32_t encode(Tag tag, const Message& message, Frame& frame) {
  return std::visit([&](const auto& m) { return encode(tag, m, frame); }, message);
}

Decoded decode(const Header& header, std::span<const std::uint8_t> body, std::uint64_t data) {
  Decoded out;
  out.tag = header.tag;
  if (const BodyDecoder decoder = kDecoders[header.type])
    out.error = decoder(body, data, out.message, out.scalars);
  else
    out.error = fmt::format("no message has type {}", header.type);
  return out;
}

Decoded decode(const Frame& frame) {
  Decoded out;
  if (frame.bytes.size() < kHeaderBytes) {
    out.error = fmt::format("{} bytes are no message: its header has {}", frame.bytes.size(), kHeaderBytes);
    return out;
  }
  const Header header = read_header(frame.bytes);
  if (header.size != frame.size()) {
    out.tag = header.tag;
    out.error = fmt::format("says {} bytes, but has {}", header.size, frame.size());
    return out;
  }
  return decode(header, std::span(frame.bytes).subspan(kHeaderBytes), frame.data);
}

std::uint32_t fixed_bytes_before_payload(std::uint8_t type) {
  switch (type) {
    case Rread::type:
    case Rreaddir::type:
      return 4;
    case Twrite::type:
      return 16;
    default:
      return 0;
  }
}

}  // namespace isosim::models::p9
