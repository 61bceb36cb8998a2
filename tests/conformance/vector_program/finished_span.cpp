#include "finished_span.hpp"

#include <memory>
#include <optional>

namespace conformance {
namespace {

/// Keeps each span, and its JSON.
struct double_exporter {
  struct result {
    std::string overrides;
    spanwise::memory_sink kept;
    std::string json_text;
  };
  std::shared_ptr<result> out;

  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    out->kept.add(batch);
    spanwise::record one = batch.records.front();
    // Of a field that occurs twice the last one counts.
    std::string message(spanwise::record::frame_size, '\0');
    message.append(reinterpret_cast<char const*>(one.message), one.size).append(out->overrides);
    one.message = reinterpret_cast<std::byte const*>(message.data()) + spanwise::record::frame_size;
    one.size += static_cast<std::uint32_t>(out->overrides.size());
    out->json_text = spanwise::encode_otlp_json({batch.resource, batch.scopes, {&one, 1}});
    return {.exported = batch.records.size()};
  }
};

/// Keeps each span with the trace state that is wanted.
struct with_state {
  spanwise::trace_state state;
  [[nodiscard]] spanwise::sampling_result should_sample(spanwise::sampling_parameters const& asked) const {
    if (asked.parent.span().valid()) return {spanwise::sampling_decision::record_and_sample};
    return {spanwise::sampling_decision::record_and_sample, {}, state};
  }
  [[nodiscard]] spanwise::sampler_description description() const { return "WithState"; }
};

/// Ids that are wanted; one that is not valid is replaced by the library.
struct wanted_ids {
  spanwise::trace_id trace;
  spanwise::span_id span;
  [[nodiscard]] spanwise::trace_id generate_trace_id() const { return trace; }
  [[nodiscard]] spanwise::span_id generate_span_id() const { return span; }
};

double_exporter::result make(span_wish wish) {
  double_exporter target{std::make_shared<double_exporter::result>()};
  target.out->overrides = std::move(wish.overrides);
  spanwise::options chosen;
  chosen.limits = wish.limits;
  if (wish.trace_id.valid() && wish.span_id.valid()) chosen.ids = wanted_ids{wish.trace_id, wish.span_id};
  chosen.sampler = with_state{wish.state};
  spanwise::provider tracing{"conformance", spanwise::simple{target}, std::move(chosen)};
  {
    open_span span = tracing.tracer("conformance").detached(wish.name, wish.start);
    if (wish.use) wish.use(span);
  }
  static_cast<void>(tracing.shutdown());
  if (target.out->kept.size() != 1) throw unsupported{"the span was not exported"};
  return *target.out;
}

} // namespace

spanwise::memory_span finished_span(span_wish wish) {
  return make(std::move(wish)).kept.spans().front();
}

json encoded_span(span_wish wish) {
  json const request = json::parse(make(std::move(wish)).json_text);
  return request.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans").at(0);
}

} // namespace conformance
