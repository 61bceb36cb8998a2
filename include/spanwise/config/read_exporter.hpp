// Reads `tracer_provider.processors` of a configuration file: which exporters, how they are set, and how spans get
// there.
#pragma once

#include <spanwise/config/model.hpp>
#include <spanwise/detail/percent.hpp>
#include <spanwise/export/otlp_settings.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A whole number of milliseconds; 0 is none of that, and as in code more than a century counts as that.
SPANWISE_SMALL std::optional<duration> read_milliseconds(config_properties& from, std::string_view name,
                                                         std::string_view example) {
  std::int64_t constexpr century = longest_wait.ns / 1'000'000;
  if (auto const count = from.integer(name, {.unit = "milliseconds", .example = example}))
    return milliseconds(std::min(century, *count));
  return std::nullopt;
}

/// `headers` and `headers_list`, of which the former wins. Values are never shown: they hold credentials.
SPANWISE_SMALL key_values read_headers(config_properties& from) {
  key_values headers;
  if (auto const list = from.text("headers_list")) {
    comma_list items{*list};
    std::size_t number = 0;
    for (std::string_view item; items.next(item);) {
      if (++number > most_config_entries) {
        from.fault("headers_list", joined({"has more than ", most_config_entries, " entries, which are not read"}));
        break;
      }
      if (!item.empty() && !environment::read_pair(item, bad_pair::is_skipped, headers))
        from.fault("headers_list", joined({"is no list of name=value with percent-encoded values: entry ", number,
                                           " is something else"}));
    }
  }
  for (config_properties& entry : from.maps("headers", if_wrong::is_hidden)) {
    auto const name = entry.text("name");
    auto const value = entry.text("value");
    entry.require("name", "the name of a header field");
    if (!entry.has("value")) entry.fault("lacks value, the text of the header field; null leaves the field out");
    entry.refuse_unknown();
    if (name && !header_name.has_all(*name)) entry.fault("name", "is no name of a header field");
    else if (name && own_header(*name)) entry.fault("name", joined({"is ", *name, ", which the exporter sets itself"}));
    else if (name && value && !fits_header(*name, *value))
      entry.fault("value", "holds line breaks or control characters, which no header field may have");
    else if (name && value) set_header(headers, *name, *value);
  }
  return headers;
}

/// A path of a file that holds a certificate or key, which must be absolute.
SPANWISE_SMALL std::string read_absolute(config_properties& from, std::string_view name) {
  auto const path = from.text(name);
  if (path && !path->starts_with('/')) {
    from.fault(name, "is a relative path; write it from the root on, such as /etc/ssl/ca.pem");
    return {};
  }
  return path.value_or("");
}

SPANWISE_SMALL otlp_config read_otlp(config_properties& from, bool http) {
  otlp_config result;
  std::string_view problem;
  if (auto endpoint = from.text("endpoint")) {
    if (read_endpoint(*endpoint, endpoint_use::exact, problem)) result.endpoint = std::move(*endpoint);
    else from.fault("endpoint", joined({"is \"", shown_url(from.as_written("endpoint")), "\", which ", problem}));
  }
  if (auto tls = from.map("tls", if_null::is_empty_map)) {
    result.ca_file = read_absolute(*tls, "ca_file");
    result.cert_file = read_absolute(*tls, "cert_file");
    result.key_file = read_absolute(*tls, "key_file");
    bool const cert = tls->has("cert_file") && !tls->is_null("cert_file");
    bool const key = tls->has("key_file") && !tls->is_null("key_file");
    if (cert != key)
      tls->fault(joined({"has ", cert ? std::string_view{"cert_file but no key_file"} : "key_file but no cert_file",
                         "; a client proves who it is with both"}));
    if (!http) result.insecure = tls->boolean("insecure");
    tls->refuse_unknown();
  }
  result.headers = read_headers(from);
  result.compression = from.choice("compression", {"gzip", "none"}).value_or("");
  result.max_request_size = from.integer("max_request_size", {.unit = "bytes", .example = "67108864"});
  result.max_response_size = from.integer("max_response_size", {.least = 1, .unit = "bytes", .example = "4194304"});
  result.timeout = read_milliseconds(from, "timeout", "10000");
  if (http) result.encoding = from.choice("encoding", {"protobuf", "json"}).value_or("");
  from.refuse_unknown();
  return result;
}

/// `output_stream`: stdout, or a file by its URL.
SPANWISE_SMALL std::string read_output(config_properties& from) {
  std::string_view constexpr scheme = "file://";
  auto const given = from.text("output_stream");
  from.refuse_unknown();
  if (!given || *given == "stdout") return {};
  std::string path = given->substr(std::min(scheme.size(), given->size()));
  auto const size = percent_decode_strict(path.data(), path);
  if (!given->starts_with(scheme) || !path.starts_with('/') || !size || path.size() < 2) {
    from.fault("output_stream", "must be stdout, or a file with its whole path, such as file:///var/log/traces.jsonl");
    return {};
  }
  path.resize(*size);
  return path;
}

SPANWISE_SMALL std::optional<exporter_config> read_exporter(config_properties& processor) {
  auto from = processor.map("exporter");
  if (!processor.has("exporter")) processor.fault("lacks exporter, which says where spans go, such as otlp_http");
  if (!from) return std::nullopt;
  auto const name = from->only_name("an exporter, such as otlp_http");
  if (!name) return std::nullopt;
  exporter_config result{{std::string{*name}, {}}};
  auto below = from->map(*name, if_null::is_empty_map);
  if (!below) return std::nullopt;
  if (*name == "otlp_http" || *name == "otlp_grpc") result.otlp = read_otlp(*below, *name == "otlp_http");
  else if (*name == "otlp_file/development") result.file_path = read_output(*below);
  else if (*name == "console") below->refuse_unknown();
  result.properties = below->kept(); // those of your own exporters are read by these
  return result;
}

SPANWISE_SMALL std::optional<processor_config> read_processor(config_properties& from) {
  auto const name = from.only_name("a processor, batch or simple");
  if (!name) return std::nullopt;
  auto below = from.map(*name, *name == "batch" || *name == "simple" ? if_null::is_fault : if_null::is_empty_map);
  if (!below) return std::nullopt;
  processor_config result{.batch = *name == "batch"};
  if (*name != "batch" && *name != "simple") {
    from.fault(*name, "is no processor that is known here; write batch or simple");
    return std::nullopt;
  }
  if (result.batch) {
    auto const size = [&](std::string_view property, std::string_view example) -> std::optional<std::size_t> {
      auto const count =
          below->integer(property, {.least = 1, .most = std::int64_t{1} << 31, .unit = "spans", .example = example});
      return count ? std::optional{static_cast<std::size_t>(*count)} : std::nullopt;
    };
    result.options.schedule_delay = read_milliseconds(*below, "schedule_delay", "5000");
    result.options.export_timeout = read_milliseconds(*below, "export_timeout", "30000");
    result.options.max_queue_size = size("max_queue_size", "2048");
    result.options.max_export_batch_size = size("max_export_batch_size", "512");
  }
  auto exporter = read_exporter(*below);
  below->refuse_unknown();
  if (!exporter) return std::nullopt;
  result.exporter = std::move(*exporter);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
