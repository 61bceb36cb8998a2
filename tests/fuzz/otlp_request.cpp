// OTLP/protobuf as the receiver takes it: any bytes are refused with a sentence, or can be stored, shown as JSON, summed
// up and drawn. What is drawn is text for a terminal that no name or value can take over.
#include <spanwise/viewer/otlp_json_reader.hpp>
#include <spanwise/viewer/otlp_json_writer.hpp>
#include <spanwise/viewer/trace_drawing.hpp>
#include <spanwise/viewer/trace_store.hpp>

#include "fuzz.hpp"

namespace {

using fuzz::require;
namespace detail = spanwise::detail;

void check_drawing(std::string_view text) {
  require(detail::valid_utf8(text), "what is drawn is UTF-8", text);
  for (char const letter : text)
    require((static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f) || letter == '\n', "what is drawn holds no control characters", text);
}

void check_store(std::vector<spanwise::span_group>&& groups, std::uint64_t spans) {
  spanwise::trace_store store{{.max_spans = 50, .max_bytes = 100'000}};
  std::vector<spanwise::span_group> again = groups;
  store.add(std::move(groups));
  spanwise::store_counts counts = store.counts();
  require(counts.spans + counts.duplicates == spans, "each span is stored or a duplicate");
  require(counts.held_spans + counts.evicted == counts.spans, "what is stored is held or was evicted");
  require(counts.held_spans <= 50, "no more is held than the bound");
  store.add(std::move(again));
  counts = store.counts();
  require(counts.held_spans <= 50 && counts.held_bytes <= 100'000 + 4096, "nor is it when more comes");
  std::vector<spanwise::trace_summary> summaries;
  for (spanwise::received_trace const& trace : store.traces()) {
    check_drawing(spanwise::draw_trace(trace, {.style = {.unicode = spans % 2 == 0}, .all_attributes = true}));
    check_drawing(spanwise::draw_trace(trace));
    summaries.push_back(spanwise::summarize(trace));
    require(summaries.back().spans == trace.spans.size(), "a summary counts the spans");
  }
  check_drawing(spanwise::draw_trace_list(summaries));
  check_drawing(spanwise::draw_operations(spanwise::operations_of(store.traces())));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::exact const input{{reinterpret_cast<char const*>(data), size}};
  std::string const wrong = detail::check_otlp(input.bytes(), detail::otlp::request());
  require(wrong.size() < 4000, "what is wrong is said in bounded length", wrong);
  if (!wrong.empty()) return 0;
  spanwise::span_request request = spanwise::read_otlp_request(input.bytes());
  std::uint64_t held = 0;
  for (spanwise::span_group const& group : request.groups) held += group.messages.size();
  require(held == request.spans, "spans are counted as they are");
  require((request.rejected == 0) == request.why.empty(), "spans are rejected with a reason");

  nlohmann::ordered_json const shown = detail::to_otlp_json(input.bytes(), detail::otlp::request());
  std::string protobuf;
  std::string const refused = detail::read_otlp_json(shown.dump(), detail::otlp::request(), protobuf);
  require(refused.empty() || refused.find("enumeration") != refused.npos, "what is shown can be read", refused);
  if (refused.empty())
    require(detail::to_otlp_json(detail::as_bytes(protobuf), detail::otlp::request()) == shown, "it is the same again", shown.dump());
  check_store(std::move(request.groups), request.spans);
  return 0;
}
