#include <spanwise/core/text_block.hpp>

#include "catch.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace spanwise::detail;

static_assert(sizeof(shared_text) == sizeof(void*));

TEST_CASE("no text is no block") {
  shared_text const none;
  CHECK(none.empty());
  CHECK(none.view().empty());
  CHECK(none.raw() == nullptr);
  CHECK(shared_text::make("").empty());
  CHECK(text_builder{}.take().empty());
}

TEST_CASE("copies share one block, which lives as long as one of them") {
  shared_text first = shared_text::make("some text");
  shared_text second = first;
  CHECK(second.raw() == first.raw());
  first = shared_text::make("other");
  CHECK(second.view() == "some text");
  CHECK(first.view() == "other");
  shared_text third = std::move(second);
  CHECK(second.empty());
  CHECK(third.view() == "some text");
  shared_text const& itself = third;
  third = itself;
  CHECK(third.view() == "some text");
}

TEST_CASE("a share can be kept as a plain pointer") {
  shared_text first = shared_text::make("kept");
  void* const raw = first.release();
  CHECK(first.empty());
  {
    shared_text const guest = shared_text::share(raw);
    CHECK(guest.view() == "kept");
  }
  shared_text const back = shared_text::adopt(raw);
  CHECK(back.view() == "kept");
  CHECK(shared_text::adopt(nullptr).empty());
  CHECK(shared_text::share(nullptr).empty());
}

TEST_CASE("a builder grows, shrinks and refuses what there is no room for") {
  text_builder builder;
  builder.append("lost: nothing was reserved");
  builder.append('x');
  CHECK(builder.size() == 0);
  REQUIRE(builder.reserve(5));
  builder.append("hello");
  builder.append('!');
  CHECK(builder.view() == "hello");
  REQUIRE(builder.reserve(6));
  builder.append(" world");
  builder.erase(0, 1);
  CHECK(builder.view() == "ello world");
  builder.resize_down(4);
  builder.resize_down(9);
  CHECK(!builder.reserve(shared_text::max_size));
  CHECK(builder.view() == "ello");
  shared_text const done = builder.take();
  CHECK(done.view() == "ello");
  CHECK(builder.size() == 0);
  CHECK(builder.take().empty());
}

TEST_CASE("threads may copy and drop shares of one block at once") {
  shared_text const text = shared_text::make(std::string(100, 'x'));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([mine = text] {
      for (int round = 0; round < 20'000; ++round) {
        shared_text copy = mine;
        shared_text const moved = std::move(copy);
        if (moved.view().size() != 100) std::abort();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(text.view().size() == 100);
}
