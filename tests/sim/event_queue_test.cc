// The queue against a sorted set, over random insertions, moves, removals.
#include "sim/event_queue.h"

#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

using namespace isosim::sim;

namespace {

struct Item : Pending {
  Item() : Pending(false) {}
  std::pair<std::int64_t, std::uint64_t> key;  // as queued last: time, sequence number
};

struct Model {
  explicit Model(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) items.push_back(std::make_unique<Item>());
  }

  void push(Item& item, std::int64_t at) {
    remove(item);
    item.key = {at, ++sequence};
    expected.insert({item.key, &item});
    queue.push(Time{at}, item);
  }
  void remove(Item& item) { expected.erase({item.key, &item}); }

  void check() {
    REQUIRE(queue.next() == (expected.empty() ? Time::max() : Time{expected.begin()->first.first}));
    if (!expected.empty()) REQUIRE(&queue.first() == expected.begin()->second);
  }

  std::vector<std::unique_ptr<Item>> items;
  EventQueue queue;
  std::set<std::pair<std::pair<std::int64_t, std::uint64_t>, Item*>> expected;
  std::uint64_t sequence = 0;
};

}  // namespace

TEST_CASE("the queue agrees with a sorted set") {
  const std::size_t count = GENERATE(1u, 3u, 16u, 17u, 100u, 3000u);
  Model model(count);
  std::mt19937_64 random(count);
  for (int step = 0; step < 20'000; ++step) {
    Item& item = *model.items[random() % count];
    switch (random() % 5) {
      case 0:
      case 1:
        model.push(item, static_cast<std::int64_t>(random() % 50));  // many at the same time
        break;
      case 2:
        model.remove(item);
        model.queue.remove(item);
        break;
      case 3: {
        if (model.expected.empty() || item.leaf != Pending::nowhere) break;
        Item& first = *model.expected.begin()->second;
        const auto at = static_cast<std::int64_t>(random() % 50);
        model.remove(first);
        item.key = {at, ++model.sequence};
        model.expected.insert({item.key, &item});
        REQUIRE(&model.queue.exchange_first(Time{at}, item) == &first);
        REQUIRE(first.leaf == Pending::nowhere);
        break;
      }
      default:
        if (model.expected.empty()) break;
        Item& first = *model.expected.begin()->second;
        model.remove(first);
        REQUIRE(&model.queue.take_first() == &first);
        REQUIRE(first.leaf == Pending::nowhere);
    }
    model.check();
  }
}

TEST_CASE("a cleared queue is empty and knows nobody") {
  Model model(40);
  for (auto& item : model.items) model.push(*item, 7);
  model.queue.take_first();
  model.queue.clear();
  CHECK(model.queue.next() == Time::max());
  for (auto& item : model.items) CHECK(item->leaf == Pending::nowhere);
  model.expected.clear();
  model.push(*model.items[3], 5);
  model.check();
}

TEST_CASE("a million at once are too many") {
  EventQueue queue;
  std::vector<Item> items((1 << 20) + 1);
  for (std::size_t i = 0; i + 1 < items.size(); ++i) queue.push(Time{}, items[i]);
  CHECK_THROWS_AS(queue.push(Time{}, items.back()), std::length_error);
}
