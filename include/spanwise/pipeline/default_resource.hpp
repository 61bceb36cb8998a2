// What a service says of itself: gathered from code, the environment, detectors and what the process knows, in that
// order of weight.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/core/resource.hpp>
#include <spanwise/detail/uuid.hpp>

#include <string>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The name of the running program without its path; empty if the system does not tell.
SPANWISE_SMALL std::string program_name() {
#if defined(__linux__)
  if (std::FILE* const file = std::fopen("/proc/self/cmdline", "re")) {
    char text[1024];
    std::size_t const size = std::fread(text, 1, sizeof text - 1, file);
    std::fclose(file);
    std::string_view name{text, size};
    name = name.substr(0, name.find('\0'));
    return std::string{name.substr(name.find_last_of('/') + 1)};
  }
  return {};
#elif defined(__APPLE__) || defined(__FreeBSD__)
  char const* const name = ::getprogname();
  return name == nullptr ? std::string{} : std::string{name};
#else
  return {};
#endif
}

/// What OTEL_RESOURCE_ATTRIBUTES says, and OTEL_SERVICE_NAME, which wins.
SPANWISE_SMALL key_values environment_resource(environment const& env) {
  key_values pairs = env.key_value_list("OTEL_RESOURCE_ATTRIBUTES", bad_pair::discards_list).value_or(key_values{});
  auto const name = env.text("OTEL_SERVICE_NAME");
  if (!name) return pairs;
  for (auto& [present, old] : pairs)
    if (present == "service.name") {
      old = *name;
      return pairs;
    }
  pairs.emplace_back("service.name", *name);
  return pairs;
}

/// The resource of a service: defaults, then what detectors found, OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME, and
/// what code said; the later wins.
///
/// `detected` is what `detect_all` gives for the same environment. What comes from variables has no schema URL.
SPANWISE_SMALL resource default_resource(environment const& env, resource const& from_code,
                                         resource const& detected = {}) {
  resource result;
  std::string const program = program_name();
  result.set_texts({{"service.name", joined({"unknown_service", program.empty() ? std::string_view{} : ":", program})},
                    {"service.instance.id", random_uuid()},
                    {"telemetry.sdk.name", "spanwise"},
                    {"telemetry.sdk.language", "cpp"},
                    {"telemetry.sdk.version", SPANWISE_VERSION}});
  result.merge(detected);
  for (auto const& [name, text] : environment_resource(env)) result.set({any_key{name}, text});
  result.merge(from_code);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
