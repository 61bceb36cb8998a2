#include <spanwise/core/sentence.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

using spanwise::severity;
using spanwise::detail::tell;

TEST_CASE("pieces become one sentence, which is told as any other: once a minute for a cause") {
  diagnostics_log const log;
  std::string const name = "queue";
  CHECK(tell(severity::warning, "pieces", {"the ", name, " holds ", 12, " of ", -3L, " spans"}));
  CHECK_FALSE(tell(severity::warning, "pieces", {"again"}));
  CHECK(tell(severity::info, "none", {}));
  CHECK(log.lines() == std::vector<std::string>{"the queue holds 12 of -3 spans", ""});
}

TEST_CASE("pieces that nobody wants to hear are not told") {
  diagnostics_log const log;
  CHECK_FALSE(tell(severity::debug, "too verbose", {"detail ", 1}));
  CHECK(log.lines().empty());
}
