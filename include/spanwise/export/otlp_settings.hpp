// Everything that an OTLP/HTTP exporter may be told, by code or by OTEL_EXPORTER_OTLP_* variables, brought together:
// what code sets wins, then the variable for traces, then the general one, then the default.
#pragma once

#include <spanwise/detail/counted.hpp>
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
  key_values headers{}; ///< all of the request's but Host and Content-Length
  duration timeout{};
  std::string certificate{};
  std::string client_certificate{};
  std::string client_key{};
};

/// The name of the variable that decides: that for traces if it is set to anything, else the general one.
SPANWISE_SMALL std::string otlp_variable_name(std::string_view option, environment const& env) {
  std::string own = joined({"OTEL_EXPORTER_OTLP_TRACES_", option});
  return env.text(own) ? own : joined({"OTEL_EXPORTER_OTLP_", option});
}

/// The words that the variables may have; nothing if they have none of `known`.
SPANWISE_SMALL std::optional<std::string_view> otlp_choice(std::string_view option, environment const& env,
                                                           std::initializer_list<std::string_view> known) {
  return env.choice(otlp_variable_name(option, env), known);
}
SPANWISE_SMALL std::optional<std::string_view> otlp_protocol(environment const& env) {
  return otlp_choice("PROTOCOL", env, {"grpc", "http/protobuf", "http/json"});
}
SPANWISE_SMALL std::optional<std::string_view> otlp_compression(environment const& env) {
  return otlp_choice("COMPRESSION", env, {"none", "gzip"});
}

/// The header fields that the variables ask for; those for traces replace the general ones.
SPANWISE_SMALL std::optional<key_values> otlp_headers(environment const& env) {
  return env.key_value_list(otlp_variable_name("HEADERS", env), bad_pair::is_skipped);
}

/// Reads OTEL_EXPORTER_OTLP_TRACES_<option>, or OTEL_EXPORTER_OTLP_<option> if that says nothing that makes sense;
/// `read` takes a name.
template <class Read> SPANWISE_SMALL auto otlp_variable(std::string_view option, Read const& read) {
  auto found = read(joined({"OTEL_EXPORTER_OTLP_TRACES_", option}));
  return found ? found : read(joined({"OTEL_EXPORTER_OTLP_", option}));
}

/// The bound of one export; 0 is none.
SPANWISE_SMALL duration otlp_timeout(std::optional<duration> given, environment const& env) {
  if (!given) given = otlp_variable("TIMEOUT", [&](std::string_view name) { return env.milliseconds(name); });
  return std::min(given.value_or(seconds(10)), longest_wait);
}

/// A name or value that cannot end its header line and start another.
SPANWISE_SMALL bool fits_header(std::string_view name, std::string_view value) noexcept {
  char_set constexpr visible{"\t\t ~\x80\xff"};
  return header_name.has_all(name) && !name.empty() && visible.has_all(value);
}

/// True for fields that only the exporter and its client may set.
SPANWISE_SMALL bool own_header(std::string_view name) noexcept {
  for (std::string_view const own :
       {"content-type", "content-encoding", "content-length", "host", "transfer-encoding", "connection", "expect"})
    if (same_letters(name, own)) return true;
  return false;
}

/// Sets a field, in place of one of that name.
SPANWISE_COLD void set_header(key_values& headers, std::string name, std::string value) {
  for (auto& [present, old] : headers)
    if (same_letters(present, name)) {
      present.swap(name);
      old.swap(value);
      return;
    }
  headers.emplace_back(std::move(name), std::move(value));
}

/// Adds the fields of `given` to those of the exporter itself, of which only User-Agent may be replaced.
SPANWISE_SMALL void add_headers(key_values& headers, key_values const& given) {
  for (auto const& [name, value] : given) {
    if (!fits_header(name, value))
      tell(severity::warning, "otlp header",
           {"the header \"", shown(name), "\" holds characters that headers must not have; it is left out"});
    else if (own_header(name))
      tell(severity::warning, "otlp header", {"the header ", name, " is the exporter's own; it is left out"});
    else set_header(headers, name, value);
  }
}

/// Tells of variables that ask for something else than what was compiled in.
template <otlp_encoding Encoding> SPANWISE_SMALL void check_otlp_variables(environment const& env) {
  std::string_view constexpr built = basic_otlp_http<Encoding>::protocol;
  std::string_view const protocol = otlp_protocol(env).value_or(built);
  if (protocol != built)
    tell(severity::warning, "otlp protocol",
         {"OTEL_EXPORTER_OTLP_PROTOCOL asks for ", protocol, ", but the program was built to send ", built,
          ", which it does; ",
          protocol == "grpc" ? std::string_view{"collectors take that at their port for HTTP, 4318 by default"}
                             : "any_of{otlp_http{}, otlp_http_protobuf{}} lets the variable choose"});
  if (otlp_compression(env) == "gzip")
    report(severity::warning, "otlp compression",
           "OTEL_EXPORTER_OTLP_COMPRESSION asks for gzip, which this exporter does not do; it sends plain bodies");
}

template <otlp_encoding Encoding>
SPANWISE_SMALL otlp_settings settle(basic_otlp_http<Encoding>&& given, environment const& env) {
  check_otlp_variables<Encoding>(env);
  auto const text = [&](std::string& setting, std::string& from_code, std::string_view option) {
    if (from_code.empty())
      if (auto found = otlp_variable(option, [&](std::string_view name) { return env.text(name); }))
        from_code.swap(*found);
    setting.swap(from_code);
  };
  otlp_settings settings{.where = choose_endpoint(given.endpoint, given.traces_endpoint, env), .encoding = Encoding};
  set_header(settings.headers, "Content-Type",
             Encoding == otlp_encoding::json ? "application/json" : "application/x-protobuf");
  set_header(settings.headers, "User-Agent", "spanwise-otlp-cpp/" SPANWISE_VERSION);
  if (given.headers.empty())
    if (auto found = otlp_headers(env)) given.headers.swap(*found);
  add_headers(settings.headers, given.headers);
  settings.timeout = otlp_timeout(given.timeout, env);
  text(settings.certificate, given.certificate, "CERTIFICATE");
  text(settings.client_certificate, given.client_certificate, "CLIENT_CERTIFICATE");
  text(settings.client_key, given.client_key, "CLIENT_KEY");
  if (settings.client_certificate.empty() != settings.client_key.empty()) {
    report(severity::error, "otlp client key",
           "a client key and a client certificate need each other, but only one is given; no spans will be sent");
    settings.where.reset();
  }
  return settings;
}

/// The same, to be shared.
template <otlp_encoding Encoding>
counted<otlp_settings const> settled(basic_otlp_http<Encoding>&& given, environment const& env) {
  return counted<otlp_settings const>::made_by([&] { return settle(std::move(given), env); });
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
