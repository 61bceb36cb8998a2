#include <spanwise/core/semconv_schema.hpp>
#include <spanwise/semconv/schema.hpp>

#include "catch.hpp"

#include <string>

TEST_CASE("the version and its schema URL are one, and that of the instrumentation") {
  CHECK(spanwise::semconv::schema_url == "https://opentelemetry.io/schemas/" + std::string{spanwise::semconv::version});
  CHECK(spanwise::semconv::schema_url == spanwise::semconv_schema_url);
}
