#include <catch2/catch.hpp>

#include "kernel-model/sched/idle_state.h"

using namespace isosim;

namespace {
struct Idle {
  // One idle period of `us` with the next timer `timer_us` away; returns the state that was entered.
  int sleep(std::int64_t us, std::int64_t timer_us = 1'000'000) {
    const int state = governor.select(states, sim::microseconds(timer_us));
    governor.reflect(states, sim::microseconds(us));
    return state;
  }
  sim::Settings settings;
  std::vector<kernel::IdleState> states = kernel::idle_states(settings);
  kernel::IdleGovernor governor{settings};
};
}  // namespace

TEST_CASE("a regular interval is what the governor expects, whatever the timer says", "[idle]") {
  Idle cpu;
  for (int i = 0; i < 8; ++i) cpu.sleep(15);
  CHECK(cpu.states[static_cast<std::size_t>(cpu.sleep(15))].name == "C1");
  for (int i = 0; i < 12; ++i) cpu.sleep(60);
  CHECK(cpu.states[static_cast<std::size_t>(cpu.sleep(60))].name == "C1E");
  for (int i = 0; i < 12; ++i) cpu.sleep(250);
  CHECK(cpu.states[static_cast<std::size_t>(cpu.sleep(250))].name == "C3");
}

TEST_CASE("irregular intervals leave the timer's word, and that is deep", "[idle]") {
  Idle cpu;
  for (int i = 0; i < 2; ++i)
    for (const int us : {5, 60, 120, 180}) cpu.sleep(us);
  CHECK(cpu.states[static_cast<std::size_t>(cpu.sleep(5))].name == "C6");
}

TEST_CASE("a timer that is near bounds the state", "[idle]") {
  Idle cpu;
  CHECK(cpu.states[static_cast<std::size_t>(cpu.sleep(15, 15))].name == "C1");
}

TEST_CASE("two long periods among eight are taken for outliers", "[idle]") {
  Idle cpu;
  for (int i = 0; i < 6; ++i) cpu.sleep(15);
  cpu.sleep(5000);
  cpu.sleep(5000);
  CHECK(cpu.states[static_cast<std::size_t>(cpu.sleep(15))].name == "C1");
}
