// Memory of the program as files read and write it.
#pragma once

#include "kernel-model/fs/file.h"

namespace isosim::kernel {

// What a file is given for a null pointer, since a buffer at 0 stands for the kernel's own: as far from any
// mapping.
constexpr Address user_buffer(Address address) { return address == 0 ? 1 : address; }

// copy_to_user (`write`) and copy_from_user before bytes move: how many of the `length` bytes at `offset` of
// a transfer's memory can be accessed, faults included. All of them where the other side is the kernel.
std::uint64_t user_access(Kernel& k, Thread& t, const Io& io, std::uint64_t offset, std::uint64_t length,
                          bool write);

// A result that a call writes to `address`: 0 or -EFAULT.
std::int64_t put_user(Kernel& k, Thread& t, Address address, std::uint64_t bytes);

}  // namespace isosim::kernel
