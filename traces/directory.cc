#include "traces/directory.h"

#include "traces/trace_error.h"
#include "traces/varint.h"

namespace isosim::traces {

namespace {

class Encoder {
 public:
  void number(std::uint64_t v) {
    std::uint8_t bytes[kLongestVarint];
    out_.insert(out_.end(), bytes, put_varint(bytes, v));
  }
  void text(const std::string& s) {
    number(s.size());
    out_.insert(out_.end(), s.begin(), s.end());
  }
  void offsets(const std::vector<std::uint64_t>& v) {
    number(v.size());
    std::uint64_t last = 0;
    for (const std::uint64_t x : v) {
      number(x - last);
      last = x;
    }
  }
  std::vector<std::uint8_t> take() { return std::move(out_); }

 private:
  std::vector<std::uint8_t> out_;
};

class Decoder {
 public:
  Decoder(std::span<const std::uint8_t> bytes, const std::string& file)
      : in_(bytes.data(), bytes.data() + bytes.size()), file_(file) {}

  std::uint64_t number() {
    const std::uint64_t v = in_.number();
    if (in_.failed()) damaged();
    return v;
  }
  // Every element takes at least a byte, so no count above the bytes left is honest.
  std::size_t count() {
    const std::uint64_t n = number();
    if (n > in_.left()) damaged();
    return static_cast<std::size_t>(n);
  }
  std::string text() {
    const std::size_t n = count();
    std::string s(reinterpret_cast<const char*>(in_.at()), n);
    in_.skip(n);
    return s;
  }
  std::vector<std::uint64_t> offsets() {
    std::vector<std::uint64_t> v(count());
    std::uint64_t last = 0;
    for (std::uint64_t& x : v) x = last += number();
    return v;
  }
  [[noreturn]] void damaged() const {
    throw TraceError(file_, 0, "the directory of the trace is damaged", "convert the text again");
  }

 private:
  VarintReader in_;
  const std::string& file_;
};

constexpr unsigned kFlags = 7;

}  // namespace

std::vector<std::uint8_t> encode_directory(const Directory& d) {
  Encoder out;
  const TraceInfo& i = d.info;
  const bool flags[kFlags] = {i.has_durations,         i.has_pids,     i.has_commands,
                              i.has_call_numbers,      i.has_pointers, i.has_descriptor_paths,
                              i.has_descriptor_details};
  std::uint64_t bits = 0;
  for (unsigned b = 0; b < kFlags; ++b) bits |= static_cast<std::uint64_t>(flags[b]) << b;
  const LineCounts& c = i.line_counts;
  for (const std::uint64_t v :
       {static_cast<std::uint64_t>(i.source), static_cast<std::uint64_t>(i.timestamps), bits,
        zigzag(i.start_unix_ns), zigzag(i.start_of_day_ns), zigzag(i.end_ns), i.events, i.calls, i.lines,
        i.bytes, i.clock_steps, c.events, c.continued, c.notices, c.summary, c.output, c.blank, c.problems}) {
    out.number(v);
  }
  out.offsets(d.string_blocks);
  out.number(d.threads.size());
  for (const DirectoryThread& t : d.threads) {
    for (const std::uint64_t v :
         {zigzag(t.info.tid), t.info.events, t.info.first_line, t.info.last_line, t.first_sequence}) {
      out.number(v);
    }
    out.offsets(t.blocks);
  }
  out.number(d.problems.size());
  for (const Problem& p : d.problems) {
    out.text(p.file);
    out.number(p.line);
    out.text(p.reason);
    out.text(p.text);
  }
  return out.take();
}

Directory decode_directory(std::span<const std::uint8_t> bytes, const std::string& file) {
  Decoder in(bytes, file);
  Directory d;
  TraceInfo& i = d.info;
  const std::uint64_t source = in.number(), timestamps = in.number(), bits = in.number();
  if (source > static_cast<std::uint64_t>(Source::strace_ff) ||
      timestamps > static_cast<std::uint64_t>(Timestamps::relative) || bits >> kFlags != 0) {
    in.damaged();
  }
  i.source = static_cast<Source>(source);
  i.timestamps = static_cast<Timestamps>(timestamps);
  bool* const flags[kFlags] = {&i.has_durations,         &i.has_pids,     &i.has_commands,
                               &i.has_call_numbers,      &i.has_pointers, &i.has_descriptor_paths,
                               &i.has_descriptor_details};
  for (unsigned b = 0; b < kFlags; ++b) *flags[b] = (bits >> b & 1) != 0;
  for (std::int64_t* v : {&i.start_unix_ns, &i.start_of_day_ns, &i.end_ns}) *v = unzigzag(in.number());
  LineCounts& c = i.line_counts;
  for (std::uint64_t* v : {&i.events, &i.calls, &i.lines, &i.bytes, &i.clock_steps, &c.events, &c.continued,
                           &c.notices, &c.summary, &c.output, &c.blank, &c.problems}) {
    *v = in.number();
  }
  d.string_blocks = in.offsets();
  const std::size_t threads = in.count();
  for (std::size_t n = 0; n < threads; ++n) {
    DirectoryThread& t = d.threads.emplace_back();
    const std::int64_t tid = unzigzag(in.number());
    if (tid < 0 || tid > INT32_MAX) in.damaged();
    t.info.tid = static_cast<std::int32_t>(tid);
    for (std::uint64_t* v : {&t.info.events, &t.info.first_line, &t.info.last_line, &t.first_sequence})
      *v = in.number();
    t.blocks = in.offsets();
  }
  const std::size_t problems = in.count();
  for (std::size_t n = 0; n < problems; ++n) {
    Problem& p = d.problems.emplace_back();
    p.file = in.text();
    p.line = in.number();
    p.reason = in.text();
    p.text = in.text();
  }
  return d;
}

}  // namespace isosim::traces
