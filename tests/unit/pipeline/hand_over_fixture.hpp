// For tests of the hand-over: a place for a pipeline without the pipeline, where the test writes and collects by
// itself; writers' messages, which tell by themselves whether they are whole; and the reader that checks them.
#pragma once

#include <spanwise/pipeline/collector.hpp>

#include "catch.hpp"

#include <sched.h>

#include <cstring>
#include <map>
#include <memory>
#include <vector>

namespace testing {

using namespace spanwise::detail;

/// Adds a thread's side to those that the collector looks at.
inline void join(provider_core& core, producer& fresh) {
  fresh.thread = core.threads.fetch_add(1, relaxed) + 1;
  fresh.next = core.producers.load(relaxed);
  while (!core.producers.compare_exchange(fresh.next, &fresh, seq_cst, relaxed)) {}
}

struct bare_core {
  std::unique_ptr<provider_core> core{new provider_core{}};

  /// With `fence_too` those that write must fence, as where the system has no heavy fence.
  explicit bare_core(std::size_t bytes = 256 << 10, bool fence_too = false) {
    REQUIRE(core->pool.open(bytes, 1));
    core->heavy_fences = !fence_too && register_heavy_fence();
  }
  producer* join() const {
    auto* const fresh = new producer{};
    testing::join(*core, *fresh);
    return fresh;
  }
  static void leave(producer* done) {
    if (done->abandoned.exchange(true, acq_rel)) delete done;
  }
};

/// Takes more than half of the memory, so that each look at a thread with nothing to gather takes its chunk away.
inline std::vector<chunk*> press(chunk_pool& pool) {
  std::vector<chunk*> ballast;
  while (!pool.pressed()) ballast.push_back(pool.take(8, 0, 0));
  return ballast;
}

/// Keeps the thread on one processor, where the system can: two threads on the same one never meet.
class on_processor {
public:
#if defined(__linux__)
  explicit on_processor(int which) {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t only;
    CPU_ZERO(&only);
    for (int i = 0, found = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(i, &before_) && found++ == which) CPU_SET(i, &only);
    ::sched_setaffinity(0, sizeof only, &only); // changes nothing if there are not so many
  }
  ~on_processor() { ::sched_setaffinity(0, sizeof before_, &before_); }

private:
  cpu_set_t before_;
#else
  explicit on_processor(int) {}
#endif
};

/// What a message begins with; then filling that depends on all of it.
struct message_head {
  std::uint64_t thread;
  std::uint32_t number; ///< the how-manieth of its thread it is
  std::uint32_t size;   ///< of the whole message
};

inline unsigned char filling_of(message_head const& head, std::uint32_t at) {
  return static_cast<unsigned char>(head.thread * 89 + head.number * 31 + at);
}

inline void put_message(unsigned char* record, producer& to, std::uint32_t number, std::uint32_t filling) {
  message_head const head{to.thread, number, static_cast<std::uint32_t>(sizeof head) + filling};
  store(record, record_header{head.size, 0, 0});
  store(record + head_at::message, head);
  for (auto i = static_cast<std::uint32_t>(sizeof head); i < head.size; ++i)
    record[head_at::message + i] = filling_of(head, i);
}

/// Writes a message as a span's end does; false if it is not let in, or if there is no room.
inline bool write(provider_core& core, producer& to, std::uint32_t number, std::uint32_t filling) {
  while (!to.enter(!core.heavy_fences)) {
    to.leave();
    if (to.gate.load(acquire) != gate_state::reclaimed) return false;
    to.restart();
  }
  auto const size = static_cast<std::uint32_t>(head_at::message + sizeof(message_head) + filling);
  unsigned char* const at = to.reserve(core.pool, size);
  if (at != nullptr) {
    put_message(at, to, number, filling);
    to.publish(size);
  }
  to.leave();
  return at != nullptr;
}

/// Checks that each writer's messages come whole, once and in order.
struct reader {
  std::map<std::uint64_t, std::uint32_t> next;
  std::uint64_t seen = 0;
  std::uint64_t bad = 0;

  void read(spanwise::record const& each) {
    message_head head{};
    bool good = each.size >= sizeof head;
    if (good) std::memcpy(&head, each.message, sizeof head);
    good = good && head.size == each.size && next[head.thread] == head.number;
    for (auto i = static_cast<std::uint32_t>(sizeof head); good && i < each.size; ++i)
      good = each.message[i] == static_cast<std::byte>(filling_of(head, i));
    bad += good ? 0 : 1;
    next[head.thread] = head.number + 1;
    ++seen;
  }
  void read(std::span<spanwise::record> gathered) {
    for (spanwise::record const& each : gathered) read(each);
  }
  /// Reads all that is there by now.
  void read_all(collector& from) {
    while (!from.gather(512).empty()) {
      read(from.gathered());
      from.settle();
    }
  }
};

} // namespace testing
