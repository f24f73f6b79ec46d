// What comes from outside the trace, as the record shows it: data, connections, ends, at given times. Each is
// an interrupt: the receive path is charged on the CPU that takes it, and readers and pollers wake.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "kernel-model/fs/file.h"
#include "kernel-model/sched/interrupt.h"
#include "sim/time.h"

namespace isosim::kernel {

// The kernel's side of a file whose other end is outside: what the arrivals below do, in interrupt context.
class OutsideEnd {
 public:
  virtual void arrive(Irq& irq, std::uint64_t bytes) = 0;
  virtual void arrive_connection(Irq& irq, const SocketAddress& from) = 0;
  virtual void arrive_end(Irq& irq, int error) = 0;
  virtual void arrive_connected(Irq& irq, int error) = 0;
  virtual void arrive_window(Irq& irq, std::uint64_t bytes) = 0;
  virtual void limit_window(std::uint64_t bytes) = 0;
  [[nodiscard]] virtual std::uint64_t window() const = 0;  // bytes that it still takes
  virtual void mark_outside() = 0;
  [[nodiscard]] virtual int interrupt_cpu(const Kernel& k) const = 0;
  virtual void close_unpaid(Kernel& k) = 0;  // release() where no thread can pay for it

 protected:
  ~OutsideEnd() = default;
};

// The arrivals of one kernel that are still to come. Times before now count as now. Those of a file that is
// closed first are dropped. A file without an outside end is refused with std::invalid_argument.
class Outside {
 public:
  explicit Outside(Kernel& kernel);
  ~Outside();

  // Marks a socket before it connects, binds or listens: its peers are known from the record only.
  static void mark(File& file);

  void deliver(File& file, std::uint64_t bytes, sim::Time at);  // one datagram, or bytes of a stream
  void accept_ready(File& listener, const SocketAddress& from, sim::Time at);
  void peer_closes(File& file, sim::Time at);
  void reset(File& file, sim::Time at);                      // ECONNRESET
  void connect_result(File& file, int error, sim::Time at);  // 0: connected

  // Until now the peer takes any amount: from now on `bytes` more, until the window opens by some. An
  // acknowledgement is an interrupt only where the record shows that the sender had to wait for it.
  static void close_window(File& file, std::uint64_t bytes);
  [[nodiscard]] static std::uint64_t window(const File& file);
  void send_window_opens(File& file, std::uint64_t bytes, sim::Time at);

  void cancel(const File& file);                       // it is being released
  [[nodiscard]] bool expects(const File& file) const;  // something to receive is still to come

 private:
  struct Arrival;
  using Handler = std::function<void(OutsideEnd&, Irq&)>;

  void schedule(File& file, sim::Time at, Handler handler, bool to_receive = true);
  void run(std::uint64_t id, Irq& irq);

  Kernel& kernel_;
  std::map<std::uint64_t, std::unique_ptr<Arrival>> arrivals_;  // in the order of scheduling
  std::uint64_t next_ = 1;
};

}  // namespace isosim::kernel
