// The code whose instructions are counted by instruction_counts.py: each case a function that does the same thing 1000
// times. Under callgrind time is not real, but the number of instructions is, on any machine.
//   hot_cases CASE        warms up, then runs that case once
//   hot_cases --list      the names of the cases; case child-4 is function hot_child_4
//   hot_cases --compiler  whose ceilings are to be kept
#include "spanwise_bench/order.hpp"

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

namespace hot {

using namespace std::chrono_literals;

constexpr int times = 1000;

} // namespace hot

extern "C" {

[[gnu::noinline]] void hot_child_0(bench::order const& of) {
  for (int i = 0; i < hot::times; ++i) {
    spanwise::span const made{"charge a card."};
    bench::keep(of);
  }
}
[[gnu::noinline]] void hot_child_4(bench::order const& of) {
  for (int i = 0; i < hot::times; ++i) bench::span_4(of);
}
[[gnu::noinline]] void hot_child_4_event(bench::order const& of) {
  for (int i = 0; i < hot::times; ++i) bench::span_4(of, bench::event);
}
[[gnu::noinline]] void hot_child_4_set(bench::order const& of) {
  for (int i = 0; i < hot::times; ++i) bench::span_4_set(of);
}
[[gnu::noinline]] void hot_detached_4(bench::order const& of) {
  for (int i = 0; i < hot::times; ++i) bench::span_4<spanwise::detached_span>(of);
}
[[gnu::noinline]] void hot_root_4(bench::order const& of) { // called where no span is current
  for (int i = 0; i < hot::times; ++i) bench::span_4(of);
}
[[gnu::noinline]] void hot_unsampled_4(bench::order const& of) { // called under a span that is not sampled
  for (int i = 0; i < hot::times; ++i) bench::span_4(of);
}
[[gnu::noinline]] void hot_extract(std::string const& header) {
  for (int i = 0; i < hot::times; ++i) {
    bench::keep(header);
    bench::keep(spanwise::read_traceparent(header));
  }
}
[[gnu::noinline]] void hot_inject(spanwise::span_context const& from) {
  for (int i = 0; i < hot::times; ++i) {
    char buffer[spanwise::traceparent_size];
    bench::keep(from);
    spanwise::write_traceparent(buffer, from);
    bench::keep(buffer);
  }
}
[[gnu::noinline]] void hot_encode_json(spanwise::span_batch const& batch, spanwise::detail::buffer& out) {
  bench::keep(spanwise::encode_otlp_json(batch, out));
}
[[gnu::noinline]] void hot_encode_protobuf(spanwise::span_batch const& batch, spanwise::detail::buffer& out) {
  bench::keep(spanwise::encode_otlp_protobuf(batch, out));
}

} // extern "C"

namespace hot {

using encode_call = void (*)(spanwise::span_batch const&, spanwise::detail::buffer&);

/// Encodes a batch of 1000 spans, into memory that is there.
struct encoding {
  encode_call encode;

  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    if (encode != nullptr && batch.records.size() == times) {
      spanwise::detail::buffer out;
      if (out.room(std::size_t{1} << 20) != nullptr) encode(batch, out);
    }
    return {.exported = batch.records.size()};
  }
};

enum class under : unsigned char { parent, no_parent, unsampled };

struct one_case {
  std::string_view name;
  void (*run)(bench::order const&);
  under where = under::parent;
  encode_call encode = nullptr;
};

spanwise::span_context remote() {
  return *spanwise::read_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

constexpr one_case cases[] = {
    {"child-0", hot_child_0},
    {"child-4", hot_child_4},
    {"child-4-event", hot_child_4_event},
    {"child-4-set", hot_child_4_set},
    {"root-4", hot_root_4, under::no_parent},
    {"detached-4", hot_detached_4},
    {"unsampled-4", hot_unsampled_4, under::unsampled},
    {"extract", [](bench::order const&) { hot_extract("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"); }},
    {"inject", [](bench::order const&) { hot_inject(remote()); }},
    {"encode-json",
     [](bench::order const& of) {
       for (int i = 0; i < times; ++i) bench::span_4(of, bench::event);
     },
     under::parent, hot_encode_json},
    {"encode-protobuf",
     [](bench::order const& of) {
       for (int i = 0; i < times; ++i) bench::span_4(of, bench::event);
     },
     under::parent, hot_encode_protobuf},
};

void warm_up(bench::order const& of) {
  for (int i = 0; i < times / 4; ++i) bench::span_4(of, bench::event);
}

int run(one_case const& chosen) {
  auto tracing =
      spanwise::start("hot-cases",
                      spanwise::batch{spanwise::batch_options{.schedule_delay = 1h, .max_export_batch_size = 2 * times},
                                      encoding{chosen.encode}},
                      {.clock = spanwise::clock_source::tsc});
  // Until the counter is calibrated spans are timed with the system's clock, which is other code.
  auto const& clock = spanwise::detail::process_clock;
  for (int tries = 0; tries < 30'000 && !clock.ticks_tsc(); ++tries) std::this_thread::sleep_for(1ms);
  if (!clock.ticks_tsc()) {
    std::fputs("hot_cases: spans are not timed with the time-stamp counter\n", stderr);
    return 1;
  }
  bench::order const of;
  if (chosen.where == under::no_parent) {
    warm_up(of);
    chosen.run(of);
  } else {
    bool const sampled = chosen.where == under::parent;
    auto const entered = spanwise::attach(spanwise::context{
        spanwise::span_context{remote().trace_id(), remote().span_id(), {static_cast<std::uint8_t>(sampled ? 1 : 0)}}});
    warm_up(of);
    if (chosen.encode != nullptr) tracing.flush(1min);
    chosen.run(of);
  }
  tracing.flush(1min);
  return clock.ticks_tsc() && tracing.stats().spans.dropped_total() == 0 ? 0 : 1;
}

/// As in "g++ 12.2 x86_64": another version makes other instructions.
void print_compiler() {
#if defined(__clang__)
  std::printf("clang++ %d.%d ", __clang_major__, __clang_minor__);
#else
  std::printf("g++ %d.%d ", __GNUC__, __GNUC_MINOR__);
#endif
#if defined(__x86_64__)
  std::puts("x86_64");
#elif defined(__aarch64__)
  std::puts("aarch64");
#else
  std::puts("other");
#endif
}

} // namespace hot

int main(int argc, char** argv) {
  std::string_view const asked = argc == 2 ? argv[1] : "";
  if (asked == "--compiler") {
    hot::print_compiler();
    return 0;
  }
  for (hot::one_case const& each : hot::cases) {
    if (asked == each.name) return hot::run(each);
    if (asked == "--list") std::puts(each.name.data());
  }
  if (asked == "--list") return 0;
  std::fputs("usage: hot_cases CASE | --list | --compiler\n", stderr);
  return 2;
}
