// Asynchronous I/O (fs/aio.c, Linux 4.4): contexts with a ring of events, requests in flight.
#pragma once

#include <deque>
#include <memory>

#include "kernel-model/abi/payload.h"
#include "kernel-model/fs/async_transfer.h"
#include "kernel-model/sched/wait_queue.h"

namespace isosim::kernel {

class EventFile;
class Mm;

class IoContext {  // struct kioctx
 public:
  // `events`: as many requests as the caller of io_setup() wants at most; `cpus` that may exist.
  IoContext(std::uint64_t events, std::uint64_t cpus);

  Address id = 0;              // where its ring is mapped
  std::uint64_t max_requests;  // counts against aio_max_nr
  std::uint64_t ring_bytes;    // whole pages
  std::uint64_t available;     // room in the ring that no request and no event takes
  std::uint64_t in_flight = 0;
  bool dead = false;
  std::deque<AioEvent> ring;  // what nobody has taken yet
  // Whose descriptor was closed meanwhile: an interrupt cannot close them (delayed_fput()), who comes next
  // does.
  std::vector<Ref<File>> closing;
  WaitQueue wait;     // io_getevents
  WaitQueue drained;  // io_destroy and exit wait for the last request
};

class AioRequest final : public AsyncTransfer {  // struct aio_kiocb
 public:
  AioRequest(std::shared_ptr<IoContext> context, const AioControl& control, Ref<File> file,
             Ref<File> eventfd);
  void complete(Irq& irq, std::int64_t result) override;
  void cancel();  // it was refused: no event
  // aio_complete(): `waker` null in interrupt context.
  void finish(Kernel& k, Thread* waker, std::int64_t result);

 private:
  std::shared_ptr<IoContext> context_;
  AioEvent event_;
  Ref<File> file_, eventfd_;
};

void close_files(Kernel& k, Thread& t, IoContext& context);

// exit_aio(): an address space ends; whose requests are in flight is waited for.
void exit_aio(Kernel& k, Thread& t, Mm& mm);

}  // namespace isosim::kernel
