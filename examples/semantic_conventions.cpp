// Keys of the semantic conventions, each with the type of its values: a misspelt key or a wrong type does not compile.
#include <spanwise/semconv.hpp>
#include <spanwise/spanwise.hpp>

#include <string>

namespace semconv = spanwise::semconv;

inline constexpr spanwise::tracer tracer{"acme.orders", "1.8.3", semconv::schema_url};

// A key of one's own that knows its type too.
inline constexpr spanwise::typed_key<std::int64_t> order_items{"order.items"};

int main() {
  auto tracing = spanwise::start("shop", spanwise::console{});
  std::string const table = "orders";

  auto query = tracer.span("SELECT orders", spanwise::span_kind::client,
                           {semconv::db_system_name, semconv::db_system_name_values::postgresql},
                           {semconv::db_collection_name, table}, {semconv::server_port, 5433});
  query.set(semconv::db_operation_batch_size, 2);
  query.set(order_items, 3);
  // query.set(semconv::server_port, "5433");  error: spanwise: this key takes a whole number

  query.event("answered", {semconv::db_response_status_code, "00000"});
  query.set(semconv::http_request_header<"x-request-id">, {"f58"}); // keys that end in a name of the program's own
}

// Prints:
// trace ... 1 span
// shop  SELECT orders ...
// ...db.system.name=postgresql  db.collection.name=orders  server.port=5433
// ...db.operation.batch.size=2  order.items=3  http.request.header.x-request-id=["f58"]
// ...answered ...
// ...db.response.status_code=00000
