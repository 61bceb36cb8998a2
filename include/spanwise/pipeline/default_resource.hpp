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
  unsigned char bytes[16];
  store(bytes, random());
  store(bytes + 8, random());
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  char digits[32];
  write_hex(digits, bytes, sizeof bytes);
  std::string text{digits, sizeof digits};
  for (std::size_t const at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

/// The resource of a service: defaults, then OTEL_RESOURCE_ATTRIBUTES, then OTEL_SERVICE_NAME, then what code said.
SPANWISE_SMALL resource default_resource(environment const& env, resource const& from_code) {
  resource result;
  std::string const program = program_name();
  result.set({"service.name", joined({"unknown_service", program.empty() ? std::string_view{} : ":", program})});
  result.set({"service.instance.id", random_uuid()});
  result.set({"telemetry.sdk.name", "spanwise"});
  result.set({"telemetry.sdk.language", "cpp"});
  result.set({"telemetry.sdk.version", SPANWISE_VERSION});
  if (auto const pairs = env.key_value_list("OTEL_RESOURCE_ATTRIBUTES", bad_pair::discards_list))
    for (auto const& [name, text] : *pairs) result.set({any_key{name}, text});
  if (auto const name = env.text("OTEL_SERVICE_NAME")) result.set({"service.name", *name});
  result.merge(from_code);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
