#include "traces/input.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "traces/trace_error.h"

namespace isosim::traces {

namespace {

constexpr std::size_t kChunk = 128 * 1024;

class FileInput : public InputStream {
 public:
  explicit FileInput(const std::filesystem::path& path) : name_(path.string()) {
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) throw TraceError(name_, 0, std::strerror(errno), "a readable trace file");
  }
  ~FileInput() override { ::close(fd_); }
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  std::size_t read(char* buffer, std::size_t size) override {
    for (;;) {
      const ssize_t n = ::read(fd_, buffer, size);
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) throw TraceError(name_, 0, std::strerror(errno), "a readable trace file");
    }
  }

 private:
  std::string name_;
  int fd_;
};

class MemoryInput : public InputStream {
 public:
  explicit MemoryInput(std::string_view bytes) : rest_(bytes) {}
  std::size_t read(char* buffer, std::size_t size) override {
    const std::size_t n = std::min(size, rest_.size());
    if (n > 0) std::memcpy(buffer, rest_.data(), n);
    rest_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view rest_;
};

class OwnedInput : public InputStream {
 public:
  explicit OwnedInput(std::string bytes) : bytes_(std::move(bytes)), rest_(bytes_) {}
  std::size_t read(char* buffer, std::size_t size) override { return rest_.read(buffer, size); }

 private:
  std::string bytes_;
  MemoryInput rest_;
};

class ZstdInput : public InputStream {
 public:
  ZstdInput(std::unique_ptr<InputStream> packed, std::string name)
      : packed_(std::move(packed)), name_(std::move(name)), context_(ZSTD_createDCtx()), chunk_(kChunk) {}
  ~ZstdInput() override { ZSTD_freeDCtx(context_); }
  ZstdInput(const ZstdInput&) = delete;
  ZstdInput& operator=(const ZstdInput&) = delete;

  std::size_t read(char* buffer, std::size_t size) override {
    ZSTD_outBuffer out{buffer, size, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size) {
        in_ = {chunk_.data(), packed_->read(chunk_.data(), chunk_.size()), 0};
        if (in_.size == 0) {
          if (inside_frame_) throw TraceError(name_, 0, "the zstd data end too early", "the whole file");
          return 0;
        }
      }
      const std::size_t left = ZSTD_decompressStream(context_, &out, &in_);
      if (ZSTD_isError(left))
        throw TraceError(name_, 0, std::string("zstd: ") + ZSTD_getErrorName(left), "an undamaged file");
      inside_frame_ = left != 0;
    }
    return out.pos;
  }

 private:
  std::unique_ptr<InputStream> packed_;
  std::string name_;
  ZSTD_DCtx* context_;
  std::vector<char> chunk_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool inside_frame_ = false;
};

class GzipInput : public InputStream {
 public:
  GzipInput(std::unique_ptr<InputStream> packed, std::string name)
      : packed_(std::move(packed)), name_(std::move(name)), chunk_(kChunk) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&z_, kGzipOnly) != Z_OK) throw TraceError(name_, 0, "zlib does not start", "");
  }
  ~GzipInput() override { inflateEnd(&z_); }
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;

  std::size_t read(char* buffer, std::size_t size) override {
    z_.next_out = reinterpret_cast<Bytef*>(buffer);
    z_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
    const uInt room = z_.avail_out;
    while (z_.avail_out == room) {
      if (z_.avail_in == 0) {
        z_.next_in = reinterpret_cast<Bytef*>(chunk_.data());
        z_.avail_in = static_cast<uInt>(packed_->read(chunk_.data(), chunk_.size()));
        if (z_.avail_in == 0) {
          if (inside_member_) throw TraceError(name_, 0, "the gzip data end too early", "the whole file");
          return 0;
        }
      }
      inside_member_ = true;
      const int status = inflate(&z_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {  // another member may follow
        inside_member_ = false;
        inflateReset(&z_);
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        throw TraceError(name_, 0, std::string("gzip: ") + (z_.msg ? z_.msg : "damaged data"),
                         "an undamaged file");
      }
    }
    return room - z_.avail_out;
  }

 private:
  std::unique_ptr<InputStream> packed_;
  std::string name_;
  std::vector<char> chunk_;
  z_stream z_{};
  bool inside_member_ = false;
};

std::unique_ptr<InputStream> unpack(std::unique_ptr<InputStream> input, std::string_view head,
                                    const std::string& name) {
  switch (detect_packing(head)) {
    case Packing::zstd:
      return std::make_unique<ZstdInput>(std::move(input), name);
    case Packing::gzip:
      return std::make_unique<GzipInput>(std::move(input), name);
    case Packing::plain:
      break;
  }
  return input;
}

}  // namespace

Packing detect_packing(std::string_view head) {
  if (head.starts_with("\x28\xB5\x2F\xFD")) return Packing::zstd;
  if (head.starts_with("\x1F\x8B")) return Packing::gzip;
  return Packing::plain;
}

std::unique_ptr<InputStream> open_input(const std::filesystem::path& path) {
  char head[4] = {};
  const std::size_t n = FileInput(path).read(head, sizeof head);
  return unpack(std::make_unique<FileInput>(path), {head, n}, path.string());
}

std::unique_ptr<InputStream> memory_input(std::string_view bytes, const std::string& name) {
  return unpack(std::make_unique<MemoryInput>(bytes), bytes.substr(0, 4), name);
}

std::unique_ptr<InputStream> owned_input(std::string bytes) {
  return std::make_unique<OwnedInput>(std::move(bytes));
}

std::string read_all(InputStream& input, std::size_t limit, const std::string& name) {
  std::string all;
  std::vector<char> chunk(1u << 20);
  while (const std::size_t n = input.read(chunk.data(), chunk.size())) {
    all.append(chunk.data(), n);
    if (all.size() > limit) {
      throw TraceError(name, 0, "unpacks to more than " + std::to_string(limit >> 20) + " MiB",
                       "unpacked files in a folder");
    }
  }
  return all;
}

LineReader::LineReader(std::unique_ptr<InputStream> input, std::string name, std::size_t buffer_bytes)
    : input_(std::move(input)), name_(std::move(name)), buffer_(buffer_bytes) {}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = 0;
  for (;;) {
    const char* start = buffer_.data() + begin_;
    const std::size_t have = end_ - begin_;
    const void* feed = have > searched ? std::memchr(start + searched, '\n', have - searched) : nullptr;
    if (feed != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(feed) - start);
      begin_ += length + 1;
      line = {start, length};
      break;
    }
    searched = have;
    if (refill()) continue;
    if (have == 0) return false;
    cut_ = true;
    line = {buffer_.data() + begin_, have};
    begin_ = end_;
    break;
  }
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return true;
}

bool LineReader::refill() {
  if (at_end_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) {
    if (end_ >= kLongestLine)
      throw TraceError(name_, 0, "a line is longer than 256 MiB", "a text written by strace");
    buffer_.resize(2 * buffer_.size());
  }
  const std::size_t n = input_->read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += n;
  bytes_ += n;
  at_end_ = n == 0;
  return n > 0;
}

}  // namespace isosim::traces
