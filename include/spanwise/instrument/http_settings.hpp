// Options made ready for use: the methods looked up, the keys of recorded headers put together. Made once for a server
// or a client, shared by all that it does, never changed.
#pragma once

#include <spanwise/instrument/http_header_capture.hpp>
#include <spanwise/instrument/http_method.hpp>
#include <spanwise/instrument/http_options.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

template <class Options> struct http_settings {
  explicit http_settings(Options given)
      : options{std::move(given)}, methods{options.known_methods},
        request_headers{"http.request.header.", options.request_headers}, response_headers{"http.response.header.",
                                                                                           options.response_headers} {}

  /// True if a request is to have a span.
  [[nodiscard]] bool wants(http_request_view const& asked) const noexcept {
    return options.tracer.enabled() && options.filter(asked, true);
  }
  /// The name of its span.
  [[nodiscard]] std::string name_of(http_request_view const& asked) const {
    std::string name = options.span_name(asked);
    return name.empty() ? http_span_name(methods.normal(asked.method()), asked.route()) : name;
  }

  Options options;
  http_method_list methods;
  http_header_capture request_headers;
  http_header_capture response_headers;
};

} // namespace spanwise::inline SPANWISE_ABI::detail
