// Turning finished spans into a request: 512 of them, each with 4 attributes and 1 event, straight into the buffer that
// is sent. The spans come from the library itself.
#include "cases.hpp"
#include "work.hpp"

namespace {

constexpr std::size_t spans = 512;
constexpr std::size_t requests_a_round = 8;

using encode_call = bool (*)(spanwise::span_batch const&, spanwise::detail::buffer&) noexcept;

void encode_case(std::string_view name, spanwise::span_batch const& batch, encode_call encode) {
  if (!bench::wanted(name)) return;
  spanwise::detail::buffer out;
  auto const round = [&] {
    for (std::size_t i = 0; i < requests_a_round; ++i) {
      out.clear();
      bench::keep(encode(batch, out));
    }
  };
  bench::result figures = bench::measure(name, spans * requests_a_round, round, [] {});
  figures.more.emplace_back("allocated_bytes", figures.bytes);
  figures.bytes = static_cast<double>(out.size()) / spans;
  bench::print(figures);
}

/// Reading spans back, as stages and other exporters do.
void read_cases(std::span<spanwise::record const> records) {
  bench::run("read/span-view", records.size(), [&] {
    for (spanwise::record const& each : records) bench::keep(spanwise::span_view{each}.name());
  });
  bench::run("read/has-overwrites", records.size(), [&] {
    for (spanwise::record const& each : records) bench::keep(spanwise::has_overwrites(each.bytes()));
  });
}

/// Measures on the first batch that is large enough, while its bytes are there.
struct encoding {
  bool done = false;

  spanwise::export_result export_spans(spanwise::span_batch const& whole, spanwise::deadline) noexcept {
    if (whole.records.size() >= spans && !std::exchange(done, true)) {
      spanwise::span_batch const batch{whole.resource, whole.scopes, whole.records.first(spans)};
      encode_case("encode/otlp-json-512", batch, &spanwise::encode_otlp_json);
      encode_case("encode/otlp-protobuf-512", batch, &spanwise::encode_otlp_protobuf);
      read_cases(batch.records);
    }
    return {.exported = whole.records.size()};
  }
};

} // namespace

void bench::encode_cases() {
  bool any = false;
  for (auto const name : {"encode/otlp-json-512", "encode/otlp-protobuf-512", "read/span-view", "read/has-overwrites"})
    any |= wanted(name);
  if (!any) return;
  auto tracing =
      start(spanwise::clock_source::automatic, {.schedule_delay = 1h, .max_export_batch_size = 2 * spans}, encoding{});
  spanwise::span const parent{"parent"};
  for (std::size_t i = 0; i < spans; ++i) span_4(some_order(), bench::event);
  tracing.flush(1min);
}
