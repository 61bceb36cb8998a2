#include <spanwise/core/environment.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <clocale>

using namespace std::chrono_literals;
using spanwise::bad_pair;
using spanwise::environment;

TEST_CASE("text is trimmed, and empty counts as unset") {
  environment const env{{"A", "  x y\t"}, {"B", ""}, {"C", " \t"}, {"D", "token\n"}};
  CHECK(env.text("A") == "x y");
  CHECK(env.text("B") == std::nullopt);
  CHECK(env.text("C") == std::nullopt);
  CHECK(env.text("D") == "token");
  CHECK(env.text("E") == std::nullopt);
  CHECK(environment{}.text("A") == std::nullopt);
}

TEST_CASE("the process's variables are those it had when they were asked for") {
  setenv("SPANWISE_TEST_ENVIRONMENT", " 12 ", 1);
  setenv("SPANWISE_TEST_ENVIRONMENT_2", "a=b", 1);
  setenv("SPANWISE_TEST_EMPTY", "", 1);
  environment const env = environment::process();
  setenv("SPANWISE_TEST_ENVIRONMENT", "13", 1);
  unsetenv("SPANWISE_TEST_ENVIRONMENT_2");
  CHECK(env.text("SPANWISE_TEST_ENVIRONMENT") == "12");
  CHECK(env.integer("SPANWISE_TEST_ENVIRONMENT") == 12);
  CHECK(env.text("SPANWISE_TEST_ENVIRONMENT_2") == "a=b");
  CHECK(env.text("SPANWISE_TEST_EMPTY") == std::nullopt);
  CHECK(env.text("SPANWISE_TEST") == std::nullopt);
  CHECK(env.text("") == std::nullopt);
  CHECK(environment::process().text("SPANWISE_TEST_ENVIRONMENT") == "13");
  unsetenv("SPANWISE_TEST_ENVIRONMENT");
  CHECK(environment::process().text("SPANWISE_TEST_ENVIRONMENT") == std::nullopt);
}

TEST_CASE("a boolean is true only for the word true") {
  diagnostics_log log;
  environment const env{{"A", "true"}, {"B", "TRUE"}, {"C", "false"}, {"D", "1"}, {"E", "yes"}, {"F", " True "}};
  CHECK(env.boolean("A") == true);
  CHECK(env.boolean("B") == true);
  CHECK(env.boolean("C") == false);
  CHECK(env.boolean("F") == true);
  CHECK(env.boolean("G") == std::nullopt);
  CHECK(log.lines().empty());
  CHECK(env.boolean("D") == false);
  CHECK(env.boolean("E") == false);
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0] == "D=1 is neither true nor false; it counts as false");
}

TEST_CASE("a number that does not parse or is out of range is ignored with one diagnostic") {
  diagnostics_log log;
  environment const env{{"OK", "250"},
                        {"ZERO", "0"},
                        {"UNIT", "5s"},
                        {"POINT", "1.5"},
                        {"EXP", "1e3"},
                        {"HEX", "0x10"},
                        {"NEG", "-1"},
                        {"NEGZERO", "-0"},
                        {"WORD", "abc"},
                        {"MAX", "2147483647"},
                        {"PLUS", "+5"},
                        {"BIG", "9223372036854775807"},
                        {"HUGE", "9223372036854775808"},
                        {"GAP", "1 2"}};
  CHECK(env.integer("OK") == 250);
  CHECK(env.integer("ZERO") == 0);
  CHECK(env.integer("MAX") == 2147483647);
  CHECK(env.integer("BIG") == std::numeric_limits<std::int64_t>::max());
  CHECK(env.integer("NEG", -5) == -1);
  CHECK(log.lines().empty());
  for (auto const* bad : {"UNIT", "POINT", "EXP", "HEX", "NEG", "NEGZERO", "WORD", "HUGE", "GAP", "PLUS"}) {
    std::size_t const before = log.lines().size();
    CAPTURE(bad);
    CHECK(env.integer(bad) == std::nullopt);
    CHECK(env.integer(bad) == std::nullopt);
    CHECK(log.lines().size() == before + 1);
  }
  CHECK(log.lines()[0] == "UNIT=5s is not a whole number; it is ignored");
  CHECK(env.integer("ZERO", 1, 100) == std::nullopt);
  CHECK(log.lines().back() == "ZERO=0 is out of range (1 to 100); it is ignored");
}

TEST_CASE("milliseconds never overflow a clock") {
  environment const env{{"A", "2500"}, {"B", "9223372036854775807"}, {"C", "0"}};
  CHECK(env.milliseconds("A") == 2500ms);
  CHECK(env.milliseconds("C") == 0ms);
  spanwise::deadline const soon = spanwise::deadline::now() + env.milliseconds("B").value();
  CHECK(soon > spanwise::deadline::now());
}

TEST_CASE("a ratio is read with a decimal point whatever the locale") {
  diagnostics_log log;
  char const* const german = std::setlocale(LC_ALL, "de_DE.UTF-8");
  environment const env{{"A", "0.25"}, {"B", ".5"},     {"C", "5e-1"},  {"D", "0"},   {"E", "1"},
                        {"F", "0,5"},  {"G", "0.5x"},   {"H", "1.1"},   {"I", "-.1"}, {"J", "NaN"},
                        {"K", "inf"},  {"L", "0x1p-1"}, {"M", "1e-400"}, {"N", "-0"}};
  CHECK(env.ratio("A") == 0.25);
  CHECK(env.ratio("B") == 0.5);
  CHECK(env.ratio("C") == 0.5);
  CHECK(env.ratio("D") == 0.0);
  CHECK(env.ratio("E") == 1.0);
  CHECK(env.ratio("M") == 0.0);
  CHECK(log.lines().empty());
  for (auto const* bad : {"F", "G", "H", "I", "J", "K", "L", "N"}) CHECK(env.ratio(bad) == std::nullopt);
  CHECK(log.lines().size() == 8);
  if (german != nullptr) std::setlocale(LC_ALL, "C");
}

TEST_CASE("a choice ignores the case of letters, and an unknown word shows what is known") {
  diagnostics_log log;
  environment const env{{"A", "HTTP/Json"}, {"B", "smtp"}};
  CHECK(env.choice("A", {"grpc", "http/json"}) == "http/json");
  CHECK(env.choice("C", {"grpc"}) == std::nullopt);
  CHECK(log.lines().empty());
  CHECK(env.choice("B", {"grpc", "http/json"}) == std::nullopt);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "B=smtp is unknown (known: grpc, http/json); it is ignored");
}

TEST_CASE("a diagnostic shows little of a hostile value") {
  diagnostics_log log;
  std::string const long_value = "a\nb\x1b" + std::string(5000, 'x');
  environment const env{{"A", long_value}};
  CHECK(env.integer("A") == std::nullopt);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].size() < 150);
  CHECK(log.lines()[0].substr(0, 6) == "A=a?b?");
}

TEST_CASE("a list has trimmed items and no empty ones") {
  environment const env{{"A", "tracecontext, b3 ,,tracecontext,"}, {"B", ","}};
  CHECK(env.list("A") == std::vector<std::string>{"tracecontext", "b3", "tracecontext"});
  CHECK(env.list("B") == std::nullopt);
  CHECK(env.list("C") == std::nullopt);
}

TEST_CASE("resource attributes: any error discards the list") {
  diagnostics_log log;
  using pairs = spanwise::key_values;
  auto const read = [](std::string_view text) {
    return environment{{"R", text}}.key_value_list("R", bad_pair::discards_list);
  };
  CHECK(read("service.name=api,team=blue") == pairs{{"service.name", "api"}, {"team", "blue"}});
  CHECK(read("a%2Cb=c%3Dd") == pairs{{"a,b", "c=d"}});
  CHECK(read("city=Z%C3%BCrich") == pairs{{"city", "Z\xC3\xBCrich"}});
  CHECK(read("k=") == pairs{{"k", ""}});
  CHECK(read(" k = v , l=w ") == pairs{{"k", "v"}, {"l", "w"}});
  CHECK(read("k=1,l=2,k=3") == pairs{{"k", "3"}, {"l", "2"}});
  CHECK(log.lines().empty());
  CHECK(read("a=1,oops") == std::nullopt);
  CHECK(read("a=1,b=%zz") == std::nullopt);
  CHECK(read("a=1,b=%f") == std::nullopt);
  CHECK(read("a=1,b=%+f") == std::nullopt);
  CHECK(read("a=1,=2") == std::nullopt);
  CHECK(read("a=1, =2") == std::nullopt);
  CHECK(read("a=1,b=c=d") == std::nullopt);
  CHECK(read("a=1,") == std::nullopt);
  CHECK(read("a=1,b=%FF") == std::nullopt);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "R: entry 2 is not key=value with a percent-encoded value; the whole list is ignored");
}

TEST_CASE("headers: a bad pair is skipped, and nothing can break out of its line") {
  diagnostics_log log;
  using pairs = spanwise::key_values;
  auto const read = [](std::string_view text) {
    return environment{{"H", text}}.key_value_list("H", bad_pair::is_skipped);
  };
  CHECK(read("api-key=abc,tenant=7") == pairs{{"api-key", "abc"}, {"tenant", "7"}});
  CHECK(read("authorization=Basic%20dXNlcjpwYXNz") == pairs{{"authorization", "Basic dXNlcjpwYXNz"}});
  CHECK(read("a=b=c") == pairs{{"a", "b=c"}});
  CHECK(read(" a = 1 , b=2") == pairs{{"a", "1"}, {"b", "2"}});
  CHECK(read("x%20y=1") == pairs{{"x%20y", "1"}});
  CHECK(log.lines().empty());
  CHECK(read("a=1,secret broken,b=2") == pairs{{"a", "1"}, {"b", "2"}});
  CHECK(read("a=1,b=%0d%0aX: y,c=3") == pairs{{"a", "1"}, {"c", "3"}});
  CHECK(read("a=%00,c=3") == pairs{{"c", "3"}});
  CHECK(read("k ey=1,c=3") == pairs{{"c", "3"}});
  CHECK(read("broken") == std::nullopt);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "H: entry 2 is not key=value with a percent-encoded value; it is skipped");
}

TEST_CASE("foreign text in a diagnostic is bounded, also where repair makes it longer") {
  namespace detail = spanwise::detail;
  CHECK(detail::shown("abc", 3) == "abc");
  CHECK(detail::shown("abcd", 3) == "abc...");
  CHECK(detail::shown("a\nb\x7f" "c", 9) == "a?b?c");
  CHECK(detail::shown("\xff\xff", 6) == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(detail::shown("\xff\xff\xff", 8) == "\xEF\xBF\xBD\xEF\xBF\xBD...");
  CHECK(detail::shown(std::string(300, '\xff'), 300) == [] {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "\xEF\xBF\xBD";
    return text + "...";
  }());
}

TEST_CASE("a value as it is keeps its blanks; one that is not set is empty") {
  environment const env{{"A", " x\n"}, {"B", ""}};
  CHECK(env.verbatim("A") == " x\n");
  CHECK(env.verbatim("B").empty());
  CHECK(env.verbatim("C").empty());
}

TEST_CASE("an environment without the variables of OpenTelemetry") {
  environment const env{{"OTEL_SERVICE_NAME", "a"}, {"OTELX", "b"}, {"LANG", "c"}};
  environment const others = env.without_otel();
  CHECK_FALSE(others.text("OTEL_SERVICE_NAME"));
  CHECK(others.verbatim("OTEL_SERVICE_NAME").empty());
  CHECK(others.text("OTELX") == "b");
  CHECK(others.text("LANG") == "c");
  CHECK(env.text("OTEL_SERVICE_NAME") == "a");
}

TEST_CASE("pairs are read one by one") {
  spanwise::key_values pairs;
  CHECK(environment::read_pair("a=%20b", bad_pair::is_skipped, pairs));
  CHECK(environment::read_pair("a=c", bad_pair::is_skipped, pairs));
  CHECK_FALSE(environment::read_pair("b", bad_pair::is_skipped, pairs));
  CHECK_FALSE(environment::read_pair("b=%zz", bad_pair::is_skipped, pairs));
  CHECK(pairs == spanwise::key_values{{"a", "c"}});
}
