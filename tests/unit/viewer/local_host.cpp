#include <spanwise/viewer/local_host.hpp>

#include "catch.hpp"

using namespace spanwise::detail;

TEST_CASE("this machine's own names pass, those of others do not") {
  for (char const* const own :
       {"localhost", "localhost:4318", "LOCALHOST:1", "127.0.0.1:4318", "[::1]:4318", "10.0.0.7:4318"})
    CHECK(local_host(own, {}));
  for (char const* const other :
       {"evil.example", "evil.example:4318", "localhost.evil.example", "127.0.0.1.evil.example", ""})
    CHECK_FALSE(local_host(other, {}));
  CHECK(local_host("Collector:4318", {"collector"}));
}

TEST_CASE("pages of this server and of localhost may write, those of other origins may not") {
  CHECK(local_origin("http://localhost:3000", "localhost:4318"));
  CHECK(local_origin("http://collector:4318", "collector:4318"));
  CHECK_FALSE(local_origin("http://evil.example", "localhost:4318"));
  CHECK_FALSE(local_origin("http://1.2.3.4", "127.0.0.1:4318"));
  CHECK_FALSE(local_origin("null", "localhost:4318"));
}
