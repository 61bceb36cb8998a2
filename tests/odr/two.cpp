// A second translation unit that makes spans and continues a trace from a map.
#include <spanwise/spanwise.hpp>

#include <map>
#include <string>

#include "layouts.hpp"

layouts layouts_of_two() { return here(); }

void two(std::map<std::string, std::string> const& headers) {
  auto const arrived = spanwise::extract(headers);
  spanwise::span span{"two", {.kind = spanwise::span_kind::server, .parent = arrived}, {"count", 2}, {"text", "y"}};
  spanwise::current_span().set("seen", true);
  span.ok();
}
