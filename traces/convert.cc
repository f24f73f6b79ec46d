#include "traces/convert.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "sim/output_file.h"
#include "traces/binary_reader.h"
#include "traces/binary_writer.h"
#include "traces/input.h"
#include "traces/strace_files.h"
#include "traces/strace_writer.h"

namespace isosim::traces {

namespace {

// A text file, packed on the way if its name says so.
class TextOutput {
 public:
  explicit TextOutput(const std::filesystem::path& path) : file_(path.string()) {
    if (path.extension() == ".zst") context_.reset(ZSTD_createCCtx());
    packed_.resize(ZSTD_CStreamOutSize());
  }

  void write(std::string_view text) { put(text, ZSTD_e_continue); }
  void commit() {
    if (context_) put({}, ZSTD_e_end);
    file_.commit();
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };

  void put(std::string_view text, ZSTD_EndDirective end) {
    if (!context_) return file_.write(text);
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    for (std::size_t left = 1; in.pos < in.size || (end == ZSTD_e_end && left != 0);) {
      ZSTD_outBuffer out{packed_.data(), packed_.size(), 0};
      left = ZSTD_compressStream2(context_.get(), &out, &in, end);
      if (ZSTD_isError(left)) throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(left));
      file_.write({packed_.data(), out.pos});
    }
  }

  sim::OutputFile file_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::vector<char> packed_;
};

bool is_binary_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  char head[8] = {};
  return BinaryImage::is_binary({head, open_input(path)->read(head, sizeof head)});
}

std::uint64_t write_text(const Trace& trace, const std::filesystem::path& to) {
  constexpr std::size_t kFlushBytes = 1u << 20;
  TextOutput out(to);
  const StraceWriter writer(trace.info());
  std::string text;
  std::uint64_t bytes = 0;
  const auto flush = [&] {
    out.write(text);
    bytes += text.size();
    text.clear();
  };
  Event event;
  for (MergedCursor events = trace.events(); events.next(event);) {
    writer.write(event, text);
    if (text.size() >= kFlushBytes) flush();
  }
  flush();
  out.commit();
  return bytes;
}

std::string_view name_of(Timestamps timestamps) {
  switch (timestamps) {
    case Timestamps::none:
      return "none";
    case Timestamps::seconds_of_day:
      return "-t (seconds of the day)";
    case Timestamps::time_of_day:
      return "-tt (time of the day)";
    case Timestamps::unix_time:
      return "-ttt (absolute)";
    case Timestamps::relative:
      return "-r (relative)";
  }
  return "";
}

std::string options(const TraceInfo& i) {
  std::string out = i.source == Source::strace_ff ? "-ff" : i.has_pids ? "-f" : "";
  const auto add = [&](bool on, std::string_view option) {
    if (!on) return;
    if (!out.empty()) out += ' ';
    out += option;
  };
  add(i.has_durations, "-T");
  add(i.has_descriptor_details, "-yy");
  add(i.has_descriptor_paths && !i.has_descriptor_details, "-y");
  add(i.has_commands, "-Y");
  add(i.has_call_numbers, "-n");
  add(i.has_pointers, "-i");
  return out.empty() ? "none" : out;
}

}  // namespace

Conversion convert(const std::filesystem::path& from, const std::filesystem::path& to, Target target) {
  const bool binary = is_binary_file(from);
  std::error_code error;
  if (std::filesystem::equivalent(from, to, error)) {
    throw TraceError(to.string(), 0, "is the trace that is read", "another name for what is written");
  }
  Conversion done;
  done.target = target != Target::other ? target : binary ? Target::strace : Target::binary;
  const auto account = [&done](const TraceInfo& info) {
    done.events = info.events;
    done.problems = info.line_counts.problems;
    done.bytes_in = info.bytes;
  };
  if (done.target == Target::strace) {
    const Trace trace = Trace::open(from);
    account(trace.info());
    if (binary) done.bytes_in = trace.bytes().size();
    done.bytes_out = write_text(trace, to);
    return done;
  }
  if (std::filesystem::exists(to, error) && !std::filesystem::is_regular_file(to, error))
    throw TraceError(to.string(), 0, "is not a regular file",
                     "a path for a binary trace, which is read again");
  if (binary) {
    const Trace trace = Trace::open(from);  // not a copy of something damaged
    sim::OutputFile out(to.string());
    const auto bytes = trace.bytes();
    out.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    out.commit();
  } else {  // a text of any length, in one pass
    BinaryWriter out(to);
    read_strace(from, out);
    out.commit();
  }
  const Trace made = Trace::open(to);
  account(made.info());
  done.bytes_out = made.bytes().size();
  if (binary) done.bytes_in = done.bytes_out;
  return done;
}

std::vector<std::pair<std::string, std::string>> describe(const Trace& trace) {
  const TraceInfo& i = trace.info();
  const LineCounts& c = i.line_counts;
  std::vector<std::pair<std::string, std::string>> out;
  const auto add = [&](std::string_view name, std::string value) {
    out.emplace_back(name, std::move(value));
  };
  add("options of strace", options(i));
  add("timestamps", std::string(name_of(i.timestamps)));
  add("events", fmt::format("{}", i.events));
  add("calls", fmt::format("{}", i.calls));
  add("threads", fmt::format("{}", trace.threads().size()));
  add("recorded time", i.timestamps == Timestamps::none
                           ? "none"
                           : fmt::format("{}.{:09} s", i.end_ns / 1'000'000'000, i.end_ns % 1'000'000'000));
  add("text", fmt::format("{} lines, {} bytes", i.lines, i.bytes));
  add("compact form",
      fmt::format(
          "{} bytes, {:.1f} a call", trace.bytes().size(),
          i.calls == 0 ? 0.0 : static_cast<double>(trace.bytes().size()) / static_cast<double>(i.calls)));
  add("lines of events", fmt::format("{}", c.events));
  add("lines continued", fmt::format("{}", c.continued));
  add("notices of strace", fmt::format("{}", c.notices));
  add("lines of the table of -c", fmt::format("{}", c.summary));
  add("lines of program output", fmt::format("{}", c.output));
  add("blank lines", fmt::format("{}", c.blank));
  add("lines not understood", fmt::format("{}", c.problems));
  add("clock steps", fmt::format("{}", i.clock_steps));
  return out;
}

}  // namespace isosim::traces
