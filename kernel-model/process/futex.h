// Futex queues by key, and the values of futex words (kernel/futex.c).
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "kernel-model/abi/payload.h"
#include "sim/time.h"

namespace isosim::kernel {

class Kernel;
class Process;
class Thread;

class FutexTable {
 public:
  static constexpr std::uint32_t any_bit = ~0u;

  explicit FutexTable(Kernel& kernel);

  // The program's side: what user code wrote into the word. Costs nothing. A word that was never stored
  // compares equal to whatever FUTEX_WAIT expects.
  void store(const Process& process, Address address, std::uint32_t value);
  void forget(const Process& process);  // its address space ends

  // Sleeps until `count` threads are queued at a word, those of `first` among them, but not beyond
  // `deadline`; then puts those of `first` that are there at the head of the queue, in that order. Costs
  // nothing: it is for whoever watches the program.
  void await_waiters(Thread& t, Address address, bool is_private, std::int64_t count,
                     std::span<Thread* const> first, sim::Time deadline);

  // Waits while the word is `expected`. 0 when woken, -EAGAIN, -ETIMEDOUT, or an -ERESTART code. `seen`: what
  // the call finds in the word, where the program knows; null: what was stored last.
  std::int64_t wait(Thread& t, Address address, bool is_private, std::uint32_t expected, sim::Time deadline,
                    std::uint32_t bits, const OptionValue* seen = nullptr);
  // Wakes up to `count` waiters that wait for one of `bits`; returns how many.
  std::int64_t wake(Thread& t, Address address, bool is_private, std::int64_t count, std::uint32_t bits);
  // Wakes `count` and moves up to `limit` others to `to`. `expected` (if not null) is compared first:
  // -EAGAIN.
  std::int64_t requeue(Thread& t, Address from, Address to, bool is_private, std::int64_t count,
                       std::int64_t limit, const std::uint32_t* expected);
  // FUTEX_WAKE_OP: changes the second word, wakes on the first, and on the second if its old value compares.
  std::int64_t wake_op(Thread& t, Address first, Address second, bool is_private, std::int64_t count,
                       std::int64_t second_count, std::uint32_t operation);
  std::int64_t lock_pi(Thread& t, Address address, bool is_private, sim::Time deadline, bool try_only);
  std::int64_t unlock_pi(Thread& t, Address address, bool is_private);

  // Exit: the word of set_tid_address is zeroed and wakes one waiter. Robust locks are not released: the list
  // of those that a thread holds lies in its memory, which no trace shows.
  void clear_child_tid(Thread& t);

 private:
  struct Key {
    std::uint64_t object = 0;  // address space, or file
    Address offset = 0;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>((key.object * 0x9E3779B97F4A7C15u) ^
                                      (key.offset * 0xD6E8FEB86659FD93u));
    }
  };
  struct Waiter {
    Thread* thread;
    Key key;
    std::uint32_t bits;
    bool woken = false;
  };

  struct Watch {
    Thread* thread;
    Key key;
    std::int64_t count;
    std::span<Thread* const> first;
  };

  // Until `self` is woken: 0, -ETIMEDOUT at `deadline`, or -ERESTARTSYS for a signal.
  std::int64_t sleep(Waiter& self, sim::Time deadline);
  void enqueue(Waiter& waiter);
  void tell_watches(const Key& key);
  [[nodiscard]] bool all_there(const Watch& watch) const;
  void put_first(const Watch& watch);
  [[nodiscard]] Key key_of(const Process& process, Address address, bool is_private) const;
  [[nodiscard]] Key charge_key(Thread& t, Address address, bool is_private);
  std::uint32_t* word(const Process& process, Address address);
  std::int64_t wake_key(Thread& t, const Key& key, std::int64_t count, std::uint32_t bits);

  Kernel& kernel_;
  // Looked up, never iterated: their order is of no consequence.
  std::unordered_map<Key, std::vector<Waiter*>, KeyHash> queues_;
  std::unordered_map<Key, std::uint32_t, KeyHash> words_;
  std::vector<const Watch*> watches_;
};

}  // namespace isosim::kernel
