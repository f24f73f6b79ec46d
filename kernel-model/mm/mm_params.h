// Settings of memory management.
#pragma once

#include "sim/params.h"

namespace isosim::kernel::mm_param {

inline const sim::Param thp{
    "mm.thp",
    "1",
    0,
    2,
    2,
    "transparent huge pages: 0 never, 1 madvise, 2 always",
    "mm/Kconfig default; Ubuntu went from always to madvise with 18.04 (kernel patch of 2017-11-23)"};
inline const sim::Param fault_around{"mm.fault_around_bytes",
                                     "bytes",
                                     4096,
                                     65536,
                                     65536,
                                     "window of page-cache pages that a read fault of a file maps at once",
                                     "mm/memory.c, fault_around_bytes, since 3.15"};

}  // namespace isosim::kernel::mm_param
