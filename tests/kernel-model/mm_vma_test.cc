#include <catch2/catch.hpp>
#include <map>

#include "kernel-model/mm/mman.h"
#include "kernel-model/mm/vma_tree.h"

using namespace isosim::kernel;

namespace {

Vma area(Address start, Address end, std::uint32_t flags) {
  Vma result;
  result.start = start;
  result.end = end;
  result.flags = flags;
  result.page_offset = start / kPage;
  return result;
}

// Sorted, disjoint, not empty, no two neighbours that could be one; and the count of bytes is right.
void check(const VmaTree& tree) {
  std::uint64_t bytes = 0;
  const Vma* before = nullptr;
  for (const auto& [start, vma] : tree.areas()) {
    REQUIRE(start == vma.start);
    REQUIRE(vma.start < vma.end);
    REQUIRE(vma.page_offset == vma.start / kPage);
    if (before) {
      REQUIRE(before->end <= vma.start);
      REQUIRE_FALSE(mergeable(*before, vma));
    }
    bytes += vma.bytes();
    before = &vma;
  }
  REQUIRE(bytes == tree.bytes());
}

}  // namespace

TEST_CASE("areas stay sorted, disjoint and joined under random changes, and agree with a page-by-page model",
          "[mm]") {
  VmaTree tree;
  std::map<Address, std::uint32_t> model;  // flags by page
  std::uint64_t seed = 7;
  const auto random = [&](std::uint64_t below) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
  };
  for (int step = 0; step < 5000; ++step) {
    const Address start = (16 + random(60)) * kPage, end = start + (1 + random(12)) * kPage;
    const auto flags = static_cast<std::uint32_t>(1 + random(3));
    int changes = 0;
    switch (random(3)) {
      case 0:
        tree.remove(start, end, changes);
        tree.insert(area(start, end, flags), changes);
        for (Address at = start; at < end; at += kPage) model[at] = flags;
        break;
      case 1:
        tree.remove(start, end, changes);
        for (Address at = start; at < end; at += kPage) model.erase(at);
        break;
      default:
        tree.change(start, end, changes, [&](Vma& vma) { vma.flags = flags; });
        for (Address at = start; at < end; at += kPage)
          if (model.contains(at)) model[at] = flags;
    }
    check(tree);
    REQUIRE(tree.bytes() == model.size() * kPage);
    for (const auto& [at, expected] : model) {
      const Vma* found = tree.at(at);
      REQUIRE(found);
      REQUIRE(found->flags == expected);
    }
  }
}

TEST_CASE("the gap search finds the highest gap, as a full scan does", "[mm]") {
  const Address ceiling = 200 * kPage;
  VmaTree tree;
  std::uint64_t seed = 3;
  const auto random = [&](std::uint64_t below) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
  };
  for (int step = 0; step < 5000; ++step) {
    int changes = 0;
    if (random(2) == 0 && !tree.areas().empty()) {
      const Address start = (16 + random(184)) * kPage;
      tree.remove(start, std::min(ceiling, start + (1 + random(8)) * kPage), changes);
      continue;
    }
    const std::uint64_t length = (1 + random(9)) * kPage;
    Address expected = 0;
    for (Address at = ceiling - length; at >= kMmapMinimum && expected == 0; at -= kPage)
      if (tree.free(at, at + length)) expected = at;
    const Address found = tree.find_gap(length, ceiling);
    REQUIRE(found == expected);
    if (found != 0) tree.insert(area(found, found + length, vm::read | (step % 2 ? vm::write : 0)), changes);
  }
}

TEST_CASE("the guard gap below a stack is kept free", "[mm]") {
  VmaTree tree;
  int changes = 0;
  tree.insert(area(4096 * kPage, 4100 * kPage, vm::read | vm::growsdown), changes);
  CHECK(tree.find_gap(kPage, 4096 * kPage) == 4096 * kPage - kStackGuard - kPage);
}
