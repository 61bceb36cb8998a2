#include <spanwise/config/file_text.hpp>

#include "catch.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

using namespace spanwise;

namespace {

/// A folder of its own, which goes with what is in it.
struct own_folder {
  char name[32] = "/tmp/spanwise-text-XXXXXX";
  own_folder() { REQUIRE(::mkdtemp(name) != nullptr); }
  ~own_folder() {
    ::unlink(path().c_str());
    ::rmdir(name);
  }
  [[nodiscard]] std::string path() const { return std::string{name} + "/file"; }
};

} // namespace

TEST_CASE("a file is read up to the bound") {
  own_folder const folder;
  std::ofstream{folder.path()} << std::string(10'000, 'x');
  std::string text;
  CHECK(detail::read_file_text(folder.path(), 20'000, text) == "");
  CHECK(text == std::string(10'000, 'x'));
  text.clear();
  CHECK(detail::read_file_text(folder.path(), 5'000, text) == "");
  CHECK(text.size() == 5'000);
}

TEST_CASE("a file without an end is read up to the bound") {
  std::string text;
  CHECK(detail::read_file_text("/dev/zero", 100'000, text) == "");
  CHECK(text.size() == 100'000);
}

TEST_CASE("what can't be read says why") {
  std::string text;
  CHECK(detail::read_file_text("/nowhere/file", 10, text) == "the file cannot be read (No such file or directory)");
  CHECK(detail::read_file_text("/", 10, text) == "the file cannot be read (Is a directory)");
}

TEST_CASE("a pipe that nobody writes to does not hold up a start") {
  own_folder const folder;
  REQUIRE(::mkfifo(folder.path().c_str(), 0600) == 0);
  std::string text;
  CHECK(detail::read_file_text(folder.path(), 10, text, detail::milliseconds(50)) ==
        "the file cannot be read: it is a pipe or a device, and within 50 ms nobody wrote to it and closed it");
}

TEST_CASE("a pipe is read to its end, however slowly it is filled", "[threads]") {
  own_folder const folder;
  REQUIRE(::mkfifo(folder.path().c_str(), 0600) == 0);
  std::thread writer{[&] {
    std::ofstream pipe{folder.path()};
    for (int piece = 0; piece < 3; ++piece) {
      pipe << "piece " << piece << '\n' << std::flush;
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  }};
  std::string text;
  CHECK(detail::read_file_text(folder.path(), 1'000, text) == "");
  writer.join();
  CHECK(text == "piece 0\npiece 1\npiece 2\n");
}
