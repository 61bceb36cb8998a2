// Attribute limits, the precedence of statuses, and attribute values in OTLP/JSON: each through a span.
#include "finished_span.hpp"
#include "typed_value.hpp"

#include <algorithm>
#include <optional>

namespace conformance {

json attribute_limits(json const& input) {
  span_wish wish;
  auto const limit = [&](char const* name, std::optional<std::uint32_t>& where) {
    if (input.contains(name) && !input.at(name).is_null())
      where = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(read_number<std::uint64_t>(input.at(name)), spanwise::span_limits::unlimited));
  };
  limit("count", wish.limits.attribute_count);
  limit("length", wish.limits.attribute_value_length);
  limit("depth", wish.limits.attribute_value_depth);
  wish.use = [&](open_span& span) {
    for (json const& each : input.at("set"))
      span.set(spanwise::any_key{each.at(0).get_ref<std::string const&>()}, read_typed(each.at(1)));
  };
  spanwise::memory_span const made = finished_span(std::move(wish));
  json attributes = json::object();
  for (auto const& [key, value] : made.attributes()) attributes[std::string{key}] = show_typed(value);
  return {{"attributes", attributes}, {"dropped", made.dropped_attributes()}};
}

json statuses(json const& calls) {
  using enum spanwise::status_code;
  spanwise::memory_span const made = finished_span({.use = [&](open_span& span) {
    for (json const& each : calls)
      span.status(one_of<spanwise::status_code>(each.at(0), {{"Unset", unset}, {"Ok", ok}, {"Error", error}}),
                  each.size() > 1 ? each.at(1).get<std::string>() : std::string{});
  }});
  char const* const names[] = {"Unset", "Ok", "Error"};
  return {{"code", names[static_cast<int>(made.status())]}, {"description", std::string{made.status_message()}}};
}

json otlp_value(json const& given) {
  typed_value const value = read_typed(given);
  json const span = encoded_span({.use = [&](open_span& open) { open.set("value", value); }});
  return {{"json", span.at("attributes").at(0).at("value")}};
}

} // namespace conformance
