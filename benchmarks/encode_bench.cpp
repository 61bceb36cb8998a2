// What it costs to turn finished spans into a request, a span: encode-bench [filter]
// The spans have 4 attributes and 1 event and come from the library itself, 512 to a request.
#include <spanwise/export/otlp_json.hpp>
#include <spanwise/export/otlp_protobuf.hpp>
#include <spanwise/pipeline/resolve.hpp>
#include <spanwise/spanwise.hpp>

#include "measure.hpp"

#include <chrono>
#include <string>

namespace {

constexpr std::size_t spans = 512;

/// Measures on the first batch that is large enough, while its bytes are there.
struct encoding {
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    if (batch.records.size() >= spans && !done) {
      done = true;
      measure({batch.resource, batch.scopes, batch.records.first(spans)});
    }
    return {.exported = batch.records.size()};
  }

  static void measure(spanwise::span_batch const& batch) {
    spanwise::detail::buffer out;
    auto const clear = [&] { out.clear(); };
    // The whole request is one operation; counted as many times as it has spans, it gives the time of one.
    bench::run(
        "encode/otlp-json", spans,
        [&](std::size_t i) {
          if (i == 0) bench::keep(spanwise::encode_otlp_json(batch, out));
        },
        clear);
    bench::run(
        "encode/otlp-protobuf", spans,
        [&](std::size_t i) {
          if (i == 0) bench::keep(spanwise::encode_otlp_protobuf(batch, out));
        },
        clear);
    bench::run(
        "read/span-view", spans, [&](std::size_t i) { bench::keep(spanwise::span_view{batch.records[i]}.name()); },
        clear);
    bench::run(
        "read/has-overwrites", spans,
        [&](std::size_t i) { bench::keep(spanwise::has_overwrites(batch.records[i].bytes())); }, clear);
  }

  bool done = false;
};

} // namespace

int main(int count, char** arguments) {
  if (count > 1) bench::filter = arguments[1];
  using namespace std::chrono_literals;
  auto tracing = spanwise::start(
      "bench",
      spanwise::batch{spanwise::batch_options{.schedule_delay = 1h, .max_export_batch_size = 4 * spans}, encoding{}});
  std::string const channel = "web-shop";
  std::string const customer = "customer 4711 of Springfield..";
  spanwise::span parent{"parent"};
  for (int at = 0; at < static_cast<int>(spans); ++at) {
    spanwise::span work{"charge a card.",
                        {"retry.count", at},
                        {"load.factor", 0.75 + at / 100.0},
                        {"order.channel", channel},
                        {"order.customer", customer}};
    work.event("cache miss", {"attempt", at});
  }
  tracing.flush();
}
