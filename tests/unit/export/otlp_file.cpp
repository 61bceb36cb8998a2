#include <spanwise/export/otlp_file.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"
#include "export_fixture.hpp"

#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

using namespace std::chrono_literals;
using spanwise::export_result;
using spanwise::otlp_file;

namespace {

struct folder {
  std::filesystem::path path;
  folder() {
    std::string name = std::filesystem::temp_directory_path() / "spanwise-file-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~folder() { std::filesystem::remove_all(path); }
};

spanwise::sender<otlp_file> make(std::string path) {
  spanwise::environment const env;
  return {{.path = std::move(path)}, {env}};
}

std::string content(std::string const& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string line(sample_spans const& spans) {
  spanwise::detail::buffer text;
  REQUIRE(spanwise::encode_otlp_json(spans, text));
  return std::string{text.text()} + "\n";
}

} // namespace

TEST_CASE("each batch becomes one line of a file that is its owner's alone") {
  folder const place;
  std::string const path = place.path / "traces.jsonl";
  {
    auto out = make(path);
    CHECK(out.usable());
    CHECK(out.export_spans(sample_spans{2, "a"}, in(1s)) == export_result{.exported = 2});
    CHECK(content(path) == line(sample_spans{2, "a"}));
    CHECK(out.export_spans(sample_spans{0}, in(1s)) == export_result{});
    CHECK(out.export_spans(sample_spans{3, "b"}, in(1s)) == export_result{.exported = 3});
  }
  CHECK(std::filesystem::status(path).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  auto again = make(path);
  CHECK(again.export_spans(sample_spans{1, "c"}, in(1s)) == export_result{.exported = 1});
  CHECK(content(path) == line(sample_spans{2, "a"}) + line(sample_spans{3, "b"}) + line(sample_spans{1, "c"}));
}

TEST_CASE("a file that was renamed or deleted is made anew") {
  folder const place;
  std::string const path = place.path / "traces.jsonl";
  auto out = make(path);
  CHECK(out.export_spans(sample_spans{1, "a"}, in(1s)).exported == 1);
  std::filesystem::rename(path, path + ".1");
  CHECK(out.export_spans(sample_spans{1, "b"}, in(1s)).exported == 1);
  std::filesystem::remove(path);
  CHECK(out.export_spans(sample_spans{1, "c"}, in(1s)).exported == 1);
  CHECK(content(path + ".1") == line(sample_spans{1, "a"}));
  CHECK(content(path) == line(sample_spans{1, "c"}));
}

TEST_CASE("a file that cannot be opened or written fails with the reason, once a minute") {
  diagnostics_log log;
  folder const place;
  auto missing = make(place.path / "none" / "traces.jsonl");
  CHECK_FALSE(missing.usable());
  CHECK(missing.export_spans(sample_spans{2}, in(1s)) == export_result{.failed = 2});
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "spans cannot be written to " + (place.path / "none" / "traces.jsonl").string() +
                              " (No such file or directory)");
  if (std::filesystem::exists("/dev/full")) {
    auto full = make("/dev/full");
    for (int round = 0; round < 5; ++round)
      CHECK(full.export_spans(sample_spans{1}, in(1s)) == export_result{.failed = 1});
    REQUIRE(log.lines().size() == 2);
    CHECK(log.lines()[1].ends_with("; 1 span lost so far"));
  }
}

TEST_CASE("after shutdown nothing is written") {
  folder const place;
  auto out = make(place.path / "traces.jsonl");
  out.shutdown(in(1s));
  out.shutdown(in(1s));
  CHECK(out.export_spans(sample_spans{1}, in(1s)) == export_result{.failed = 1});
  CHECK(content(place.path / "traces.jsonl").empty());
}

TEST_CASE("processes that share a file keep whole lines") {
  folder const place;
  std::string const path = place.path / "traces.jsonl";
  sample_spans const spans{50};
  std::string const expected = line(spans);
  pid_t const child = ::fork();
  auto out = make(path);
  int written = 0;
  for (int round = 0; round < 100; ++round) written += out.export_spans(spans, in(5s)).exported == 50 ? 1 : 0;
  if (child == 0) ::_exit(written == 100 ? 7 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(written == 100);
  std::string const all = content(path);
  CHECK(all.size() == 200 * expected.size());
  for (std::size_t at = 0; at < all.size(); at += expected.size())
    if (all.compare(at, expected.size(), expected) != 0) FAIL("torn line at " << at);
}

TEST_CASE("a pipe is waited for until the deadline, and a line cut short does not spoil the next") {
  diagnostics_log log;
  folder const place;
  std::string const path = place.path / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  auto out = make(path);
  CHECK(out.usable());
  CHECK(out.export_spans(sample_spans{1}, in(100ms)) == export_result{.failed = 1});
  int const reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  CHECK(out.export_spans(sample_spans{1, "a"}, in(1s)) == export_result{.exported = 1});

  std::string const large(200'000, 'x');
  stopwatch const watch;
  CHECK(out.export_spans(sample_spans{1, large}, in(100ms)) == export_result{.failed = 1});
  CHECK(watch.passed() < 1s);
  std::string all;
  std::thread drain{[&] {
    char piece[65536];
    for (ssize_t count = 1; count != 0;) {
      count = ::read(reader, piece, sizeof piece);
      if (count > 0) all.append(piece, static_cast<std::size_t>(count));
      else std::this_thread::sleep_for(1ms);
    }
  }};
  CHECK(out.export_spans(sample_spans{1, "b"}, in(5s)) == export_result{.exported = 1});
  CHECK(out.export_spans(sample_spans{1, large}, in(5s)) == export_result{.exported = 1});
  out.shutdown(in(1s));
  drain.join();
  ::close(reader);
  std::string const first = line(sample_spans{1, "a"});
  std::string const rest = "\n" + line(sample_spans{1, "b"}) + line(sample_spans{1, large});
  CHECK(all.starts_with(first));
  CHECK(all.ends_with(rest));
  CHECK(std::count(all.begin(), all.end(), '\n') == 4);
}

TEST_CASE("a pipe whose reader has gone is an error, not the end of the process") {
  diagnostics_log log;
  folder const place;
  std::string const path = place.path / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  int const reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  auto out = make(path);
  ::close(reader);
  CHECK(out.export_spans(sample_spans{1}, in(1s)) == export_result{.failed = 1});
  sigset_t pending;
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGPIPE) == 0);
}

TEST_CASE("cancel ends the wait for a full pipe", "[threads]") {
  diagnostics_log log;
  folder const place;
  std::string const path = place.path / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  int const reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  auto out = make(path);
  std::thread canceller{[&] {
    std::this_thread::sleep_for(50ms);
    out.cancel();
  }};
  stopwatch const watch;
  CHECK(out.export_spans(sample_spans{1, std::string(200'000, 'x')}, in(10s)) == export_result{.failed = 1});
  CHECK(watch.passed() < 1s);
  canceller.join();
  ::close(reader);
}

TEST_CASE("without a path spans go to standard output, which stays open") {
  folder const place;
  std::string const path = place.path / "stdout";
  std::fflush(stdout);
  int const kept = ::dup(STDOUT_FILENO);
  int const file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(file, STDOUT_FILENO);
  export_result result;
  {
    auto out = make("");
    result = out.export_spans(sample_spans{1}, in(1s));
    out.shutdown(in(1s));
  }
  bool const open = ::fcntl(STDOUT_FILENO, F_GETFD) >= 0;
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
  ::close(file);
  CHECK(result == export_result{.exported = 1});
  CHECK(open);
  CHECK(content(path) == line(sample_spans{1}));
}
