// One event as bytes. Times, sequence and line are differences to the record before in the same block;
// strings are references.
#pragma once

#include <cstdint>

#include "traces/call_names.h"
#include "traces/event.h"
#include "traces/varint.h"

namespace isosim::traces {

struct RecordState {
  std::int64_t start_ns = 0;
  std::uint64_t sequence = 0;
  std::uint64_t line = 0;
};

// Two bytes of flags, at most 6 varints and 5 strings, 7 arguments of a byte, a value and two strings.
inline constexpr std::size_t kLongestRecord = 2 + 11 * kLongestVarint + 7 * (1 + 3 * kLongestVarint);

namespace record {
// First byte.
inline constexpr unsigned kKindMask = 7;
inline constexpr unsigned kReturnShift = 3;
inline constexpr unsigned kInjected = 1u << 5;
inline constexpr unsigned kHasDuration = 1u << 6;
inline constexpr unsigned kHasReturnText = 1u << 7;
// Second byte.
inline constexpr unsigned kArgcMask = 7;
inline constexpr unsigned kHasName = 1u << 3;        // the name is not that of nr
inline constexpr unsigned kErrorIsResult = 1u << 4;  // error == -result
inline constexpr unsigned kHasError = 1u << 5;       // error, otherwise 0
inline constexpr unsigned kHasSignal = 1u << 6;      // signal and signal_info
// Tag of an argument.
inline constexpr unsigned kArgKindMask = 3;
inline constexpr unsigned kArgTruncated = 1u << 2;
inline constexpr unsigned kArgText = 1u << 3;
inline constexpr unsigned kArgNote = 1u << 4;
inline constexpr unsigned kArgSmallShift = 5;  // integers 0..6 are in the tag; 7: a varint follows
inline constexpr unsigned kArgLarge = 7;
}  // namespace record

// `intern(std::string_view) -> std::uint64_t` gives the reference of a string. Room for kLongestRecord bytes
// is the caller's.
template <class Intern>
std::uint8_t* encode(std::uint8_t* p, const Event& e, RecordState& state, Intern&& intern) {
  using namespace record;
  const bool named = e.nr >= kCallLimit ? !e.name.empty() : e.name != call_name(e.nr);
  const bool error_is_result = e.error != 0 && e.result == -static_cast<std::int64_t>(e.error);
  const bool error = e.error != 0 && !error_is_result;
  const bool signal = e.signal != 0 || !e.signal_info.empty();
  *p++ = static_cast<std::uint8_t>(static_cast<unsigned>(e.kind) |
                                   static_cast<unsigned>(e.return_kind) << kReturnShift |
                                   (e.injected ? kInjected : 0) | (e.duration_ns >= 0 ? kHasDuration : 0) |
                                   (e.return_text.empty() ? 0 : kHasReturnText));
  *p++ = static_cast<std::uint8_t>(e.argc | (named ? kHasName : 0) | (error_is_result ? kErrorIsResult : 0) |
                                   (error ? kHasError : 0) | (signal ? kHasSignal : 0));
  p = put_varint(p, static_cast<std::uint16_t>(e.nr + 1));
  p = put_varint(p, zigzag(e.start_ns - state.start_ns));
  p = put_varint(p, e.sequence - state.sequence);
  p = put_varint(p, zigzag(static_cast<std::int64_t>(e.line - state.line)));
  p = put_varint(p, zigzag(e.result));
  if (e.duration_ns >= 0) p = put_varint(p, static_cast<std::uint64_t>(e.duration_ns));
  if (named) p = put_varint(p, intern(e.name));
  if (error) p = put_varint(p, zigzag(e.error));
  if (!e.return_text.empty()) p = put_varint(p, intern(e.return_text));
  if (signal) {
    p = put_varint(p, zigzag(e.signal));
    p = put_varint(p, intern(e.signal_info));
  }
  for (unsigned i = 0; i < e.argc; ++i) {
    const Arg& a = e.args[i];
    const bool text = !a.text.empty();
    const unsigned small = a.value >= 0 && a.value < kArgLarge ? static_cast<unsigned>(a.value) : kArgLarge;
    *p++ = static_cast<std::uint8_t>(static_cast<unsigned>(a.kind) | (a.truncated ? kArgTruncated : 0) |
                                     (text ? kArgText : 0) | (a.note.empty() ? 0 : kArgNote) |
                                     small << kArgSmallShift);
    if (small == kArgLarge) p = put_varint(p, zigzag(a.value));
    if (text) p = put_varint(p, intern(a.text));
    if (!a.note.empty()) p = put_varint(p, intern(a.note));
  }
  state = {e.start_ns, e.sequence, e.line};
  return p;
}

// `resolve(std::uint64_t) -> std::string_view`. Leaves e.tid alone. False if the bytes are not a record.
template <class Resolve>
bool decode(VarintReader& in, Event& e, RecordState& state, Resolve&& resolve) {
  using namespace record;
  const unsigned first = in.byte();
  const unsigned second = in.byte();
  const unsigned kind = first & kKindMask;
  const unsigned returns = first >> kReturnShift & 3;
  if (kind > static_cast<unsigned>(EventKind::stopped) || returns > static_cast<unsigned>(ReturnKind::none))
    return false;
  e.kind = static_cast<EventKind>(kind);
  e.return_kind = static_cast<ReturnKind>(returns);
  e.injected = (first & kInjected) != 0;
  e.argc = static_cast<std::uint8_t>(second & kArgcMask);
  const std::uint64_t nr = in.number();
  if (nr > kCallLimit) return false;
  e.nr = static_cast<std::uint16_t>(nr - 1);
  // Unsigned: a hostile file may make these overflow.
  state.start_ns = static_cast<std::int64_t>(static_cast<std::uint64_t>(state.start_ns) +
                                             static_cast<std::uint64_t>(in.signed_number()));
  state.sequence += in.number();
  state.line += static_cast<std::uint64_t>(in.signed_number());
  e.start_ns = state.start_ns;
  e.sequence = state.sequence;
  e.line = state.line;
  e.result = in.signed_number();
  e.duration_ns = (first & kHasDuration) != 0 ? static_cast<std::int64_t>(in.number()) : -1;
  e.name = (second & kHasName) != 0 ? resolve(in.number()) : call_name(e.nr);
  e.error = 0;
  if ((second & kErrorIsResult) != 0)
    e.error = static_cast<std::int32_t>(0 - static_cast<std::uint64_t>(e.result));
  if ((second & kHasError) != 0) e.error = static_cast<std::int32_t>(in.signed_number());
  e.return_text = (first & kHasReturnText) != 0 ? resolve(in.number()) : std::string_view{};
  e.signal = 0;
  e.signal_info = {};
  if ((second & kHasSignal) != 0) {
    e.signal = static_cast<std::int32_t>(in.signed_number());
    e.signal_info = resolve(in.number());
  }
  for (unsigned i = 0; i < e.argc; ++i) {
    Arg& a = e.args[i];
    const unsigned tag = in.byte();
    a.kind = static_cast<Arg::Kind>(tag & kArgKindMask);
    a.truncated = (tag & kArgTruncated) != 0;
    const unsigned small = tag >> kArgSmallShift;
    a.value = small == kArgLarge ? in.signed_number() : static_cast<std::int64_t>(small);
    a.text = (tag & kArgText) != 0 ? resolve(in.number()) : std::string_view{};
    a.note = (tag & kArgNote) != 0 ? resolve(in.number()) : std::string_view{};
  }
  for (unsigned i = e.argc; i < std::size(e.args); ++i) e.args[i] = Arg{};
  constexpr std::int32_t kLastSignal = 64;
  const bool signal = e.kind != EventKind::signal || (e.signal >= 1 && e.signal <= kLastSignal);
  return !in.failed() && e.duration_ns >= -1 && signal;
}

}  // namespace isosim::traces
