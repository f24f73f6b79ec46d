#include "kernel-model/ipc/pipe.h"

#include <catch2/catch.hpp>

#include "kernel-model/ipc/eventfd.h"
#include "tests/kernel-model/ipc_bench.h"

using namespace isosim::test;

TEST_CASE("a pipe gives out as many bytes as went in, and end of file after the last writer") {
  IpcBench b;
  std::int64_t in = 0, out = 0, last = -1;
  b.run([&](Thread& t) {
    const TestPipe p(b.k, t);
    b.spawn([&, p](Thread& writer) {
      for (const std::uint64_t n : {1u, 4096u, 5000u, 100'000u, 3u, 65'536u})
        in += write(b.k, writer, p.writer, n);
      close(b.k, writer, p.writer);
    });
    pause(t, 1);
    while ((last = read(b.k, t, p.reader, 7777)) > 0) out += last;
  });
  CHECK(in == 1 + 4096 + 5000 + 100'000 + 3 + 65'536);
  CHECK(out == in);
  CHECK(last == 0);
}

TEST_CASE("small writes share a page only if they fit as a whole") {
  IpcBench b;
  b.run([&](Thread& t) {
    const TestPipe p(b.k, t, open_flag::nonblock);
    auto* pipe = dynamic_cast<PipeFile*>(t.process->files->get(p.writer));
    CHECK(write(b.k, t, p.writer, 3000) == 3000);
    CHECK(write(b.k, t, p.writer, 1000) == 1000);
    CHECK(pipe->pipe->count() == 1);
    CHECK(write(b.k, t, p.writer, 97) == 97);
    CHECK(pipe->pipe->count() == 2);
    CHECK(pipe->pipe->bytes() == 4097);
    for (int i = 0; i < 14; ++i) CHECK(write(b.k, t, p.writer, 4096) == 4096);
    CHECK(write(b.k, t, p.writer, 4096) == -EAGAIN_);
    CHECK(write(b.k, t, p.writer, 8000) == -EAGAIN_);  // nothing of it fits
    CHECK(read(b.k, t, p.reader, 4000) == 4000);
    CHECK(write(b.k, t, p.writer, 8192) == 4096);  // larger than PIPE_BUF: may be partial
  });
}

TEST_CASE("writes up to PIPE_BUF from many threads arrive whole") {
  IpcBench b;
  std::vector<std::uint32_t> lengths;
  b.run([&](Thread& t) {
    const TestPipe p(b.k, t);
    int running = 3;
    for (const std::uint64_t n : {2000u, 3000u, 4096u}) {
      b.spawn([&, p, n](Thread& writer) {
        for (int i = 0; i < 40; ++i) CHECK(write(b.k, writer, p.writer, n) == static_cast<std::int64_t>(n));
        if (--running == 0) close(b.k, writer, p.writer);
      });
    }
    pause(t, 1000);  // the writers' CPUs wake from deep idle first
    auto* file = dynamic_cast<PipeFile*>(t.process->files->get(p.reader));
    for (;;) {
      for (std::size_t i = 0; i < file->pipe->count(); ++i) lengths.push_back(file->pipe->at(i).length);
      const std::int64_t got = read(b.k, t, p.reader, 1 << 20);
      if (got <= 0) break;
    }
  });
  CHECK_FALSE(lengths.empty());
  for (const std::uint32_t n : lengths) CHECK((n == 2000 || n == 3000 || n == 4000 || n == 4096));
}

TEST_CASE("a write without readers fails with EPIPE and raises SIGPIPE") {
  IpcBench b;
  b.run([&](Thread& t) {
    t.hold_signals = true;
    const TestPipe p(b.k, t);
    close(b.k, t, p.reader);
    CHECK(write(b.k, t, p.writer, 1) == -EPIPE_);
    CHECK((t.pending >> 12 & 1) == 1);
  });
}

TEST_CASE("a blocked writer learns that the reader is gone") {
  IpcBench b;
  std::int64_t result = 0;
  b.run([&](Thread& t) {
    const TestPipe p(b.k, t);
    b.spawn([&, p](Thread& writer) {
      writer.hold_signals = true;
      result = write(b.k, writer, p.writer, 1 << 20);
    });
    pause(t, 1000);
    close(b.k, t, p.reader);
  });
  CHECK(result == 65'536);  // what fitted
}

TEST_CASE("pipe capacity") {
  IpcBench b;
  b.run([&](Thread& t) {
    const TestPipe p(b.k, t, open_flag::nonblock);
    File& file = *t.process->files->get(p.writer);
    CHECK(file.pipe_size(t, 0) == 65'536);
    CHECK(file.pipe_size(t, 5000) == 8192);
    CHECK(write(b.k, t, p.writer, 100'000) == 8192);
    CHECK(file.pipe_size(t, 4096) == -EBUSY_);
    CHECK(file.pipe_size(t, 1 << 20) == 1 << 20);
    t.process->credentials.capabilities = 0;
    CHECK(file.pipe_size(t, 1 << 21) == -EPERM_);
    Out out;
    CHECK(file.ioctl(b.k, t, 0x541B, 0x1000, out) == 0);
    CHECK(out.value == 8192);
  });
}

TEST_CASE("pipe2 and eventfd2 refuse unknown flags") {
  IpcBench b;
  b.run([&](Thread& t) {
    CHECK(Call(nr::pipe2, {0x1000, 1})(b.k, t) == -EINVAL_);
    CHECK(Call(nr::pipe, {0})(b.k, t) == -EFAULT_);
    CHECK(Call(nr::eventfd2, {0, 2})(b.k, t) == -EINVAL_);
    t.process->files->limit = 1;
    CHECK(Call(nr::pipe, {0x1000})(b.k, t) == -EMFILE_);
    CHECK(t.process->files->open_count() == 0);
  });
}

TEST_CASE("opening a FIFO waits for the other side") {
  IpcBench b;
  std::vector<int> order;
  b.run([&](Thread& t) {
    Kernel& k = b.k;
    constexpr std::uint64_t kFifo = 0010644;
    const auto open = [&](Thread& who, std::uint64_t flags) {
      return Call(nr::open, {0x1000, flags, 0}).with(0, std::string_view("/fifo"))(k, who);
    };
    CHECK(Call(nr::mknod, {0x1000, kFifo, 0}).with(0, std::string_view("/fifo"))(k, t) == 0);
    CHECK(open(t, open_flag::wronly | open_flag::nonblock) == -ENXIO_);
    b.spawn([&](Thread& other) {
      const auto reader = static_cast<std::int32_t>(open(other, 0));
      CHECK(reader >= 0);
      order.push_back(2);
      CHECK(read(k, other, reader, 100) == 5);
      CHECK(read(k, other, reader, 100) == 0);
      close(k, other, reader);
    });
    pause(t, 500);
    order.push_back(1);
    const auto writer = static_cast<std::int32_t>(open(t, open_flag::wronly));
    CHECK(write(k, t, writer, 5) == 5);
    close(k, t, writer);
    pause(t, 500);
    const auto early = static_cast<std::int32_t>(open(t, open_flag::nonblock));
    CHECK((t.process->files->get(early)->poll(t) & poll_bit::hup) == 0);  // no writer yet is no hang-up
  });
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("eventfd counts, and as a semaphore gives one at a time") {
  IpcBench b;
  b.run([&](Thread& t) {
    const auto fd = static_cast<std::int32_t>(Call(nr::eventfd2, {0, open_flag::nonblock})(b.k, t));
    CHECK(read(b.k, t, fd, 8) == -EAGAIN_);
    CHECK(write(b.k, t, fd, 8) == 8);
    CHECK(write(b.k, t, fd, 8) == 8);
    CHECK(write(b.k, t, fd, 4) == -EINVAL_);
    CHECK(read(b.k, t, fd, 8) == 8);
    CHECK(read(b.k, t, fd, 8) == -EAGAIN_);
    const auto semaphore =
        static_cast<std::int32_t>(Call(nr::eventfd2, {2, 1 | open_flag::nonblock})(b.k, t));
    CHECK(read(b.k, t, semaphore, 8) == 8);
    CHECK(read(b.k, t, semaphore, 8) == 8);
    CHECK(read(b.k, t, semaphore, 8) == -EAGAIN_);
  });
}
