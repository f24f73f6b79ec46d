// Containers that come and go, some of them at the same time.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "models/platform.h"
#include "tests/models/container_processes.h"

namespace isosim::test {

struct Cycles {
  // `after` sees the stack when all are gone.
  Cycles(const char* platform, unsigned clients, std::uint64_t count,
         const std::function<void(models::Stack&)>& after = {}) {
    sim::Settings settings;
    const auto stack = models::build_stack(
        {.platform = platform, .machine = "e5-2630v3", .set = {}, .patches = {}}, settings);
    const std::size_t before = container_processes(stack->host());
    const sim::Time start = stack->engine().now();
    stack->life_cycles(clients, count, [&](sim::Time span) {
      spans.push_back(span);
      total = stack->engine().now() - start;
    });
    processes_left = container_processes(stack->host()) - before;
    digest = stack->engine().digest();
    if (after) after(*stack);
  }
  [[nodiscard]] sim::Time longest() const { return *std::max_element(spans.begin(), spans.end()); }

  std::vector<sim::Time> spans;
  sim::Time total;
  std::size_t processes_left = 0;
  std::uint64_t digest = 0;
};

}  // namespace isosim::test
