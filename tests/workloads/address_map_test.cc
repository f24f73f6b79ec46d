#include "workloads/replay/address_map.h"

#include <catch2/catch.hpp>

using isosim::workloads::AddressMap;

TEST_CASE("an address keeps its offset in its mapping", "[replay]") {
  AddressMap map;
  map.add(0x1000, 0x90000, 0x3000);
  CHECK(map.translate(0x1000) == 0x90000);
  CHECK(map.translate(0x3FFF) == 0x92FFF);
  CHECK(map.translate(0x4000) == 0);
  CHECK(map.translate(0xFFF) == 0);
}

TEST_CASE("unmapping a hole splits the range, mapping over it replaces it", "[replay]") {
  AddressMap map;
  map.add(0x1000, 0x90000, 0x3000);
  map.remove(0x2000, 0x1000);
  CHECK(map.translate(0x1800) == 0x90800);
  CHECK(map.translate(0x2000) == 0);
  CHECK(map.translate(0x3000) == 0x92000);
  map.add(0x0000, 0x50000, 0x3800);
  CHECK(map.translate(0x1800) == 0x51800);
  CHECK(map.translate(0x3900) == 0x92900);
}
