#include "kernel-model/misc/shm.h"

namespace isosim::kernel {

void ShmTable::purge() {
  std::erase_if(objects_,
                [](const auto& slot) { return slot.second->removed && slot.second->attached() == 0; });
}

void ShmTable::remove(ShmSegment& segment) {
  segment.removed = true;
  segment.key = 0;
  purge();
}

}  // namespace isosim::kernel
