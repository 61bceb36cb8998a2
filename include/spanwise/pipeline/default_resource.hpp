// What a service says of itself: gathered from code, the environment and what the process knows, in that order of
// weight.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/core/resource.hpp>
#include <spanwise/detail/random.hpp>

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

/// A random UUID (RFC 9562, version 4) as text.
SPANWISE_SMALL std::string random_uuid() {
  random_source random;
  random.seed();
  std::uint64_t const words[]{(random() & ~(std::uint64_t{0xf} << 12)) | std::uint64_t{4} << 12,
                              random() >> 2 | std::uint64_t{2} << 62};
  std::string text;
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text += '-';
    text += hex_digits[words[digit / 16] >> (60 - digit % 16 * 4) & 15];
  }
  return text;
}

/// The resource of a service: defaults, then OTEL_RESOURCE_ATTRIBUTES, then OTEL_SERVICE_NAME, then what code said.
SPANWISE_SMALL resource default_resource(environment const& env, resource const& from_code) {
  resource result;
  std::string const program = program_name();
  result.set_texts({{"service.name", joined({"unknown_service", program.empty() ? std::string_view{} : ":", program})},
                    {"service.instance.id", random_uuid()},
                    {"telemetry.sdk.name", "spanwise"},
                    {"telemetry.sdk.language", "cpp"},
                    {"telemetry.sdk.version", SPANWISE_VERSION}});
  if (auto const pairs = env.key_value_list("OTEL_RESOURCE_ATTRIBUTES", bad_pair::discards_list))
    for (auto const& [name, text] : *pairs) result.set({any_key{name}, text});
  if (auto const name = env.text("OTEL_SERVICE_NAME")) result.set({"service.name", *name});
  result.merge(from_code);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
