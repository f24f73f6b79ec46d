// The areas of an address space, in order and disjoint (mm_rb and mmap of mm_struct).
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "kernel-model/mm/vma.h"

namespace isosim::kernel {

class VmaTree {
 public:
  using Map = std::map<Address, Vma>;  // by start

  // find_vma(): the first area that ends after `address`; null if none.
  [[nodiscard]] Vma* find(Address address);
  // The area that contains `address`; null if none.
  [[nodiscard]] Vma* at(Address address);

  // Puts an area into free space and joins it with neighbours it continues. Returns the area that covers it;
  // `changes` grows by the nodes that were linked, resized or removed.
  Vma& insert(Vma area, int& changes);

  // Makes area borders at both ends, then visits the areas in between, in order, and tries to join what has
  // become equal.
  template <class Visit>
  void change(Address start, Address end, int& changes, Visit visit) {
    split(start, changes);
    split(end, changes);
    for (auto it = areas_.lower_bound(start); it != areas_.end() && it->first < end; ++it) visit(it->second);
    join(start, end, changes);
  }

  // Takes [start, end) out; the areas (or parts) that were there, in order.
  std::vector<Vma> remove(Address start, Address end, int& changes);

  // Moves an area's border: growth of a stack or of the last area of a mapping. The space must be free.
  void extend_down(Vma& area, Address start);
  void extend_up(Vma& area, Address end);

  // Whether [start, end) is without holes.
  [[nodiscard]] bool covered(Address start, Address end);
  [[nodiscard]] bool free(Address start, Address end);

  // vm_unmapped_area() top-down: the highest free range of `length` that ends at or below `ceiling`; 0 if
  // none. Keeps the guard gap below areas that grow down. The ceiling is the same for all calls on one tree.
  [[nodiscard]] Address find_gap(std::uint64_t length, Address ceiling);

  [[nodiscard]] const Map& areas() const { return areas_; }
  [[nodiscard]] Map& areas() { return areas_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  void split(Address at, int& changes);
  void join(Address start, Address end, int& changes);
  void forget_gaps() { no_gap_of_ = 0; }

  Map areas_;
  std::uint64_t bytes_ = 0;
  // A search for at least `no_gap_of_` bytes found nothing above `no_gap_above_` (0: not known), so the next
  // one for as much starts there: free_area_cache of kernels before 3.10.
  std::uint64_t no_gap_of_ = 0;
  Address no_gap_above_ = 0;
};

}  // namespace isosim::kernel
