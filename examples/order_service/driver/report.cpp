#include "report.hpp"

#include <spanwise/receiver.hpp>

#include "terminal.hpp"

#include <httplib.h>

namespace shop {

namespace {

spanwise::waterfall_style style() {
  terminal const here;
  return {.width = here.width, .unicode = here.unicode, .colors = here.colors};
}

} // namespace

std::string waterfall_of(receiver_client const& receiver, std::string const& trace_id) {
  // What the receiver tells of a trace is a request as well: a receiver of our own takes it and draws it.
  spanwise::receiver drawer;
  httplib::Client{drawer.endpoint()}.Post("/v1/traces", receiver.get("/api/traces/" + trace_id).dump(),
                                          "application/json");
  auto const id = spanwise::trace_id::from_hex(trace_id);
  auto const trace = id ? drawer.store().trace(*id) : std::nullopt;
  return trace ? spanwise::draw_trace(*trace, {.style = style()}) : "trace " + trace_id + " is not there\n";
}

std::string operations_table(receiver_client const& receiver) {
  auto const answer = receiver.get("/api/operations");
  std::vector<spanwise::operation_summary> rows;
  for (auto const& each : answer.at("operations"))
    rows.push_back({each.at("service"), each.at("name"), each.at("count"), each.at("errors"), each.at("p50Nano"),
                    each.at("p99Nano"), each.at("maxNano")});
  return spanwise::draw_operations(rows, style());
}

} // namespace shop
