// Which HTTP methods count as known, so that span names and attributes stay few whatever a client invents
// (HTTP conventions, http.request.method).
#pragma once

#include <spanwise/core/environment.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What stands for a method that is not known, in attributes.
inline constexpr std::string_view other_http_method = "_OTHER";

/// The known methods, letter for letter: those given, else OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS, else the usual
/// ones.
class http_method_list {
public:
  explicit http_method_list(std::vector<std::string> given = {}, environment const& env = environment::process())
      : known_{std::move(given)} {
    if (known_.empty())
      known_ = env.list("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS").value_or(std::vector<std::string>{});
  }

  /// `method` if it is known, `_OTHER` if not.
  [[nodiscard]] std::string_view normal(std::string_view method) const noexcept {
    return known_.empty() ? found(usual, method) : found(known_, method);
  }

private:
  static constexpr std::string_view usual[] = {"GET",   "POST",    "PUT",     "DELETE", "HEAD",
                                               "PATCH", "OPTIONS", "CONNECT", "TRACE",  "QUERY"};

  template <class Names> static std::string_view found(Names const& names, std::string_view method) noexcept {
    for (std::string_view const each : names)
      if (each == method) return method;
    return other_http_method;
  }

  std::vector<std::string> known_;
};

/// The name of an HTTP span: method and route, or the method alone where there is no route (HTTP conventions, Name).
template <class = on_use> std::string http_span_name(std::string_view normal_method, std::string_view route) {
  std::string name{normal_method == other_http_method ? "HTTP" : normal_method};
  if (!route.empty()) name.append(1, ' ').append(route);
  return name;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
