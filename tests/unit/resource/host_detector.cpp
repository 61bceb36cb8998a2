#include <spanwise/resource/host_detector.hpp>

#include "diagnostics_log.hpp"
#include "file_root.hpp"

#include <unistd.h>

#include <vector>

using spanwise::environment;
using spanwise::host_detector;
using spanwise::resource;
using testing::file_root;
using testing::texts_of;

namespace {

std::string const machine = "3d1219c7c4c5404aaa1f6d2a48adfda4";
std::string const other = "fdbf79e8af94cb7f9e8df36789187052";

std::string id_of(file_root const& root, environment const& env = {}) {
  return std::string{host_detector{.root = root.path()}.detect(env).text("host.id")};
}

} // namespace

TEST_CASE("a host tells its name, its processor and its system, and sets the conventions' schema") {
  diagnostics_log const log;
  resource const found = host_detector{}.detect(environment{});
  char name[257] = "";
  REQUIRE(::gethostname(name, sizeof name - 1) == 0);
  CHECK(found.text("host.name") == name);
#if defined(__x86_64__)
  CHECK(found.text("host.arch") == "amd64");
#elif defined(__aarch64__)
  CHECK(found.text("host.arch") == "arm64");
#endif
#if defined(__linux__)
  CHECK(found.text("os.type") == "linux");
#endif
  CHECK_FALSE(found.text("os.description").empty());
  CHECK(found.schema_url() == spanwise::semconv_schema_url);
  CHECK(spanwise::any_detector{host_detector{}}.name() == "host");
  CHECK(log.lines().empty());
}

TEST_CASE("addresses are sent only where they are asked for") {
  auto const usual = texts_of(host_detector{}.detect(environment{}));
  CHECK_FALSE(usual.contains("host.ip"));
  CHECK_FALSE(usual.contains("host.mac"));
  auto const known = spanwise::detail::find_addresses();
  spanwise::resource const asked = host_detector{.addresses = true}.detect(environment{});
  for (auto const& each : asked.attributes()) {
    if (each.key != "host.ip" && each.key != "host.mac") continue;
    std::vector<std::string> sent;
    for (auto const& one : each.value.elements()) sent.emplace_back(one.as_string());
    CHECK(sent == (each.key == "host.ip" ? known.ip : known.mac));
    CHECK_FALSE(sent.empty());
  }
}

#if defined(__linux__)
TEST_CASE("the id of a host is its machine id, without the end of its line") {
  CHECK(id_of({{"/etc/machine-id", machine + "\n"}}) == machine);
  CHECK(id_of({{"/etc/machine-id", machine}, {"/var/lib/dbus/machine-id", other}}) == machine);
  CHECK(id_of({{"/var/lib/dbus/machine-id", other + "\n"}}) == other);
  CHECK(id_of({{"/etc/machine-id", ""}, {"/var/lib/dbus/machine-id", other}}) == other);
  CHECK(id_of({{"/etc/machine-id", "uninitialized\n"}, {"/var/lib/dbus/machine-id", other}}) == other);
}

TEST_CASE("what is no machine id is none, which is no error") {
  diagnostics_log const log;
  CHECK(id_of({}).empty());
  CHECK(id_of({{"/etc/machine-id", "\n"}}).empty());
  CHECK(id_of({{"/etc/machine-id", machine + "0"}}).empty());
  CHECK(id_of({{"/etc/machine-id", machine.substr(1)}}).empty());
  CHECK(id_of({{"/etc/machine-id", "g" + machine.substr(1)}}).empty());
  CHECK(id_of({{"/etc/machine-id", machine + "\n" + other}}).empty());
  CHECK(id_of({{"/etc/machine-id", std::string(32, '0')}}).empty());
  CHECK(id_of({{"/etc/machine-id", std::string(100'000, 'a')}}).empty());
  CHECK(log.lines().empty());
}

TEST_CASE("in a container there is no id of a host, whatever tells that it is one") {
  std::pair<std::string_view, std::string_view> const id{"/etc/machine-id", machine};
  CHECK(id_of({id, {"/proc/self/cgroup", "0::/docker/" + machine + machine + "\n"}}).empty());
  CHECK(
      id_of({id, {"/proc/self/mountinfo", "1 0 8:1 /containers/" + machine + machine + "/hostname /etc/hostname rw\n"}})
          .empty());
  CHECK(id_of({id, {"/.dockerenv", ""}}).empty());
  CHECK(id_of({id, {"/run/.containerenv", ""}}).empty());
  CHECK(id_of({id}, {{"container", "podman"}}).empty());
  CHECK(id_of({id}, {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}).empty());
  CHECK(id_of({id, {"/proc/self/cgroup", "0::/init.scope\n"}}) == machine);
}

TEST_CASE("the id can be left out, and the name of a given root is what that says") {
  file_root const root{{"/etc/machine-id", machine}, {"/etc/hostname", "db-1\n"}};
  auto const found = texts_of(host_detector{.id = false, .root = root.path()}.detect(environment{}));
  CHECK_FALSE(found.contains("host.id"));
  CHECK(found.at("host.name") == "db-1");
}
#endif
