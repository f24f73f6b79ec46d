#include "sim/bridge.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <utility>

#include "sim/systemc.h"

// libsystemc exports a main() of its own that refers to this; ours is the one that runs.
extern "C" int sc_main(int, char**) { return 0; }

namespace isosim::sim {

namespace {

// The globals of SystemC 2.3.4 that say which context is meant; they are neither const nor per thread.
class Context {
 public:
  Context()
      : outer_current_(sc_core::sc_curr_simcontext), outer_default_(sc_core::sc_default_global_context) {
    static_cast<void>(setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0));
    own_ = std::make_unique<sc_core::sc_simcontext>();
    sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = own_.get();
  }
  ~Context() {
    own_.reset();
    sc_core::sc_curr_simcontext = outer_current_;
    sc_core::sc_default_global_context = outer_default_;
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

 private:
  sc_core::sc_simcontext* outer_current_;
  sc_core::sc_simcontext* outer_default_;
  std::unique_ptr<sc_core::sc_simcontext> own_;
};

bool bridge_lives = false;

struct OnlyOne {
  OnlyOne() {
    if (bridge_lives) throw std::logic_error("SystemC runs one simulation at a time in a process");
    bridge_lives = true;
  }
  ~OnlyOne() { bridge_lives = false; }
  OnlyOne(const OnlyOne&) = delete;
  OnlyOne& operator=(const OnlyOne&) = delete;
};

class Software : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Software);

  Software(const sc_core::sc_module_name& module_name, Engine& engine)
      : sc_module(module_name), work("work"), engine_(engine) {
    SC_METHOD(drain);
    sensitive << work;
  }

  sc_core::sc_event work;    // something for software to do came from outside
  Time limit = Time::max();  // of run_before()
  std::exception_ptr error;

 private:
  // One activation runs software as far as it can get before hardware acts again.
  void drain() {
    if (sc_core::sc_pending_activity_at_current_time()) return next_trigger(sc_core::SC_ZERO_TIME);
    const Time now = from_systemc(sc_core::sc_time_stamp());
    const bool hardware_pending = sc_core::sc_pending_activity_at_future_time();
    const Time gap = from_systemc(sc_core::sc_time_to_pending_activity());
    try {
      engine_.run_before(hardware_pending ? std::min(limit, now + gap) : limit);
    } catch (...) {
      error = std::current_exception();
      sc_core::sc_pause();
      return;
    }
    const Time next = engine_.next();
    if (sc_core::sc_pending_activity_at_current_time()) {
      next_trigger(sc_core::SC_ZERO_TIME);
    } else if (next < limit) {
      next_trigger(to_systemc(std::max(next, now) - now), work);
    }
  }

  Engine& engine_;
};

}  // namespace

struct Bridge::Impl {
  explicit Impl(Engine& engine) : software("software", engine) {}

  OnlyOne only_one;
  Context context;
  Software software;
};

Bridge::Bridge(Engine& engine) : engine_(engine), impl_(std::make_unique<Impl>(engine)) {}
Bridge::~Bridge() = default;

bool Bridge::run_before(Time limit) {
  impl_->software.limit = limit;
  impl_->software.work.notify(sc_core::SC_ZERO_TIME);
  if (limit == Time::max()) {
    sc_core::sc_start();
  } else {
    sc_core::sc_start(to_systemc(std::max(limit, hardware_now()) - hardware_now()),
                      sc_core::SC_EXIT_ON_STARVATION);
  }
  if (impl_->software.error) std::rethrow_exception(std::exchange(impl_->software.error, nullptr));
  return engine_.next() != Time::max() || sc_core::sc_pending_activity();
}

void Bridge::notify(sc_core::sc_event& event, Time at) {
  at = std::max(at, engine_.now());
  const Time now = hardware_now();
  event.notify(to_systemc(std::max(at, now) - now));
  engine_.stop_before(at);
}

void Bridge::wake(Task& task) {
  engine_.wake(task, hardware_now());
  impl_->software.work.notify(sc_core::SC_ZERO_TIME);
}

void Bridge::schedule(Event& event) {
  engine_.schedule(event, hardware_now());
  impl_->software.work.notify(sc_core::SC_ZERO_TIME);
}

Time Bridge::hardware_now() const { return from_systemc(sc_core::sc_time_stamp()); }

}  // namespace isosim::sim
