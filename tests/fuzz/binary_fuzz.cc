// Any bytes are a binary trace or a TraceError. The checksums are made right first, or nothing would get past
// them.
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/fuzz/read_everything.h"
#include "traces/binary_format.h"
#include "traces/hash.h"

namespace {

using namespace isosim::traces;

std::uint64_t hash(const std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t size,
                   std::uint64_t seed) {
  return hash_bytes(reinterpret_cast<const char*>(bytes.data()) + at, size, seed);
}

void mend_checksums(std::vector<std::uint8_t>& bytes) {
  if (bytes.size() < sizeof(FileHeader) + sizeof(FileTrailer)) return;
  for (std::size_t at = sizeof(FileHeader); bytes.size() - at >= sizeof(BlockHeader);) {
    BlockHeader block;
    std::memcpy(&block, bytes.data() + at, sizeof block);
    const std::size_t payload = at + sizeof block;
    if (block.magic != kBlockMagic || block.payload_bytes > bytes.size() - payload) break;
    block.checksum = hash(bytes, payload, block.payload_bytes, block_seed(block, at));
    std::memcpy(bytes.data() + at, &block, sizeof block);
    at = payload + block.payload_bytes;
  }
  FileTrailer trailer;
  const std::size_t end = bytes.size() - sizeof trailer;
  std::memcpy(&trailer, bytes.data() + end, sizeof trailer);
  if (trailer.directory_offset > end) return;
  trailer.directory_bytes = end - trailer.directory_offset;
  trailer.checksum = hash(bytes, trailer.directory_offset, trailer.directory_bytes, trailer.directory_offset);
  std::memcpy(bytes.data() + end, &trailer, sizeof trailer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> bytes(data, data + size);
  mend_checksums(bytes);
  try {
    read_everything(Trace::from_binary(std::as_bytes(std::span(bytes))));
  } catch (const TraceError&) {
  }
  return 0;
}
