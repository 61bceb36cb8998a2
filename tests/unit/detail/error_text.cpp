#include <spanwise/detail/error_text.hpp>

#include "catch.hpp"

#include <cerrno>
#include <system_error>

TEST_CASE("an error number is told in the system's words") {
  for (int const error : {ECONNREFUSED, ENOENT, ENOSPC, ETIMEDOUT})
    CHECK(spanwise::detail::error_text(error) == std::generic_category().message(error));
  CHECK_FALSE(spanwise::detail::error_text(98765).empty());
}
