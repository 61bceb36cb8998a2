#include <spanwise/resource/container_detector.hpp>

#include "diagnostics_log.hpp"
#include "file_root.hpp"

#include <vector>

using spanwise::container_detector;
using spanwise::environment;
using spanwise::resource;
using testing::file_root;
using testing::texts_of;

namespace {

using texts = std::map<std::string, std::string>;

std::string const id = "7be92808767a667f35c8505cbf40d14e931ef6db5b0210329cf193b15ba9d605";
std::string const other = "dc64b5743252dbaef6e30521c34d6bbd1620c8ce65bdb7bf9e7143b61bb5b183";

resource detect(file_root const& root) {
  return container_detector{.root = root.path()}.detect(environment{});
}

} // namespace

TEST_CASE("outside of containers there is nothing, which is no error, and nothing has no schema") {
  diagnostics_log const log;
  resource const found =
      detect({{"/proc/self/cgroup", "0::/init.scope\n"}, {"/proc/self/mountinfo", "1 0 8:1 / / rw - ext4 x rw\n"}});
  CHECK(found.encoded().empty());
  CHECK(found.schema_url().empty());
  CHECK(detect({}).encoded().empty());
  CHECK(log.lines().empty());
}

TEST_CASE("the container's id is found in control groups, and in mounts where those tell nothing") {
  resource const found = detect({{"/proc/self/cgroup", "12:pids:/docker/" + id + "\n"}});
  CHECK(texts_of(found) == texts{{"container.id", id}});
  CHECK(found.schema_url() == spanwise::semconv_schema_url);
  CHECK(texts_of(detect({{"/proc/self/cgroup", "0::/\n"},
                         {"/proc/self/mountinfo",
                          "1 0 8:1 /var/lib/docker/containers/" + id + "/hostname /etc/hostname rw - ext4 x rw\n"}})) ==
        texts{{"container.id", id}});
}

TEST_CASE("Podman's own words are believed") {
  resource const found = detect({{"/proc/self/cgroup", "0::/machine.slice/libpod-" + other + ".scope\n"},
                                 {"/run/.containerenv", "engine=\"podman-4.9.3\"\nname=\"cart\"\nid=\"" + id +
                                                            "\"\nimage=\"docker.io/library/redis:7.2\"\nimageid=\"" +
                                                            other + "\"\nrootless=1\n"}});
  CHECK(texts_of(found) == texts{{"container.id", id},
                                 {"container.name", "cart"},
                                 {"container.image.name", "docker.io/library/redis"},
                                 {"container.image.id", other},
                                 {"container.image.tags", ""},
                                 {"container.runtime.name", "podman"},
                                 {"container.runtime.version", "4.9.3"}});
  for (auto const& each : found.attributes()) {
    if (each.key != "container.image.tags") continue;
    std::vector<std::string> tags;
    for (auto const& tag : each.value.elements()) tags.emplace_back(tag.as_string());
    CHECK(tags == std::vector<std::string>{"7.2"});
  }
  // Empty unless the container has privileges.
  CHECK(texts_of(detect({{"/proc/self/cgroup", "0::/machine.slice/libpod-" + id + ".scope\n"},
                         {"/run/.containerenv", ""}})) == texts{{"container.id", id}});
  CHECK(texts_of(detect({{"/run/.containerenv", "id=\"../../etc\"\nname=\"cart\"\n"}})) ==
        texts{{"container.name", "cart"}});
}

TEST_CASE("images have a name and perhaps a tag") {
  auto const split = [](std::string_view image) {
    auto const parts = spanwise::detail::split_image(image);
    return std::pair{std::string{parts.name}, std::string{parts.tag}};
  };
  using pair = std::pair<std::string, std::string>;
  CHECK(split("redis") == pair{"redis", ""});
  CHECK(split("redis:7") == pair{"redis", "7"});
  CHECK(split("localhost:5000/redis") == pair{"localhost:5000/redis", ""});
  CHECK(split("localhost:5000/redis:7") == pair{"localhost:5000/redis", "7"});
  CHECK(split("redis:7@sha256:e4ca62c0") == pair{"redis", "7"});
  CHECK(split("redis@sha256:e4ca62c0") == pair{"redis", ""});
  CHECK(split("") == pair{"", ""});
}

TEST_CASE("its name is the one that OpenTelemetry reserves") {
  CHECK(spanwise::any_detector{container_detector{}}.name() == "container");
}
