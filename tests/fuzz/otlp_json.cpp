// OTLP/JSON as the receiver reads it: any text is refused with a sentence or becomes a well-formed request, which shown
// as JSON again and read again is the same.
#include <spanwise/viewer/otlp_json_reader.hpp>
#include <spanwise/viewer/otlp_json_writer.hpp>
#include <spanwise/viewer/otlp_request.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  namespace detail = spanwise::detail;
  using fuzz::require;
  fuzz::exact const input{{reinterpret_cast<char const*>(data), size}};
  std::string protobuf;
  std::string const wrong = detail::read_otlp_json(input.text(), detail::otlp::request(), protobuf);
  if (!wrong.empty()) {
    require(wrong.size() < 2000, "what is wrong is said in bounded length", wrong);
    return 0;
  }
  std::string const flaw = detail::check_otlp(detail::as_bytes(protobuf), detail::otlp::request());
  require(flaw.empty(), "what was read is a well-formed request", flaw);
  spanwise::span_request const request = spanwise::read_otlp_request(detail::as_bytes(protobuf));
  std::uint64_t held = 0;
  for (spanwise::span_group const& group : request.groups) held += group.messages.size();
  require(held == request.spans, "spans are counted as they are");
  require(request.rejected == 0 || !request.why.empty(), "spans are not rejected without a reason");

  nlohmann::ordered_json const shown = detail::to_otlp_json(detail::as_bytes(protobuf), detail::otlp::request());
  std::string again;
  std::string const refused = detail::read_otlp_json(shown.dump(), detail::otlp::request(), again);
  require(refused.empty(), "what is shown can be read", refused);
  require(detail::to_otlp_json(detail::as_bytes(again), detail::otlp::request()) == shown, "it is the same again", shown.dump());
  return 0;
}
