// Samplers and the numbers of consistent sampling: each asked as a pipeline asks it.
#include <spanwise/spanwise.hpp>

#include "answers.hpp"

#include <cstdint>
#include <optional>

namespace conformance {
namespace {

using spanwise::sampling_decision;

char const* name_of(sampling_decision decision) {
  char const* const names[] = {"DROP", "RECORD_ONLY", "RECORD_AND_SAMPLE"};
  return names[static_cast<int>(decision)];
}

/// 14 digits, as a threshold is written in full.
json full_digits(std::optional<spanwise::sampling_threshold> const& threshold) {
  if (!threshold) return nullptr;
  return std::string{spanwise::trace_randomness{threshold->value()}.hex().view()};
}

std::uint64_t read_digits(json const& given) {
  auto const read = spanwise::trace_randomness::parse(given.get<std::string>());
  if (!read) throw unsupported{"not 14 hexadecimal digits: " + given.get<std::string>()};
  return read->value();
}

struct question {
  spanwise::trace_id trace;
  spanwise::context parent;
};

/// The question that a child of a caller's span asks.
question read_question(json const& input, bool sampled) {
  auto const trace = spanwise::trace_id::from_hex(input.at("trace_id").get<std::string>());
  if (!trace) throw unsupported{"no trace id"};
  auto state = spanwise::trace_state::parse(input.value("tracestate", ""));
  if (!state) throw unsupported{"no trace state"};
  std::uint8_t const one[8] = {0, 0, 0, 0, 0, 0, 0, 1};
  std::uint8_t const flags = spanwise::trace_flags::random_bit | (sampled ? spanwise::trace_flags::sampled_bit : 0);
  return {*trace, spanwise::context{spanwise::span_context{*trace, spanwise::span_id::from_bytes(one),
                                                           spanwise::trace_flags{flags}, std::move(*state), true}}};
}

template <class Sampler> spanwise::sampling_result ask(Sampler const& sampler, question const& asked) {
  return sampler.should_sample({asked.parent, asked.trace, "span", spanwise::span_kind::internal, {}, {}});
}

/// The decision, and the trace state that a span would have after it.
json with_state(spanwise::sampling_result const& result, question const& asked) {
  spanwise::trace_state const state = result.state.value_or(asked.parent.span().state());
  json ot = json::object();
  json others = json::array();
  for (auto const& [key, value] : state) {
    if (key != spanwise::ot_state::key) others.push_back({std::string{key}, std::string{value}});
    else
      spanwise::ot_state{value}.each([&](std::string_view name, std::string_view held, std::string_view) {
        ot[std::string{name}] = std::string{held};
      });
  }
  return {{"decision", name_of(result.decision)}, {"ot", ot}, {"other", others}};
}

/// Says by which delegate it was asked.
struct delegate {
  char const* name;
  char const** asked;
  [[nodiscard]] spanwise::sampling_result should_sample(spanwise::sampling_parameters const&) const {
    *asked = name;
    return {sampling_decision::record_and_sample};
  }
  [[nodiscard]] spanwise::sampler_description description() const { return name; }
};

json parent_based(json const& input) {
  char const* asked = nullptr;
  spanwise::parent_based const sampler{delegate{"root", &asked}, delegate{"remote_parent_sampled", &asked},
                                       delegate{"remote_parent_not_sampled", &asked},
                                       delegate{"local_parent_sampled", &asked},
                                       delegate{"local_parent_not_sampled", &asked}};
  std::uint8_t const bytes[16] = {1};
  auto const trace = spanwise::trace_id::from_bytes(bytes);
  spanwise::context parent;
  if (input.at("has_parent").get<bool>())
    parent = spanwise::context{spanwise::span_context{
        trace,
        spanwise::span_id::from_bytes(std::span<std::uint8_t const, 8>{bytes, 8}),
        spanwise::trace_flags{input.at("sampled").get<bool>() ? spanwise::trace_flags::sampled_bit : std::uint8_t{0}},
        {},
        input.at("remote").get<bool>()}};
  static_cast<void>(ask(sampler, {trace, parent}));
  return {{"delegate", asked}};
}

/// Decides as it is told to.
struct decided {
  sampling_decision decision;
  [[nodiscard]] spanwise::sampling_result should_sample(spanwise::sampling_parameters const&) const {
    return {decision};
  }
  [[nodiscard]] spanwise::sampler_description description() const { return "Decided"; }
};

json always_record(json const& input) {
  auto const decision =
      one_of<sampling_decision>(input.at("wrapped"), {{"DROP", sampling_decision::drop},
                                                      {"RECORD_ONLY", sampling_decision::record_only},
                                                      {"RECORD_AND_SAMPLE", sampling_decision::record_and_sample}});
  question const root{spanwise::trace_id{}, spanwise::context{}};
  return {{"decision", name_of(ask(spanwise::always_record{decided{decision}}, root).decision)}};
}

spanwise::any_sampler described(json const& input) {
  auto const name = input.at("sampler").get<std::string>();
  double const ratio = input.value("ratio", 1.0);
  if (name == "always_on") return spanwise::always_on{};
  if (name == "always_off") return spanwise::always_off{};
  if (name == "traceidratio") return spanwise::trace_id_ratio{ratio};
  if (name == "probability") return spanwise::probability{ratio};
  if (name == "parentbased_always_on") return spanwise::parent_based{spanwise::always_on{}};
  if (name == "parentbased_always_off") return spanwise::parent_based{spanwise::always_off{}};
  if (name == "parentbased_traceidratio") return spanwise::parent_based{spanwise::trace_id_ratio{ratio}};
  throw unsupported{"unknown sampler: " + name};
}

json threshold_from_ratio(json const& input) {
  auto const threshold =
      spanwise::sampling_threshold::of_ratio(input.at("ratio").get<double>(), input.value("precision", 4));
  return {{"th", threshold ? json(std::string{threshold->text().view()}) : json(nullptr)}};
}

json probability_of_threshold(json const& input) {
  auto const threshold = spanwise::sampling_threshold::parse(input.at("th").get<std::string>());
  if (!threshold) throw unsupported{"no threshold"};
  return {{"probability", threshold->probability()}, {"adjusted_count", threshold->adjusted_count()}};
}

} // namespace

json samplers(json const& input) {
  auto const kind = input.at("kind").get<std::string>();
  if (kind == "th_from_ratio") return threshold_from_ratio(input);
  if (kind == "th_parse")
    return {{"threshold_hex", full_digits(spanwise::sampling_threshold::parse(input.at("text").get<std::string>()))}};
  if (kind == "th_format")
    return {{"th", std::string{spanwise::sampling_threshold{read_digits(input.at("threshold_hex"))}.text().view()}}};
  if (kind == "rv_parse")
    return {{"valid", spanwise::trace_randomness::parse(input.at("text").get<std::string>()).has_value()}};
  if (kind == "ratio_from_th") return probability_of_threshold(input);
  if (kind == "probability") {
    question const asked = read_question(input, false);
    spanwise::probability const sampler{input.at("ratio").get<double>(), input.value("precision", 4)};
    return with_state(ask(sampler, asked), asked);
  }
  if (kind == "parent_threshold") {
    question const asked = read_question(input, input.at("parent_sampled").get<bool>());
    spanwise::composite_sampler const sampler{spanwise::parent_threshold{spanwise::always_off{}}};
    return with_state(ask(sampler, asked), asked);
  }
  if (kind == "traceidratio") {
    spanwise::trace_id_ratio const sampler{input.at("ratio").get<double>()};
    return {{"decision", name_of(ask(sampler, read_question(input, false)).decision)}};
  }
  if (kind == "parent_based") return parent_based(input);
  if (kind == "always_record") return always_record(input);
  if (kind == "description") return {{"text", std::string{described(input).description().view()}}};
  throw unsupported{"unknown kind: " + kind};
}

} // namespace conformance
