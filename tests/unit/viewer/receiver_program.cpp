#include <spanwise/viewer/receiver_program.hpp>

#include "samples.hpp"

#include <thread>

using namespace spanwise;
using namespace std::chrono_literals;

namespace {

std::string read(std::vector<char const*> const& arguments, receiver_program_options& options) {
  return read_arguments(arguments, options);
}

std::string text_of(std::FILE* file) {
  std::string text(100'000, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

bool has(std::string const& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the command line sets the options") {
  receiver_program_options options;
  REQUIRE(read({}, options) == "");
  CHECK(options.receiver.port == 4318);
  CHECK(options.receiver.host == "127.0.0.1");
  REQUIRE(read({"--port", "0", "--quiet", "--errors", "--once", "3", "--max-spans", "7", "--wait", "9000",
                "--allow-host", "collector", "--host", "::1", "--all-attributes"},
               options) == "");
  CHECK(options.receiver.port == 0);
  CHECK((options.quiet && options.errors_only && options.all_attributes));
  CHECK(options.once == 3);
  CHECK(options.receiver.store.max_spans == 7);
  CHECK(options.finished_after == 9s);
  CHECK(options.incomplete_after == 9s);
  CHECK(options.receiver.allowed_hosts == std::vector<std::string>{"collector"});
  CHECK(options.receiver.host == "::1");
}

TEST_CASE("a wrong command line is told in a sentence") {
  receiver_program_options options;
  CHECK(read({"--port"}, options) == "--port needs a value");
  CHECK(read({"--port", "x"}, options) == "--port takes a number up to 65535");
  CHECK(read({"--port", "65536"}, options) == "--port takes a number up to 65535");
  CHECK(read({"--once", "-1"}, options) == "--once takes a number up to 1000000000");
  CHECK(read({"--prot", "1"}, options) == "unknown option --prot");
}

TEST_CASE("the program draws finished traces, ends after the number asked for, and sums up") {
  std::FILE* const out = std::tmpfile();
  REQUIRE(out != nullptr);
  receiver_program_options options;
  options.receiver.port = 0;
  options.once = 2;
  options.finished_after = 30ms;
  options.incomplete_after = 60ms;
  receiver_program program{options, out};
  program.in().store().add(samples::groups_of("shop", {{.trace = 1, .name = "checkout"}}));
  program.in().store().add(
      samples::groups_of("shop", {{.trace = 2, .id = 2, .parent = 1, .name = "lonely", .status = 2}}));
  program.in().store().add(samples::groups_of("shop", {{.trace = 2, .id = 2}}));
  std::atomic<bool> stop{false};
  CHECK(program.run(stop) == 0);
  std::string const text = text_of(out);
  CHECK(has(text, "receiving traces at http://127.0.0.1:"));
  CHECK(has(text, "trace 00000000000000000000000000000001"));
  CHECK(has(text, "incomplete: the root span has not come"));
  CHECK(has(text, "received 2 spans in 2 traces from 1 service, 1 came twice\n"));
  CHECK(has(text, "shop     lonely"));
  std::fclose(out);
}

TEST_CASE("told to stop, the program draws what it has; errors only if so wished") {
  std::FILE* const out = std::tmpfile();
  REQUIRE(out != nullptr);
  receiver_program_options options;
  options.receiver.port = 0;
  options.errors_only = true;
  receiver_program program{options, out};
  program.in().store().add(
      samples::groups_of("shop", {{.trace = 1, .name = "good"}, {.trace = 2, .name = "bad", .status = 2}}));
  std::atomic<bool> stop{true};
  CHECK(program.run(stop) == 0);
  std::string const text = text_of(out);
  CHECK_FALSE(has(text, "trace 00000000000000000000000000000001"));
  CHECK(has(text, "trace 00000000000000000000000000000002"));
  std::fclose(out);
}

TEST_CASE("a program that cannot listen says so and fails") {
  receiver taken;
  std::FILE* const out = std::tmpfile();
  REQUIRE(out != nullptr);
  receiver_program_options options;
  options.receiver.port = taken.port();
  std::atomic<bool> stop{false};
  CHECK(receiver_program{options, out}.run(stop) == 1);
  CHECK(has(text_of(out), "spanwise-receiver: cannot listen on 127.0.0.1:" + std::to_string(taken.port())));
  std::fclose(out);
}
