#include <spanwise/resource/process_detector.hpp>

#include "file_root.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <set>
#include <vector>

using namespace spanwise::detail;
using spanwise::environment;
using spanwise::process_detector;
using spanwise::resource;
using testing::texts_of;

namespace {

std::int64_t number(resource const& from, std::string_view key) {
  for (auto const& each : from.attributes())
    if (each.key == key) return each.value.as_int();
  return -1;
}

resource detect(process_detector const& asked = {}) {
  return asked.detect(environment{});
}

std::string text_of(std::string_view key) {
  return std::string{detect().text(key)};
}

} // namespace

TEST_CASE("a process tells its id, its program and its compiler, and sets the conventions' schema") {
  resource const found = detect();
  auto const texts = texts_of(found);
  CHECK(number(found, "process.pid") == ::getpid());
  std::string const path = std::filesystem::read_symlink("/proc/self/exe").string();
  CHECK(texts.at("process.executable.path") == path);
  CHECK(texts.at("process.executable.name") == std::filesystem::path{path}.filename());
  CHECK_FALSE(texts.at("process.command").empty());
#if defined(__clang__)
  CHECK(texts.at("process.runtime.name") == "clang");
  CHECK(texts.at("process.runtime.version").starts_with(std::to_string(__clang_major__) + "."));
#else
  CHECK(texts.at("process.runtime.name") == "gcc");
  CHECK(std::string_view{__VERSION__}.starts_with(texts.at("process.runtime.version")));
#endif
  CHECK(texts.at("process.runtime.description")
            .starts_with(texts.at("process.runtime.name") + " " + texts.at("process.runtime.version")));
  CHECK(found.schema_url() == spanwise::semconv_schema_url);
  CHECK(spanwise::any_detector{process_detector{}}.name() == "process");
}

TEST_CASE("what may hold secrets is sent only where it is asked for") {
  std::set<std::string> usual;
  for (auto const& [key, text] : texts_of(detect())) usual.insert(key);
  for (auto const* key : {"process.command_args", "process.args_count", "process.command_line",
                          "process.working_directory", "process.parent_pid"})
    CHECK_FALSE(usual.contains(key));

  resource const all = detect({.command_args = true, .working_directory = true, .parent_pid = true, .owner = false});
  std::vector<std::string> arguments;
  for (auto const& each : all.attributes())
    if (each.key == "process.command_args")
      for (auto const& one : each.value.elements()) arguments.emplace_back(one.as_string());
  REQUIRE_FALSE(arguments.empty());
  CHECK(arguments.front() == all.text("process.command"));
  CHECK(number(all, "process.args_count") == static_cast<std::int64_t>(arguments.size()));
  CHECK(number(all, "process.parent_pid") == ::getppid());
  CHECK(all.text("process.working_directory") == std::filesystem::current_path().string());
  CHECK_FALSE(texts_of(all).contains("process.owner"));
}

TEST_CASE("a process began a short while ago") {
  auto const ms = [](std::string const& text) {
    REQUIRE(text.size() == 24);
    auto const number_at = [&](std::size_t at, std::size_t size) { return std::stoi(text.substr(at, size)); };
    std::tm parts{};
    parts.tm_year = number_at(0, 4) - 1900;
    parts.tm_mon = number_at(5, 2) - 1;
    parts.tm_mday = number_at(8, 2);
    parts.tm_hour = number_at(11, 2);
    parts.tm_min = number_at(14, 2);
    parts.tm_sec = number_at(17, 2);
    return std::int64_t{::timegm(&parts)} * 1000 + number_at(20, 3);
  };
  auto const now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  std::int64_t const began = ms(text_of("process.creation.time"));
  CHECK(began <= now + 50);
  CHECK(began > now - 600'000);
}

TEST_CASE("a forked child tells its own id") {
  REQUIRE(number(detect(), "process.pid") == ::getpid());
  pid_t const child = ::fork();
  if (child == 0) ::_exit(number(detect(), "process.pid") == ::getpid() ? 0 : 1);
  int status = -1;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("a moment is written as ISO 8601 has it") {
  CHECK(iso_time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(iso_time(1'700'558'734'853) == "2023-11-21T09:25:34.853Z");
  CHECK(iso_time(951'782'400'007) == "2000-02-29T00:00:00.007Z");
}

TEST_CASE("the beginning of a process stands behind its name, whatever that is") {
  std::string const rest = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654 20 21\n";
  CHECK(start_ticks("42 (shop)" + rest) == 987654);
  CHECK(start_ticks("42 (a) R 1 (b c)" + rest) == 987654);
  CHECK(start_ticks("42 (shop)" + rest.substr(0, 40)) == std::nullopt);
  CHECK(start_ticks("42 (shop) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 -x 20") == std::nullopt);
  CHECK(start_ticks("42 (shop") == std::nullopt);
  CHECK(start_ticks("") == std::nullopt);
}

TEST_CASE("a user's name is found by its number, without asking anybody") {
  std::string_view const users =
      "root:x:0:0:root:/root:/bin/sh\n# 7\n:\nbad:x:\nshop:x:1000:100::/:\nlate:x:1000:1::/:\n"
      "odd:x:10z:1::/:\nhuge:x:99999999999999999999:1::/:\nlast:x:7";
  CHECK(user_name(users, 0) == "root");
  CHECK(user_name(users, 1000) == "shop");
  CHECK(user_name(users, 7) == "last");
  CHECK(user_name(users, 10).empty());
  CHECK(user_name(users, 100).empty());
  CHECK(user_name({}, 0).empty());
}

TEST_CASE("a program that was replaced while it runs keeps its path") {
  CHECK(program_path("/usr/bin/shop") == "/usr/bin/shop");
  CHECK(program_path("/usr/bin/shop (deleted)") == "/usr/bin/shop");
  CHECK(program_path({}).empty());
}

TEST_CASE("arguments end in zeros, may be empty, and are made valid text") {
  using list = std::vector<std::string>;
  CHECK(zero_ended({"a\0\0b\xff\0", 6}) == list{"a", "", "b\xEF\xBF\xBD"});
  CHECK(zero_ended("open") == list{"open"});
  CHECK(zero_ended({}).empty());
}
