// compiles
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace semconv = spanwise::semconv;

inline constexpr spanwise::tracer tracer{"acme.orders", "1", semconv::schema_url};
inline constexpr spanwise::typed_key<std::int64_t> order_items{"order.items"};

template <class Span> void f(Span& span, std::string const& text, std::size_t size, std::optional<short> maybe,
                             std::vector<std::string> const& list, std::variant<std::monostate, int, short> any) {
  span.set(order_items, any);
  span.set(semconv::http_request_method, semconv::http_request_method_values::get);
  span.set(semconv::http_route, text);
  span.set(semconv::http_response_body_size, size);
  span.set(semconv::server_port, maybe);
  span.set(semconv::process_command_args, list);
  span.set(semconv::http_request_body_content, text);
  span.set(semconv::http_request_header<"accept">, {"text/html", "text/plain"});
  span.set({semconv::messaging_destination_temporary, true}, {order_items, 3}, {"order.id", "A-1"});
  span.event("retry", {semconv::http_request_resend_count, 1});
}

void g() {
  spanwise::span span{"x", {semconv::server_port, 8080}};
  f(span, "", 1, {}, {}, 1);
  spanwise::basic_span<spanwise::off> off{"x", {semconv::server_port, 8080}};
  f(off, "", 1, {}, {}, 1);
  auto detached = tracer.detached("x", {}, {{semconv::server_port, 8080}});
  f(detached, "", 1, {}, {}, 1);
}
