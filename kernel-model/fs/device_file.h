// Character devices that need no hardware: /dev/null and its kin, terminals.
#pragma once

#include <deque>

#include "kernel-model/fs/placed_file.h"

namespace isosim::kernel {

class Vfs;
struct FsContext;

// drivers/char/mem.c and random.c.
class MemoryDevice final : public PlacedFile {
 public:
  enum class Kind : std::uint8_t { null, zero, full, random };
  MemoryDevice(Path path, Kind kind) : PlacedFile(std::move(path)), kind_(kind) {}

  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t seek(Kernel&, Thread&, std::int64_t, int) override { return position = 0, 0; }
  // random_ioctl() has its own word for requests that it does not know; the others have no ioctl at all.
  std::int64_t ioctl(Kernel&, Thread&, std::uint64_t, std::uint64_t, Out&) override {
    return kind_ == Kind::random ? -EINVAL_ : -ENOTTY_;
  }
  [[nodiscard]] bool seekable() const override { return true; }

 private:
  Kind kind_;
};

// A terminal: output vanishes, input is what type() queued; an empty queue reads as a hang-up, since nobody
// will type.
class Terminal final : public PlacedFile {
 public:
  using PlacedFile::PlacedFile;

  void type(std::uint32_t line_bytes) { lines_.push_back(line_bytes); }
  std::int64_t read(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t write(Kernel& k, Thread& t, const Io& io) override;
  std::int64_t ioctl(Kernel& k, Thread& t, std::uint64_t request, std::uint64_t argument, Out& out) override;

 private:
  std::deque<std::uint32_t> lines_;
};

void register_devices(Vfs& vfs);
// Makes null, zero, full, random, urandom, tty, console, ptmx and the directory pts below `where`, and the
// links fd, stdin, stdout, stderr.
void make_device_nodes(Vfs& vfs, FsContext& context, const std::string& where);

}  // namespace isosim::kernel
