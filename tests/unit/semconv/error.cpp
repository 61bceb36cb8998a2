#include <spanwise/semconv/error.hpp>

#include "keys.hpp"

TEST_CASE("keys of errors and their types, by the tables of the conventions") {
  CHECK(is<text>(error_type, "error.type"));
  CHECK(is<text>(exception_type, "exception.type"));
  CHECK(is<text>(exception_message, "exception.message"));
  CHECK(is<text>(exception_stacktrace, "exception.stacktrace"));
}

TEST_CASE("an error of no class, and keys of places in code") {
  CHECK(error_type_values::other == "_OTHER");
  CHECK(is<text>(code_function_name, "code.function.name"));
  CHECK(is<integer>(code_line_number, "code.line.number"));
}
