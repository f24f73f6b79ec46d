#include "workloads/replay/follow.h"

#include <algorithm>

#include "kernel-model/abi/syscall_names.h"
#include "traces/structure.h"

namespace isosim::workloads {

namespace nr = kernel::nr;

void follow_mapping(AddressMap& addresses, const IdMap& ids, const traces::Event& event,
                    std::int64_t emulated) {
  const auto recorded = static_cast<std::uint64_t>(event.result);
  const auto address = static_cast<std::uint64_t>(emulated);
  const auto argument = [&event](std::size_t i) { return static_cast<std::uint64_t>(event.args[i].value); };
  switch (event.nr) {
    case nr::mmap:
      addresses.add(recorded, address, (argument(1) + 4095) & ~std::uint64_t{4095});
      break;
    case nr::mremap:
      addresses.remove(argument(0), argument(1));
      addresses.add(recorded, address, argument(2));
      break;
    case nr::brk:
      // The heap grows upwards from its start; a range that ends far above covers what later calls add.
      if (event.args[0].value == 0 || addresses.translate(recorded) == 0)
        addresses.add(recorded, address, std::uint64_t{1} << 36);
      break;
    case nr::shmat: {
      const std::uint64_t bytes = ids.shm_bytes(static_cast<std::int32_t>(event.args[0].value));
      addresses.add(recorded, address, std::max<std::uint64_t>((bytes + 4095) & ~std::uint64_t{4095}, 4096));
      break;
    }
    default:
      break;
  }
}

void follow_pair(FdMap& fds, const traces::Event& event, const kernel::Out& out) {
  const traces::Arg& pair = event.args[event.nr == nr::socketpair ? 3 : 0];
  std::size_t i = 0;
  for (const traces::Field& element : traces::elements(pair.text)) {
    if (i == out.fds.size()) break;
    if (const auto recorded = traces::integer(element.value))
      fds.set(static_cast<std::int32_t>(*recorded), out.fds[i]);
    ++i;
  }
}

void follow_io_context(AddressMap& addresses, const traces::Event& event, const kernel::Out& out) {
  for (const traces::Field& element : traces::elements(event.args[1].text))
    if (const auto recorded = traces::integer(element.value))
      addresses.add(static_cast<std::uint64_t>(*recorded), out.value, 4096);
}

void follow_port(IdMap& ids, const traces::Event& event, const kernel::Out& out) {
  for (const traces::Field& part : traces::fields(event.args[1].text))
    if (part.name == "sin_port" || part.name == "sin6_port")
      if (const auto port = traces::integer(part.value))
        ids.add_port(static_cast<std::uint16_t>(*port), out.peer.port);
}

}  // namespace isosim::workloads
