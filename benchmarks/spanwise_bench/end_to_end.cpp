// From the span to the bytes at the receiver: processor time of the whole process, a span, over HTTP to a server in
// another process that discards. Each round makes as many spans as the queue holds easily, and waits until all are
// sent.
#include "cases.hpp"
#include "discarding_server.hpp"
#include "work.hpp"

#include <httplib.h>
#include <sys/resource.h>

#include <optional>

namespace {

using namespace std::chrono_literals;

constexpr std::string_view names[] = {"e2e/otlp-http-json", "e2e/otlp-http-protobuf"};
std::optional<bench::discarding_server> server;

/// User and system time of all threads.
double process_cpu() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  auto const ns = [](timeval const& time) {
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
  };
  return ns(use.ru_utime) + ns(use.ru_stime);
}

template <class Exporter> void end_to_end(std::string_view name) {
  if (!bench::wanted(name)) return;
  if (!server || !server->running()) return bench::remark(name, "there is no server to send to");
  constexpr std::size_t spans = 20'480;
  auto tracing = bench::start(spanwise::clock_source::automatic, {},
                              Exporter{.endpoint = "http://127.0.0.1:" + std::to_string(server->port())});
  auto const& of = bench::some_order();
  std::vector<double> cpu;
  std::vector<double> wall;
  std::uint64_t const bytes_before = server->seen().bytes.load();
  std::uint64_t const requests_before = server->seen().requests.load();
  int const rounds = bench::asked.quick ? 11 : 51;
  bench::allocation_count const before = bench::allocations_here();
  for (int round = -2; round < rounds; ++round) {
    double const cpu_start = process_cpu();
    std::int64_t const start = bench::nanoseconds(CLOCK_MONOTONIC);
    {
      spanwise::span const parent{"parent"};
      for (std::size_t i = 1; i < spans; ++i) bench::span_4(of, bench::event);
    }
    bool const sent = tracing.flush(1min);
    if (!sent) return bench::remark(name, "not all spans were sent");
    if (round < 0) continue;
    cpu.push_back((process_cpu() - cpu_start) / spans);
    wall.push_back(static_cast<double>(bench::nanoseconds(CLOCK_MONOTONIC) - start) / spans);
  }
  auto const made = static_cast<double>(spans) * (rounds + 2);
  auto const allocated = static_cast<double>(bench::allocations_here().blocks - before.blocks);
  auto const bytes = static_cast<double>(server->seen().bytes.load() - bytes_before);
  auto const requests = static_cast<double>(server->seen().requests.load() - requests_before);
  auto const end = tracing.shutdown(10s);
  if (end.dropped != 0 || end.left != 0 || static_cast<double>(end.exported) != made)
    return bench::remark(name, std::to_string(end.dropped + end.left) + " spans did not arrive");
  double const min = *std::min_element(cpu.begin(), cpu.end());
  bench::print({name,
                bench::quantile(cpu, 0.5),
                min,
                allocated / made,
                bytes / made,
                {{"wall_ns", bench::quantile(wall, 0.5)}, {"spans_per_request", made / requests}, {"dropped", 0}}});
}

} // namespace

void bench::fork_discarding_server() {
  for (std::string_view const name : names)
    if (name.find(asked.filter) != name.npos && !asked.list && !server) server.emplace();
}

void bench::end_to_end_cases() {
  end_to_end<spanwise::otlp_http>(names[0]);
  end_to_end<spanwise::otlp_http_protobuf>(names[1]);
  server.reset();
}
