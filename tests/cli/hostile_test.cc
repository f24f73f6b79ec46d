// Inputs that are not traces, and outputs that cannot be written: a clear error, and no file left behind.
#include <catch2/catch.hpp>

#include "tests/cli/command.h"

namespace {

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// Refused in an orderly way: no signal, no sanitizer, and the message names what is wrong.
void refused(const std::string& arguments, const std::string& hint) {
  const auto run = run_isosim(arguments);
  INFO(arguments << "\n" << run.output);
  CHECK(run.status != 0);
  CHECK(run.status < 126);
  CHECK(run.output.find("isosim: ") != std::string::npos);
  CHECK(run.output.find(hint) != std::string::npos);
  CHECK(run.output.find("Sanitizer") == std::string::npos);
}

// Taken or refused, but never a crash.
void survived(const std::string& arguments) {
  const auto run = run_isosim(arguments);
  INFO(arguments << "\n" << run.output);
  CHECK((run.status == 0 || run.status == 1));
  CHECK(run.output.find("Sanitizer") == std::string::npos);
}

std::size_t files_in(const ScratchFolder& folder) {
  const std::filesystem::directory_iterator files(folder / "");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace

TEST_CASE("what is no trace is refused by name", "[cli][hostile]") {
  const ScratchFolder folder("no-trace");
  write_text(folder / "empty", "");
  write_text(folder / "noise", std::string("\x00\xFF\x7F ELF \x01\n\x02\x03", 12));
  write_text(folder / "prose", "It was a dark and stormy night.\nNothing was called.\n");
  std::filesystem::create_directories(folder / "folder");
  for (const char* command : {"replay ", "trace info ", "trace convert "}) {
    const std::string to = std::string(command) == "trace convert " ? " " + (folder / "out.trace") : "";
    for (const char* name : {"empty", "noise", "prose", "folder"})
      refused(command + (folder / name) + to, name);
    refused(std::string(command) + "/dev/null" + to, "/dev/null");
    refused(std::string(command) + "/no/such/file" + to, "/no/such/file");
  }
  CHECK(files_in(folder) == 4);
}

TEST_CASE("traces cut short or garbled anywhere give results or errors", "[cli][hostile]") {
  const ScratchFolder folder("garbled");
  const std::string text = folder / "t.strace", packed = trace_file("hello_dyn.strace.zst"),
                    binary = folder / "t.trace";
  REQUIRE(run_isosim("trace convert " + packed + " " + binary).status == 0);
  REQUIRE(run_isosim("trace convert " + binary + " " + text).status == 0);
  const std::string broken = folder / "broken";
  for (const std::string& whole : {read_text(text), read_text(packed), read_text(binary)}) {
    for (const std::size_t eighths : {1u, 4u, 7u}) {
      const std::size_t at = whole.size() * eighths / 8;
      write_text(broken, whole.substr(0, at));
      survived("replay " + broken);
      std::string garbled = whole;
      for (std::size_t i = at; i < std::min(at + 24, whole.size()); ++i)
        garbled[i] = static_cast<char>(garbled[i] ^ 0x55);
      write_text(broken, garbled);
      survived("replay " + broken);
    }
  }
  // The packed forms notice.
  const std::string whole = read_text(packed);
  write_text(broken, whole.substr(0, whole.size() / 2));
  refused("replay " + broken, "broken");
  const std::string image = read_text(binary);
  write_text(broken, image.substr(0, image.size() / 2));
  refused("replay " + broken, "broken");
}

TEST_CASE("outputs that cannot be written are errors and leave nothing", "[cli][hostile]") {
  const ScratchFolder folder("outputs");
  const std::string trace = trace_file("hello_dyn.strace.zst"), replay = "replay " + trace;
  std::filesystem::create_directories(folder / "a-folder");
  for (const std::string option : {" --json ", " --timeline ", " --folded "}) {
    refused(replay + option + "/dev/full", "/dev/full");
    refused(replay + option + (folder / "missing/x"), "missing/x");
    refused(replay + option + (folder / "a-folder"), "a-folder");
  }
  for (const std::string& command : {replay, "trace info " + trace, std::string("list params")})
    CHECK(run_isosim(command + " > /dev/full").status == 1);
  for (const std::string name : {"x.trace", "x.strace", "x.strace.zst"})
    refused("trace convert " + trace + " " + (folder / "missing/" + name), "missing");
  refused("trace convert " + trace + " /dev/full --to strace", "/dev/full");
  refused("trace convert " + trace + " /dev/null", "/dev/null");
  CHECK(files_in(folder) == 1);
  // Devices are written in their place and stay what they are.
  CHECK(run_isosim(replay + " --json /dev/null").status == 0);
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK(std::filesystem::is_character_file("/dev/full"));
}

TEST_CASE("a failed conversion keeps what was there", "[cli][hostile]") {
  const ScratchFolder folder("keeps");
  const std::string whole = read_text(trace_file("hello_dyn.strace.zst"));
  write_text(folder / "cut.strace.zst", whole.substr(0, whole.size() / 2));
  for (const char* name : {"out.trace", "out.strace.zst"}) {
    write_text(folder / name, "precious");
    refused("trace convert " + (folder / "cut.strace.zst") + " " + (folder / name), "cut.strace.zst");
    CHECK(read_text(folder / name) == "precious");
  }
  CHECK(files_in(folder) == 3);
}
