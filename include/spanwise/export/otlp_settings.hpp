// Everything that an OTLP/HTTP exporter may be told, by code or by OTEL_EXPORTER_OTLP_* variables, brought together:
// what code sets wins, then the variable for traces, then the general one, then the default.
#pragma once

#include <spanwise/export/endpoint.hpp>
#include <spanwise/export/otlp_response.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// Sends spans to a collector over OTLP/HTTP; `otlp_http` and `otlp_http_protobuf` are the names to use.
///
///     auto tracing = spanwise::start("shop", spanwise::batch{spanwise::otlp_http{.endpoint =
///     "http://collector:4318"}});
///
/// An option left empty is taken from its variable (in brackets), which exists for traces alone too
/// (OTEL_EXPORTER_OTLP_TRACES_...). Include <httplib.h> where you call `start`.
template <otlp_encoding Encoding> struct basic_otlp_http {
  static constexpr std::string_view exporter_name = "otlp";
  static constexpr std::string_view protocol = Encoding == otlp_encoding::json ? "http/json" : "http/protobuf";

  /// Base URL; /v1/traces is appended unless it ends so [ENDPOINT; http://localhost:4318].
  std::string endpoint{};
  /// Full URL, used as it is; wins over `endpoint` [TRACES_ENDPOINT].
  std::string traces_endpoint{};
  /// More header fields, such as credentials; they replace those of the environment [HEADERS].
  key_values headers{};
  /// Bound of one export; 0 is none but the caller's [TIMEOUT, in milliseconds; 10 s].
  std::optional<duration> timeout{};
  /// PEM file with the certificates to trust for https, instead of the system's [CERTIFICATE].
  std::string certificate{};
  /// PEM files that prove who this client is; both or none [CLIENT_CERTIFICATE, CLIENT_KEY].
  std::string client_certificate{};
  std::string client_key{};
};

/// OTLP/HTTP with JSON bodies: every receiver takes it, and people can read it.
using otlp_http = basic_otlp_http<otlp_encoding::json>;
/// OTLP/HTTP with protobuf bodies: the cheapest, about half the bytes.
using otlp_http_protobuf = basic_otlp_http<otlp_encoding::protobuf>;

namespace detail {

/// What a sender goes by.
struct otlp_settings {
  std::optional<spanwise::endpoint> where; ///< nothing: code named a bad one, and nothing is to be sent
  otlp_encoding encoding{};
  key_values headers; ///< all of the request's but Host and Content-Length
  duration timeout{};
  std::string certificate;
  std::string client_certificate;
  std::string client_key;
};

/// Reads OTEL_EXPORTER_OTLP_TRACES_<option>, or OTEL_EXPORTER_OTLP_<option> if that says nothing; `read` takes a name.
template <class Read> auto otlp_variable(std::string_view option, Read&& read) {
  auto found = read(joined({"OTEL_EXPORTER_OTLP_TRACES_", option}));
  return found ? found : read(joined({"OTEL_EXPORTER_OTLP_", option}));
}

/// A name or value that cannot end its header line and start another.
inline bool fits_header(std::string_view name, std::string_view value) noexcept {
  char_set constexpr visible{"\t\t ~\x80\xff"};
  return header_name.has_all(name) && !name.empty() && visible.has_all(value);
}

/// Adds the fields of `given` to those of the exporter itself, of which only User-Agent may be replaced.
SPANWISE_COLD void add_headers(key_values& headers, key_values const& given) {
  for (auto const& field : given) {
    auto const& [name, value] = field;
    if (!fits_header(name, value)) {
      report(severity::warning, "otlp header",
             joined({"the header \"", shown(name), "\" holds characters that headers must not have; it is left out"}));
      continue;
    }
    bool own = false;
    for (std::string_view const fixed :
         {"content-type", "content-encoding", "content-length", "host", "transfer-encoding", "connection", "expect"})
      own = own || same_letters(name, fixed);
    if (own) {
      report(severity::warning, "otlp header", joined({"the header ", name, " is the exporter's own; it is left out"}));
      continue;
    }
    std::erase_if(headers, [&](auto const& present) { return same_letters(present.first, field.first); });
    headers.push_back(field);
  }
}

/// Tells of variables that ask for something else than what was compiled in.
template <otlp_encoding Encoding> SPANWISE_COLD void check_otlp_variables(environment const& env) {
  std::string_view constexpr built = basic_otlp_http<Encoding>::protocol;
  auto const protocol = otlp_variable("PROTOCOL", [&](std::string_view name) {
    return env.choice(name, {"grpc", "http/protobuf", "http/json"});
  });
  if (protocol && *protocol != built)
    report(severity::warning, "otlp protocol",
           joined({"OTEL_EXPORTER_OTLP_PROTOCOL asks for ", *protocol, ", but the program was built to send ", built,
                   ", which it does; ",
                   protocol == "grpc" ? std::string_view{"collectors take that at their port for HTTP, 4318 by default"}
                                      : "any_of{otlp_http{}, otlp_http_protobuf{}} lets the variable choose"}));
  auto const compression = otlp_variable("COMPRESSION", [&](std::string_view name) {
    return env.choice(name, {"none", "gzip"});
  });
  if (compression == "gzip")
    report(severity::warning, "otlp compression",
           "OTEL_EXPORTER_OTLP_COMPRESSION asks for gzip, which this exporter does not do; it sends plain bodies");
}

template <otlp_encoding Encoding>
SPANWISE_COLD otlp_settings settle(basic_otlp_http<Encoding>&& given, environment const& env) {
  check_otlp_variables<Encoding>(env);
  auto const text = [&](std::string& from_code, std::string_view option) {
    if (!from_code.empty()) return std::move(from_code);
    return otlp_variable(option, [&](std::string_view name) { return env.text(name); }).value_or(std::string{});
  };
  otlp_settings settings;
  settings.encoding = Encoding;
  settings.where = choose_endpoint(given.endpoint, given.traces_endpoint, env);
  settings.headers = {{"Content-Type", Encoding == otlp_encoding::json ? "application/json" : "application/x-protobuf"},
                      {"User-Agent", "spanwise-otlp-cpp/" SPANWISE_VERSION}};
  if (given.headers.empty())
    given.headers = otlp_variable("HEADERS", [&](std::string_view name) {
                      return env.key_value_list(name, bad_pair::is_skipped);
                    }).value_or(key_values{});
  add_headers(settings.headers, given.headers);
  if (!given.timeout)
    given.timeout = otlp_variable("TIMEOUT", [&](std::string_view name) { return env.milliseconds(name); });
  settings.timeout = std::min(given.timeout.value_or(seconds(10)), longest_wait);
  settings.certificate = text(given.certificate, "CERTIFICATE");
  settings.client_certificate = text(given.client_certificate, "CLIENT_CERTIFICATE");
  settings.client_key = text(given.client_key, "CLIENT_KEY");
  if (settings.client_certificate.empty() != settings.client_key.empty()) {
    report(severity::error, "otlp client key",
           "a client key and a client certificate need each other, but only one is given; no spans will be sent");
    settings.where.reset();
  }
  return settings;
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
