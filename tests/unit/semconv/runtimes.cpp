#include <spanwise/semconv/runtimes.hpp>

#include "keys.hpp"

TEST_CASE("keys of other languages' runtimes and their types") {
  CHECK(is<boolean>(jvm_thread_daemon, "jvm.thread.daemon"));
  CHECK(is<text>(jvm_memory_type, "jvm.memory.type"));
  CHECK(jvm_memory_type_values::non_heap == "non_heap");
  CHECK(is<text>(signalr_transport, "signalr.transport"));
  CHECK(is<boolean>(aspnetcore_routing_is_fallback, "aspnetcore.routing.is_fallback"));
  CHECK(jvm_thread_state_values::new_ == "new");
}
