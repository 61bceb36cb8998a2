// The bodies with which an OTLP/HTTP receiver answers, in the encoding of the request:
// ExportTraceServiceResponse for what was taken, google.rpc.Status for what was not.
#pragma once

#include <spanwise/export/otlp_response.hpp>
#include <spanwise/viewer/otlp_text.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

[[nodiscard]] inline char const* media_type(otlp_encoding encoding) noexcept {
  return encoding == otlp_encoding::json ? "application/json" : "application/x-protobuf";
}

[[nodiscard]] inline std::string dumped(nlohmann::ordered_json const& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// The answer to a request that was taken; with nothing rejected and nothing to say, that is an empty message.
[[nodiscard]] inline std::string success_body(otlp_encoding encoding, std::uint64_t rejected,
                                              std::string_view message) {
  bool const partial = rejected != 0 || !message.empty();
  if (encoding == otlp_encoding::json) {
    if (!partial) return "{}";
    return dumped({{"partialSuccess", {{"rejectedSpans", std::to_string(rejected)}, {"errorMessage", message}}}});
  }
  if (!partial) return {};
  std::string success;
  if (rejected != 0) {
    append_tag(success, 1, wire_type::varint);
    append_varint(success, rejected);
  }
  if (!message.empty()) append_field(success, 2, message);
  std::string body;
  append_field(body, 1, success);
  return body;
}

/// The answer to a request that was not taken.
[[nodiscard]] inline std::string status_body(otlp_encoding encoding, int http_status, std::string_view message) {
  int const code = [&] { // google.rpc.Code
    switch (http_status) {
    case 400:
      return 3;
    case 403:
      return 7;
    case 404:
      return 5;
    case 405:
    case 415:
      return 12;
    case 413:
    case 429:
      return 8;
    case 502:
    case 503:
      return 14;
    case 504:
      return 4;
    default:
      return 2;
    }
  }();
  if (encoding == otlp_encoding::json) return dumped({{"code", code}, {"message", message}});
  std::string body;
  append_tag(body, 1, wire_type::varint);
  append_varint(body, static_cast<std::uint64_t>(code));
  append_field(body, 2, message);
  return body;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
