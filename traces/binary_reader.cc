#include "traces/binary_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

#include "traces/hash.h"
#include "traces/trace_error.h"

namespace isosim::traces {

namespace {

// So much of the string section stays mapped in; beyond it all of it is given back and what is needed comes
// again.
constexpr std::size_t kResidentStringBytes = 64u << 20;

template <class T>
T load(std::span<const std::uint8_t> bytes, std::uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::uint64_t hash(std::span<const std::uint8_t> bytes, std::uint64_t seed) {
  return hash_bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size(), seed);
}

}  // namespace

bool BinaryImage::is_binary(std::string_view head) {
  return head.size() >= sizeof(std::uint64_t) && load64(head.data()) == kFileMagic;
}

std::unique_ptr<BinaryImage> BinaryImage::map(const std::filesystem::path& path) {
  std::unique_ptr<BinaryImage> image(new BinaryImage(path.string()));
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0)
    throw TraceError(path.string(), 0, std::strerror(errno), "a readable trace file");
  image->mapped_bytes_ = static_cast<std::size_t>(status.st_size);
  void* at = image->mapped_bytes_ == 0 ? MAP_FAILED
                                       : ::mmap(nullptr, image->mapped_bytes_, PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  if (at == MAP_FAILED) throw TraceError(path.string(), 0, "cannot be mapped", "a regular file with a trace");
  image->mapping_ = at;
  image->bytes_ = {static_cast<const std::uint8_t*>(at), image->mapped_bytes_};
  image->open();
  return image;
}

std::unique_ptr<BinaryImage> BinaryImage::view(std::span<const std::byte> bytes, const std::string& name) {
  std::unique_ptr<BinaryImage> image(new BinaryImage(name));
  image->bytes_ = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  image->open();
  return image;
}

std::unique_ptr<BinaryImage> BinaryImage::own(std::vector<std::uint8_t> bytes, const std::string& name) {
  std::unique_ptr<BinaryImage> image(new BinaryImage(name));
  image->owned_ = std::move(bytes);
  image->bytes_ = image->owned_;
  image->open();
  return image;
}

BinaryImage::~BinaryImage() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapped_bytes_);
}

void BinaryImage::damaged(const std::string& what) const {
  throw TraceError(name_, 0, what, "an undamaged file, written anew by isosim trace convert");
}

void BinaryImage::open() {
  if (bytes_.size() < sizeof(FileHeader) + sizeof(FileTrailer)) damaged("too short for a binary trace");
  const auto header = load<FileHeader>(bytes_, 0);
  if (header.magic != kFileMagic) damaged("not a binary trace");
  if (header.version != kVersion) {
    throw TraceError(name_, 0, "binary trace of version " + std::to_string(header.version),
                     "version " + std::to_string(kVersion) + ": convert the text again with this isosim");
  }
  const std::uint64_t body = bytes_.size() - sizeof(FileTrailer);
  const auto trailer = load<FileTrailer>(bytes_, body);
  if (trailer.magic != kTrailerMagic) damaged("the end is missing: cut, or never finished");
  if (trailer.directory_offset > body || trailer.directory_bytes != body - trailer.directory_offset) {
    damaged("the trailer points outside of the file");
  }
  const auto directory = bytes_.subspan(trailer.directory_offset, trailer.directory_bytes);
  if (hash(directory, trailer.directory_offset) != trailer.checksum)
    damaged("wrong checksum of the directory");
  directory_ = decode_directory(directory, name_);
  strings_.resize(directory_.string_blocks.size());
  std::vector<std::uint32_t> order(directory_.threads.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return directory_.threads[a].first_sequence < directory_.threads[b].first_sequence;
  });
  for (const std::uint32_t i : order) {
    threads_.push_back(directory_.threads[i].info);
    if (!by_tid_.try_emplace(directory_.threads[i].info.tid, i).second)
      damaged("two threads have the same tid");
  }
}

const DirectoryThread& BinaryImage::thread(std::int32_t tid, std::uint32_t& index) const {
  const auto at = by_tid_.find(tid);
  if (at == by_tid_.end())
    throw TraceError(name_, 0, "no thread " + std::to_string(tid), "a tid of threads()");
  index = at->second;
  return directory_.threads[index];
}

std::span<const std::uint8_t> BinaryImage::block(std::uint64_t offset, std::uint32_t thread,
                                                 std::uint32_t& records) const {
  if (offset < sizeof(FileHeader) || offset > bytes_.size() || bytes_.size() - offset < sizeof(BlockHeader)) {
    damaged("a block lies outside of the file");
  }
  const auto header = load<BlockHeader>(bytes_, offset);
  const std::uint64_t begin = offset + sizeof header;
  if (header.magic != kBlockMagic || header.thread != thread ||
      header.payload_bytes > bytes_.size() - begin) {
    damaged("no block of the right kind at byte " + std::to_string(offset));
  }
  const auto payload = bytes_.subspan(begin, header.payload_bytes);
  if (hash(payload, block_seed(header, offset)) != header.checksum) {
    damaged("wrong checksum of the block at byte " + std::to_string(offset));
  }
  records = header.records;
  return payload;
}

void BinaryImage::load_strings(std::uint64_t block_number) const {
  if (resident_bytes_ > kResidentStringBytes) {
    for (const std::uint32_t i : resident_) {
      drop({strings_[i].payload, strings_[i].bytes});
      strings_[i].payload = nullptr;
    }
    resident_.clear();
    resident_bytes_ = 0;
  }
  std::uint32_t count = 0;
  const auto payload = block(directory_.string_blocks[block_number], kStringBlock, count);
  strings_[block_number] = {payload.data(), static_cast<std::uint32_t>(payload.size())};
  resident_.push_back(static_cast<std::uint32_t>(block_number));
  resident_bytes_ += payload.size();
}

std::string_view BinaryImage::string(std::uint64_t reference) const {
  if (reference == kEmptyString) return {};
  const std::uint64_t number = reference >> kStringOffsetBits;
  if (number >= strings_.size()) damaged("a string lies in no block");
  Strings& s = strings_[number];
  if (s.payload == nullptr) load_strings(number);
  const std::uint64_t offset = reference & ((1u << kStringOffsetBits) - 1);
  if (offset >= s.bytes) damaged("a string lies outside of its block");
  VarintReader in(s.payload + offset, s.payload + s.bytes);
  const std::uint64_t length = in.number();
  if (length > in.left()) damaged("a string is longer than its block");
  return {reinterpret_cast<const char*>(in.at()), static_cast<std::size_t>(length)};
}

void BinaryImage::drop(std::span<const std::uint8_t> block) const {
  if (mapping_ == nullptr) return;
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  // The page that a block shares with the one before goes too; if that one is still read, it comes back from
  // the page cache.
  const auto offset = static_cast<std::size_t>(block.data() - bytes_.data());
  const std::size_t begin = offset & ~(page - 1), end = (offset + block.size()) & ~(page - 1);
  if (begin < end) ::madvise(static_cast<std::uint8_t*>(mapping_) + begin, end - begin, MADV_DONTNEED);
}

BlockCursor::BlockCursor(const BinaryImage& image, std::int32_t tid)
    : image_(image), thread_(&image.thread(tid, index_)) {}

bool BlockCursor::next_block() {
  image_.drop(payload_);
  payload_ = {};
  if (block_ == thread_->blocks.size()) return false;
  payload_ = image_.block(thread_->blocks[block_++], index_, left_);
  in_ = {payload_.data(), payload_.data() + payload_.size()};
  state_ = {};
  return true;
}

bool BlockCursor::next(Event& event) {
  while (left_ == 0) {
    if (!next_block()) return false;
  }
  --left_;
  if (!decode(in_, event, state_, [this](std::uint64_t reference) { return image_.string(reference); })) {
    image_.damaged("a record of thread " + std::to_string(thread_->info.tid) + " is damaged");
  }
  event.tid = thread_->info.tid;
  return true;
}

}  // namespace isosim::traces
