#include "traces/binary_writer.h"

#include <algorithm>
#include <utility>

#include "traces/binary_format.h"
#include "traces/hash.h"

namespace isosim::traces {

namespace {
// Thousands of threads at work share this much; more, and all their blocks are closed early.
constexpr std::size_t kBufferedBytes = 64u << 20;
}  // namespace

BinaryWriter::BinaryWriter(std::vector<std::uint8_t>& memory)
    : memory_(&memory), strings_([this](std::span<const std::uint8_t> payload, std::uint32_t count) {
        directory_.string_blocks.push_back(write_block(kStringBlock, count, payload));
      }) {
  const FileHeader header;
  write(&header, sizeof header);
}

BinaryWriter::BinaryWriter(const std::filesystem::path& path)
    : file_(std::make_unique<sim::OutputFile>(path.string())),
      strings_([this](std::span<const std::uint8_t> payload, std::uint32_t count) {
        directory_.string_blocks.push_back(write_block(kStringBlock, count, payload));
      }) {
  const FileHeader header;
  write(&header, sizeof header);
}

BinaryWriter::Thread& BinaryWriter::thread(std::int32_t tid) {
  if (tid == last_tid_) return *threads_[last_index_];
  const auto [at, fresh] = index_.try_emplace(tid, static_cast<std::uint32_t>(threads_.size()));
  if (fresh) {
    threads_.push_back(std::make_unique<Thread>());
    threads_.back()->entry.info.tid = tid;
  }
  last_tid_ = tid;
  last_index_ = at->second;
  return *threads_[last_index_];
}

void BinaryWriter::add(const Event& event) {
  Thread& t = thread(event.tid);
  if (t.buffer.size() < t.used + kLongestRecord) {
    const std::size_t bytes = std::max(2 * t.buffer.size(), 4 * kLongestRecord);
    buffered_ += bytes - t.buffer.size();
    t.buffer.resize(bytes);
  }
  ThreadInfo& info = t.entry.info;
  if (info.events++ == 0) {
    t.entry.first_sequence = event.sequence;
    info.first_line = event.line;
  }
  info.last_line = std::max(info.last_line, event.line);
  TraceInfo& total = directory_.info;
  ++total.events;
  total.calls += event.kind == EventKind::call;
  total.end_ns = std::max(total.end_ns, event.start_ns + std::max<std::int64_t>(event.duration_ns, 0));
  std::uint8_t* at = t.buffer.data() + t.used;
  at = encode(at, event, t.state, [this](std::string_view text) { return strings_.intern(text); });
  t.used = static_cast<std::size_t>(at - t.buffer.data());
  ++t.records;
  if (t.used >= kBlockBytes || event.kind == EventKind::exited || event.kind == EventKind::killed) {
    flush(last_index_);
    if (event.kind != EventKind::call) {
      buffered_ -= t.buffer.size();
      t.buffer = {};
    }
  } else if (buffered_ > kBufferedBytes) {
    flush_all();
  }
}

void BinaryWriter::flush(std::uint32_t index) {
  Thread& t = *threads_[index];
  if (t.records == 0) return;
  t.entry.blocks.push_back(write_block(index, t.records, {t.buffer.data(), t.used}));
  t.used = t.records = 0;
  t.state = {};
}

void BinaryWriter::flush_all() {
  for (std::uint32_t i = 0; i < threads_.size(); ++i) {
    flush(i);
    threads_[i]->buffer = {};
  }
  buffered_ = 0;
}

std::uint64_t BinaryWriter::write_block(std::uint32_t thread, std::uint32_t records,
                                        std::span<const std::uint8_t> payload) {
  BlockHeader header;
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.thread = thread;
  header.records = records;
  const std::uint64_t at = offset_;
  header.checksum =
      hash_bytes(reinterpret_cast<const char*>(payload.data()), payload.size(), block_seed(header, at));
  write(&header, sizeof header);
  write(payload.data(), payload.size());
  return at;
}

void BinaryWriter::write(const void* bytes, std::size_t size) {
  offset_ += size;
  if (memory_ != nullptr) {
    const auto* p = static_cast<const std::uint8_t*>(bytes);
    memory_->insert(memory_->end(), p, p + size);
  } else {
    file_->write({static_cast<const char*>(bytes), size});
  }
}

void BinaryWriter::rename(std::int32_t from, std::int32_t to) {
  const auto at = index_.find(from);
  if (at == index_.end()) return;
  const std::uint32_t index = at->second;
  index_.erase(at);
  index_[to] = index;
  threads_[index]->entry.info.tid = to;
  last_tid_ = -1;
}

void BinaryWriter::finish(TraceInfo info, std::span<const Problem> problems) {
  flush_all();
  strings_.flush();
  info.events = directory_.info.events;
  info.calls = directory_.info.calls;
  info.end_ns = directory_.info.end_ns;
  directory_.info = info;
  directory_.problems.assign(problems.begin(), problems.end());
  for (auto& t : threads_) directory_.threads.push_back(std::move(t->entry));
  const std::vector<std::uint8_t> bytes = encode_directory(directory_);
  FileTrailer trailer;
  trailer.directory_offset = offset_;
  trailer.directory_bytes = bytes.size();
  trailer.checksum = hash_bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size(), offset_);
  write(bytes.data(), bytes.size());
  write(&trailer, sizeof trailer);
}

void BinaryWriter::commit() {
  if (file_) file_->commit();
}

}  // namespace isosim::traces
