#include <spanwise/resource/service_detector.hpp>

#include "file_root.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>
#include <vector>

using spanwise::environment;
using spanwise::service_detector;
using testing::texts_of;

namespace {

std::string instance(service_detector const& asked = {}) {
  return std::string{asked.detect(environment{}).text("service.instance.id")};
}

/// What a forked child finds, and a child of its own.
std::vector<std::string> in_child() {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  pid_t const child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    std::string const mine = instance();
    bool good = mine == instance() && ::write(ends[1], mine.data(), 36) == 36;
    if (::fork() == 0) {
      std::string const grandchild = instance();
      ::_exit(::write(ends[1], grandchild.data(), 36) == 36 ? 0 : 1);
    }
    int status = 0;
    ::wait(&status);
    ::_exit(good && status == 0 ? 0 : 1);
  }
  ::close(ends[1]);
  std::vector<std::string> found;
  for (char text[36]; ::read(ends[0], text, sizeof text) == sizeof text;) found.emplace_back(text, sizeof text);
  ::close(ends[0]);
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  return found;
}

} // namespace

TEST_CASE("the instance has one random UUID for all of the process") {
  std::string const id = instance();
  REQUIRE(id.size() == 36);
  CHECK(id[14] == '4');
  CHECK(std::string_view{"89ab"}.find(id[19]) != std::string_view::npos);
  CHECK(instance() == id);
}

TEST_CASE("a forked child is another instance, and so is its child") {
  std::string const mine = instance();
  auto const children = in_child();
  auto const more = in_child();
  REQUIRE(children.size() == 2);
  REQUIRE(more.size() == 2);
  CHECK(std::set<std::string>{mine, children[0], children[1], more[0], more[1]}.size() == 5);
  CHECK(instance() == mine);
}

TEST_CASE("threads that ask at once get the same UUID", "[threads]") {
  auto const* const before = spanwise::detail::this_instance.load(spanwise::detail::relaxed);
  for (int turn = 0; turn < 50; ++turn) {
    spanwise::detail::this_instance.store(nullptr, spanwise::detail::relaxed);
    std::vector<std::string> found(4);
    {
      std::vector<std::thread> threads;
      for (auto& each : found) threads.emplace_back([&each] { each = instance(); });
      for (auto& each : threads) each.join();
    }
    CHECK(std::set<std::string>(found.begin(), found.end()).size() == 1);
    delete spanwise::detail::this_instance.exchange(before, spanwise::detail::acq_rel);
  }
}

TEST_CASE("a text that belongs to the instance gives the same UUID each time") {
  std::string const one = instance({.stable_from = "shop/cart-0/cart"});
  CHECK(one == spanwise::detail::instance_uuid("shop/cart-0/cart"));
  CHECK(instance({.stable_from = "shop/cart-1/cart"}) != one);
}

TEST_CASE("the name of the service is what OTEL_SERVICE_NAME says") {
  auto const found = service_detector{}.detect(environment{{"OTEL_SERVICE_NAME", "cart"}});
  CHECK(found.text("service.name") == "cart");
  CHECK(found.schema_url() == spanwise::semconv_schema_url);
  CHECK(texts_of(service_detector{}.detect(environment{})).size() == 1);
  CHECK(spanwise::any_detector{service_detector{}}.name() == "service");
}
