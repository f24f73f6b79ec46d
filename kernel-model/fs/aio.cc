#include "kernel-model/fs/aio.h"

#include <algorithm>
#include <utility>

#include "kernel-model/fs/vfs.h"
#include "kernel-model/ipc/eventfd.h"
#include "kernel-model/kernel.h"
#include "kernel-model/mm/mm.h"

namespace isosim::kernel {

namespace {

constexpr std::uint64_t kRingHeader = 32, kRingEvent = 32;  // struct aio_ring, struct io_event

}  // namespace

// ioctx_alloc(), aio_setup_ring(): twice the room, because half of it may wait in per-CPU counters.
IoContext::IoContext(std::uint64_t events, std::uint64_t cpus)
    : max_requests(std::max(events, cpus * 4) * 2),
      ring_bytes(page_up(kRingHeader + (max_requests + 2) * kRingEvent)),
      available((ring_bytes - kRingHeader) / kRingEvent - 1) {}

AioRequest::AioRequest(std::shared_ptr<IoContext> context, const AioControl& control, Ref<File> file,
                       Ref<File> eventfd)
    : context_(std::move(context)),
      event_{control.data, control.object, 0},
      file_(std::move(file)),
      eventfd_(std::move(eventfd)) {
  --context_->available;
  ++context_->in_flight;
}

void AioRequest::finish(Kernel& k, Thread* waker, std::int64_t result) {
  event_.result = result;
  context_->ring.push_back(event_);
  for (Ref<File>* held : {&file_, &eventfd_})
    if (*held && (*held)->use_count() == 1) context_->closing.push_back(*held);
  if (eventfd_) static_cast<EventFile&>(*eventfd_).signal(k, waker);
  context_->wait.wake(k, waker);
  if (--context_->in_flight == 0) context_->drained.wake(k, waker);
}

void AioRequest::complete(Irq& irq, std::int64_t result) {
  irq.charge(irq.kernel.vfs->paths.aio_complete);
  finish(irq.kernel, nullptr, result);
}

void AioRequest::cancel() {
  ++context_->available;
  --context_->in_flight;
}

void close_files(Kernel& k, Thread& t, IoContext& context) {
  for (Ref<File>& file : std::exchange(context.closing, {})) put_file(k, t, std::move(file));
}

void exit_aio(Kernel& k, Thread& t, Mm& mm) {
  const auto contexts = std::move(mm.io_contexts);
  mm.io_contexts.clear();
  for (const auto& entry : contexts) {
    IoContext* context = entry.second.get();
    t.charge(k.vfs->paths.aio_destroy);
    context->dead = true;
    context->drained.wait_event(k, t, [context] { return context->in_flight == 0; });
    close_files(k, t, *context);
    k.vfs->aio_requests -= context->max_requests;
  }
}

}  // namespace isosim::kernel
