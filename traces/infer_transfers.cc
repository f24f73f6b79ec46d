// Data through descriptors.
#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "traces/infer_walk.h"
#include "traces/structure.h"

namespace isosim::traces::infer {
namespace {
// Sum of iov_len of the vector in argument `i`.
std::uint64_t vector_length(const Event& e, int i) {
  std::uint64_t sum = 0;
  if (i >= e.argc || e.args[i].kind != Arg::Kind::structure) return sum;
  for (const Field element : elements(e.args[i].text)) {
    sum += static_cast<std::uint64_t>(integer(field(element.value, "iov_len")).value_or(0));
  }
  return sum;
}

// The offset that a pointer argument holds: "[0] => [3627]"; nothing for NULL.
std::optional<std::uint64_t> offset_at(const Event& e, int i) {
  if (i >= e.argc || e.args[i].kind != Arg::Kind::structure) return std::nullopt;
  std::string_view text = e.args[i].text;
  text = text.substr(0, text.find("=>"));
  for (const Field element : elements(text.substr(0, text.find(']') + 1))) {
    if (const auto value = integer(element.value)) return static_cast<std::uint64_t>(*value);
  }
  return std::nullopt;
}

}  // namespace

void Walk::transfer(const Event& e, Description& open, bool write, std::uint64_t asked,
                    std::optional<std::uint64_t> position) {
  if (open.channel != kNone) {
    if (!succeeded(e) && e.error != EAGAIN) return;
    const std::uint64_t moved = succeeded(e) ? static_cast<std::uint64_t>(e.result) : 0;
    // What side 1 writes, direction 0 carries to side 0.
    const std::uint64_t direction = write ? 1u - open.side : open.side;
    touch(Touch::Kind::channel, std::uint64_t{open.channel} * 2 + direction, write, moved, moved < asked);
    return;
  }
  if (open.inode == kNone) return;
  touch(Touch::Kind::content, open.inode, write);
  if (!succeeded(e)) return;
  const auto moved = static_cast<std::uint64_t>(e.result);
  const bool append = write && (open.flags & O_APPEND) != 0;
  if (position || open.position_known || append) {
    const std::uint64_t at = position.value_or(open.position);
    if (write) {
      written(open.inode, at, moved, append);
    } else {
      read_evidence(open.inode, at, asked, moved);
    }
  } else if (write) {
    names.inode(open.inode).written = true;
  }
  if (!position) open.position += moved;
}

bool Walk::transfer_call(const Event& e) {
  const auto got = static_cast<std::uint64_t>(std::max<std::int64_t>(e.result, 0));
  // `at`: at the position in argument 3, else at the description's.
  const auto move = [&](bool write, std::uint64_t asked, bool at) {
    Description* open = open_file(e, 0);
    if (!open) return;
    if (!at && open->channel == kNone) touch_position(e, e.args[0].value);
    transfer(e, *open, write, asked, at ? std::optional(number(e, 3)) : std::nullopt);
  };
  switch (e.nr) {
    case SYS_read:
    case SYS_write:
      move(e.nr == SYS_write, number(e, 2), false);
      break;
    case SYS_pread64:
    case SYS_pwrite64:
      move(e.nr == SYS_pwrite64, number(e, 2), true);
      break;
    case SYS_readv:
    case SYS_writev:
      move(e.nr == SYS_writev, vector_length(e, 1), false);
      break;
    case SYS_preadv:
    case SYS_pwritev:
    case SYS_preadv2:
    case SYS_pwritev2:
      move(e.nr == SYS_pwritev || e.nr == SYS_pwritev2, vector_length(e, 1), number(e, 3) != ~0ull);
      break;
    case SYS_sendfile:
      if (Description* from = open_file(e, 1)) transfer(e, *from, false, got, offset_at(e, 2));
      if (Description* to = open_file(e, 0)) transfer(e, *to, true, number(e, 3), std::nullopt);
      break;
    case SYS_copy_file_range:
    case SYS_splice:
      if (Description* from = open_file(e, 0)) transfer(e, *from, false, got, offset_at(e, 1));
      if (Description* to = open_file(e, 2)) transfer(e, *to, true, number(e, 4), offset_at(e, 3));
      break;
    default:
      return false;
  }
  return true;
}

}  // namespace isosim::traces::infer
