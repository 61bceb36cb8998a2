// How one HTTP request went, and the sentence that tells a human what to mend if it went badly.
#pragma once

#include <spanwise/detail/error_text.hpp>
#include <spanwise/export/endpoint.hpp>
#include <spanwise/export/otlp_outcome.hpp>

#include <cerrno>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Why a request got no answer.
enum class http_trouble : std::uint8_t {
  none,             ///< there is an answer
  no_time,          ///< the deadline had passed, or the export was cancelled, before it began
  late,             ///< the deadline came first
  cancelled,        ///< someone cut it short
  no_host,          ///< the name has no address
  no_connection,    ///< refused or unreachable; `error_number` tells
  no_tls,           ///< what listens does not speak TLS
  bad_certificate,  ///< the server's certificate is not trusted
  certificate_file, ///< a PEM file cannot be read
  broken,           ///< the connection closed, or what came is not HTTP
  oversized,        ///< more came than anyone wants to read
  no_client         ///< there is no thread or no client to send with
};

/// How far a request came.
enum class http_stage : std::uint8_t { resolving, connecting, sending };

struct http_reply {
  http_trouble trouble = http_trouble::none;
  http_stage stage = http_stage::resolving;
  int error_number = 0;
  int status = 0;
  std::string content_type{};
  std::string location{};
  std::string retry_after{};
  std::string body{};
};

/// How a body is encoded, by what its sender says of it, or as `otherwise` if that says nothing.
SPANWISE_SMALL otlp_encoding encoding_of(std::string_view content_type, otlp_encoding otherwise) noexcept {
  std::string_view const type = trimmed(content_type.substr(0, content_type.find(';')));
  if (same_letters(type, "application/json")) return otlp_encoding::json;
  if (same_letters(type, "application/x-protobuf")) return otlp_encoding::protobuf;
  return otherwise;
}

/// What came back as an exporter judges it; views the reply. A body of no named encoding counts as `otherwise`.
SPANWISE_SMALL otlp_attempt attempt_of(http_reply const& reply, otlp_encoding otherwise) noexcept {
  switch (reply.trouble) {
  case http_trouble::none:
    return {.status = reply.status,
            .retry_after = reply.retry_after,
            .body = reply.body,
            .encoding = encoding_of(reply.content_type, otherwise)};
  case http_trouble::no_tls:
  case http_trouble::bad_certificate:
  case http_trouble::certificate_file:
  case http_trouble::oversized:
    return {.delivery = otlp_delivery::refused};
  default:
    return {.delivery = otlp_delivery::lost};
  }
}

/// What to say of a request without an answer: what happened, and what would mend it.
SPANWISE_SMALL std::string trouble_sentence(http_reply const& reply, endpoint const& where) {
  std::string const origin = where.origin();
  auto const told = [&](std::string_view before, std::string_view after) { return joined({before, origin, after}); };
  std::string_view constexpr nobody = "no collector answers at ";
  std::string_view constexpr elsewhere = "; start one there or set OTEL_EXPORTER_OTLP_ENDPOINT";
  switch (reply.trouble) {
  case http_trouble::no_host:
    return joined({"the host \"", where.host, "\" cannot be found; check its name in OTEL_EXPORTER_OTLP_ENDPOINT"});
  case http_trouble::no_connection:
    return joined({nobody, origin, " (",
                   reply.error_number == ECONNREFUSED ? "connection refused" : error_text(reply.error_number), ")",
                   elsewhere});
  case http_trouble::late:
  case http_trouble::cancelled: {
    std::string_view const when = reply.trouble == http_trouble::late ? "in time" : "before the export was cut short";
    if (reply.stage == http_stage::resolving) return joined({"the host \"", where.host, "\" was not found ", when});
    if (reply.stage == http_stage::connecting)
      return joined({nobody, origin, " (no connection ", when, ")", elsewhere});
    return joined({"the collector at ", origin, " did not answer ", when});
  }
  case http_trouble::no_time:
    return told("no time was left to send spans to ", "");
  case http_trouble::no_tls:
    return told("what listens at ", " does not speak TLS; is it an http:// endpoint?");
  case http_trouble::bad_certificate:
    return told("the certificate of ", " is not trusted or names another host; OTEL_EXPORTER_OTLP_CERTIFICATE may "
                                       "name a file of authorities to trust");
  case http_trouble::certificate_file:
    return told("a certificate or key file for ",
                " cannot be read; check OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE and _CLIENT_KEY");
  case http_trouble::oversized:
    return told("", " answers with more than 4 MiB; is it an OTLP receiver?");
  case http_trouble::broken:
    return joined(
        {"what listens at ", origin, " closed the connection without an answer that is HTTP",
         where.port == 4317 ? std::string_view{"; 4317 is the port of OTLP/gRPC, OTLP/HTTP usually has 4318"} : ""});
  case http_trouble::no_client:
    return told("there is no thread or memory to send spans to ", " with");
  case http_trouble::none:
    break;
  }
  return {};
}

/// What would mend what a status code tells.
SPANWISE_SMALL std::string_view advice_for(int status, otlp_encoding encoding) noexcept {
  if (judge_status(status) == otlp_verdict::try_later) return "; it is overloaded or on its way up";
  switch (status) {
  case 401:
  case 403:
    return "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS";
  case 404:
  case 405:
    return "; check the path of the endpoint";
  case 413:
    return "; lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE or raise its limit";
  case 415:
    return encoding == otlp_encoding::json ? "; it does not take JSON, use otlp_http_protobuf"
                                           : "; it does not take protobuf, use otlp_http";
  default:
    return {};
  }
}

/// What to say of an answer that is no success.
SPANWISE_SMALL std::string status_sentence(http_reply const& reply, endpoint const& where, otlp_encoding encoding) {
  std::string const message = read_status_message(reply.body, encoding_of(reply.content_type, encoding));
  bool const redirect = reply.status / 100 == 3;
  std::string const target = redirect ? shown_url(reply.location) : std::string{};
  return joined({"the collector at ", where.url(), " answered ", reply.status,
                 message.empty() ? std::string_view{} : " (", message, message.empty() ? std::string_view{} : ")",
                 redirect ? std::string_view{", a redirect"} : "", target.empty() ? std::string_view{} : " to ", target,
                 redirect ? std::string_view{", which is not followed; set the endpoint to where it leads"} : "",
                 advice_for(reply.status, encoding)});
}

} // namespace spanwise::inline SPANWISE_ABI::detail
