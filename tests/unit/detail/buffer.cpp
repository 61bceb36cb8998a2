#include <spanwise/detail/buffer.hpp>

#include "catch.hpp"

#include <string>

using spanwise::detail::buffer;

TEST_CASE("a buffer grows as it is written and keeps its memory when cleared") {
  buffer out;
  CHECK(out.empty());
  CHECK(out.text() == "");
  std::string expected;
  for (int round = 0; round < 2000; ++round) {
    out.append("abc");
    out.push('-');
    expected += "abc-";
  }
  CHECK(out.text() == expected);
  std::size_t const capacity = out.capacity();
  char const* const data = out.data();
  out.clear();
  CHECK(out.empty());
  CHECK(out.capacity() == capacity);
  out.append("again");
  CHECK(out.data() == data);
  CHECK(out.text() == "again");
  out.truncate(2);
  CHECK(out.text() == "ag");
  out.reset();
  CHECK(out.capacity() == 0);
}

TEST_CASE("room given by a buffer is written first and committed then") {
  buffer out;
  char* const end = out.room(10);
  REQUIRE(end != nullptr);
  end[0] = 'x';
  end[1] = 'y';
  out.commit(end + 2);
  CHECK(out.text() == "xy");
  CHECK(out.bytes().size() == 2);
}

TEST_CASE("a buffer that is moved from is empty and usable") {
  buffer first;
  first.append("text");
  buffer second{std::move(first)};
  CHECK(second.text() == "text");
  first.append("new");
  CHECK(first.text() == "new");
  first = std::move(second);
  CHECK(first.text() == "text");
}

TEST_CASE("running out of memory is remembered until the buffer is cleared") {
  buffer out;
  out.append("kept");
  CHECK(out.room(buffer::max_size) == nullptr);
  CHECK(out.failed());
  CHECK(out.room(SIZE_MAX) == nullptr);
  CHECK(out.text() == "kept");
  out.recover();
  CHECK_FALSE(out.failed());
  out.append(" on");
  CHECK(out.text() == "kept on");
  CHECK(out.room(buffer::max_size) == nullptr);
  out.clear();
  CHECK_FALSE(out.failed());
  out.append("works");
  CHECK(out.text() == "works");
}
