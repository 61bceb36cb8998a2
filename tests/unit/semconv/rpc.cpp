#include <spanwise/semconv/rpc.hpp>

#include "keys.hpp"

TEST_CASE("keys of remote procedure calls and their types, by the tables of the conventions") {
  CHECK(is<text>(rpc_method, "rpc.method"));
  CHECK(is<text>(rpc_status_code, "rpc.status_code"));
  CHECK(is<text>(rpc_method_original, "rpc.method_original"));
  CHECK(is<texts>(rpc_request_metadata<"some-name">, "rpc.request.metadata.some-name"));
  CHECK(is<texts>(rpc_response_metadata<"some-name">, "rpc.response.metadata.some-name"));
  CHECK(is<text>(rpc_system_name, "rpc.system.name"));
}

TEST_CASE("the status code by its name of this version, and by that of the next") {
  CHECK(is<text>(rpc_response_status_code, "rpc.response.status_code"));
  CHECK(is<text>(rpc_status_code, "rpc.status_code"));
}

TEST_CASE("well-known values of remote procedure calls") {
  CHECK(rpc_system_name_values::grpc == "grpc");
}
