// Bytes of pipes, sockets and terminals between traced threads: who reads them waits for who wrote them.
#include "traces/order_scan.h"

namespace isosim::traces {

constexpr std::size_t kMostBlockedReads = 64;

void Order::Scan::stream(const Event& e, const Cause& self, const Touch& touch) {
  Stream& s = streams[touch.id];
  if (touch.change) {
    wait_for(e, s.last_writer);  // bytes of several writers arrive in the recorded order
    // The last read that was over. strace's -T leaves out what printing the entry took, so that one may seem
    // over before the write that fed it began: if it took more than had been put in, it was not.
    Cause over;
    while (!s.short_reads.empty() && s.short_reads.front().end <= s.put &&
           s.short_reads.front().by.end_ns <= e.start_ns) {
      over = s.short_reads.front().by;
      s.short_reads.pop_front();
    }
    wait_for(e, over);
    s.last_writer = self;
    s.put += touch.bytes;
    if (touch.bytes > 0) s.writes.push_back({self, s.put});
    return;
  }
  wait_for(e, s.last_reader);
  s.last_reader = self;
  s.taken += touch.bytes;
  const Stream::Transfer* supplier = nullptr;
  while (!s.writes.empty()) {
    // A blocked reader entered before the write that fed it: the kernel makes it wait.
    if (touch.bytes > 0) supplier = &s.writes.front();
    if (supplier) wait_for(e, supplier->by, Dependency::Until::entered);
    if (s.writes.front().end > s.taken) break;
    s.writes.pop_front();
  }
  if (!touch.partial) return;
  s.short_reads.push_back({self, s.taken});
  // Of a stream that untraced programs write into, no read is ever seen to be fed.
  if (s.short_reads.size() > kMostBlockedReads) s.short_reads.pop_front();
}

}  // namespace isosim::traces
