// Templates of codec.h.
#pragma once

#include "models/gofer/p9/codec.h"

namespace isosim::models::p9 {

template <class T>
concept Structure = requires(T& t, Writer& w) {
  T::each(t, w);
};

template <class T>
void Writer::operator()(std::string_view name, const T& value) {
  if constexpr (std::is_integral_v<T>) {
    number(value);
  } else if constexpr (std::is_enum_v<T>) {
    number(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    text(value);
  } else if constexpr (std::is_same_v<T, Data>) {
    number(value.length);
    frame_.data = value.length;
  } else if constexpr (Structure<T>) {
    T::each(value, *this);
  } else {
    number(static_cast<std::uint16_t>(value.size()));
    for (const auto& element : value) (*this)(name, element);
  }
}

template <class T>
void Reader::operator()(std::string_view name, T& value) {
  if constexpr (std::is_integral_v<T>) {
    value = number<T>(name);
  } else if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(number<std::underlying_type_t<T>>(name));
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = text(name);
  } else if constexpr (std::is_same_v<T, Data>) {
    data(name, value);
  } else if constexpr (Structure<T>) {
    T::each(value, *this);
  } else {
    list(name, value);
  }
}

// The count is the sender's word: elements are read only while there are bytes.
template <class T>
void Reader::list(std::string_view name, std::vector<T>& out) {
  out.clear();
  for (auto left = number<std::uint16_t>(name); left > 0 && !overrun_; --left)
    (*this)(name, out.emplace_back());
}

template <class M>
std::uint32_t encode(Tag tag, const M& message, Frame& frame) {
  frame.bytes.clear();
  frame.data = 0;
  Writer writer(frame);
  writer.number(std::uint32_t{0});
  writer.number(M::type);
  writer.number(tag);
  M::each(message, writer);
  const std::uint64_t size = frame.size();
  for (std::size_t i = 0; i < 4; ++i) frame.bytes[i] = static_cast<std::uint8_t>(size >> 8 * i);
  return writer.scalars;
}

template <class M>
std::string decode_body(std::span<const std::uint8_t> body, std::uint64_t data, M& out,
                        std::uint32_t& scalars) {
  Reader reader(body, data);
  M::each(out, reader);
  scalars = reader.scalars;
  std::string wrong = reader.verdict();
  return wrong.empty() ? wrong : std::string(M::title) + ": " + wrong;
}

}  // namespace isosim::models::p9
