#include "kernel-model/net/outside.h"

#include <algorithm>
#include <stdexcept>

#include "kernel-model/kernel.h"

namespace isosim::kernel {

namespace {

constexpr int kConnectionReset = 104;

OutsideEnd& end_of(File& file) {
  if (auto* end = dynamic_cast<OutsideEnd*>(&file)) return *end;
  throw std::invalid_argument(file.describe() + " has no end outside the trace");
}

}  // namespace

struct Outside::Arrival final : sim::Event {
  Arrival(Outside& its_owner, std::uint64_t its_id, File& its_file, Handler its_handler, bool receives)
      : owner(its_owner),
        id(its_id),
        file(&its_file),
        handler(std::move(its_handler)),
        to_receive(receives) {}

  void fire(sim::Time) override {
    owner.kernel_.sched->interrupt(
        end_of(*file).interrupt_cpu(owner.kernel_),
        [arrivals = &owner, its_id = id](Irq& irq) { arrivals->run(its_id, irq); });
  }

  Outside& owner;
  std::uint64_t id;
  File* file;  // no reference: a close is not put off by what is still to come
  Handler handler;
  bool to_receive;
};

Outside::Outside(Kernel& kernel) : kernel_(kernel) {}
Outside::~Outside() = default;

void Outside::schedule(File& file, sim::Time at, Handler handler, bool to_receive) {
  end_of(file);
  const std::uint64_t id = next_++;
  auto& arrival = arrivals_[id] = std::make_unique<Arrival>(*this, id, file, std::move(handler), to_receive);
  kernel_.engine.schedule(*arrival, std::max(at, kernel_.engine.now()));
}

void Outside::run(std::uint64_t id, Irq& irq) {
  const auto found = arrivals_.find(id);
  if (found == arrivals_.end()) return;  // closed between interrupt and handler
  const Ref<File> file(found->second->file);
  const Handler handler = std::move(found->second->handler);
  arrivals_.erase(found);
  OutsideEnd& end = end_of(*file);
  handler(end, irq);
  if (file->use_count() == 1) end.close_unpaid(kernel_);  // the last descriptor went while the handler ran
}

void Outside::mark(File& file) { end_of(file).mark_outside(); }

void Outside::deliver(File& file, std::uint64_t bytes, sim::Time at) {
  schedule(file, at, [bytes](OutsideEnd& end, Irq& irq) { end.arrive(irq, bytes); });
}

void Outside::accept_ready(File& listener, const SocketAddress& from, sim::Time at) {
  schedule(listener, at, [from](OutsideEnd& end, Irq& irq) { end.arrive_connection(irq, from); });
}

void Outside::peer_closes(File& file, sim::Time at) {
  schedule(file, at, [](OutsideEnd& end, Irq& irq) { end.arrive_end(irq, 0); });
}

void Outside::reset(File& file, sim::Time at) {
  schedule(file, at, [](OutsideEnd& end, Irq& irq) { end.arrive_end(irq, kConnectionReset); });
}

void Outside::connect_result(File& file, int error, sim::Time at) {
  schedule(file, at, [error](OutsideEnd& end, Irq& irq) { end.arrive_connected(irq, error); });
}

void Outside::close_window(File& file, std::uint64_t bytes) { end_of(file).limit_window(bytes); }

std::uint64_t Outside::window(const File& file) {
  const auto* end = dynamic_cast<const OutsideEnd*>(&file);
  return end ? end->window() : 0;
}

void Outside::send_window_opens(File& file, std::uint64_t bytes, sim::Time at) {
  schedule(
      file, at, [bytes](OutsideEnd& end, Irq& irq) { end.arrive_window(irq, bytes); }, false);
}

void Outside::cancel(const File& file) {
  std::erase_if(arrivals_, [&](const auto& entry) { return entry.second->file == &file; });
}

bool Outside::expects(const File& file) const {
  return std::any_of(arrivals_.begin(), arrivals_.end(), [&](const auto& entry) {
    return entry.second->file == &file && entry.second->to_receive;
  });
}

}  // namespace isosim::kernel
