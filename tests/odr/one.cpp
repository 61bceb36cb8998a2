// A translation unit that makes spans, by constructor and by tracer, and carries context through a map.
#include <spanwise/spanwise.hpp>

#include <map>
#include <string>

#include "layouts.hpp"

namespace {
inline constexpr spanwise::tracer tracer{"odr.one", "1.0"};
}

layouts layouts_of_one() { return here(); }

std::map<std::string, std::string> one() {
  spanwise::span span{"one", {"count", 1}, {"text", "x"}, {"ratio", 0.5}, {"flag", true}};
  span.event("happened", {"at", 3});
  auto inner = tracer.span("one.inner", {"list", {"p", "q"}});
  inner.error("expected");
  std::map<std::string, std::string> headers;
  spanwise::inject(headers);
  return headers;
}
