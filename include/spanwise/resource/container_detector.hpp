// Finds the container that this process runs in.
#pragma once

#include <spanwise/core/semconv_schema.hpp>
#include <spanwise/resource/container_signs.hpp>
#include <spanwise/resource/detector.hpp>

#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// Name and tag of an image: `docker.io/library/redis` and `7.2` of `docker.io/library/redis:7.2@sha256:...`.
struct image_name {
  std::string_view name;
  std::string_view tag;
};

SPANWISE_SMALL image_name split_image(std::string_view image) noexcept {
  image = image.substr(0, image.find('@'));
  std::size_t const colon = image.rfind(':');
  if (colon == image.npos || image.find('/', colon) != image.npos) return {image, {}}; // a port, or nothing
  return {image.substr(0, colon), image.substr(colon + 1)};
}

} // namespace detail

/// container.id, where control groups or mounts tell it; nothing outside of containers.
///
/// Where Podman describes its container (/run/.containerenv, filled with `--privileged`), also container.name,
/// container.image.name, .tags and .id, and container.runtime.name and .version. In a pod whose groups are hidden from
/// it, as is usual with version 2, nothing tells the id: that of the pod's sandbox, which mounts show, would be wrong.
struct container_detector {
  static constexpr std::string_view name = "container";

  /// Put before each path that is read; for tests.
  std::string root{};

  [[nodiscard]] SPANWISE_SMALL resource detect(environment const& env) const {
    detail::found_container const container = detail::find_container(root, env);
    std::string const podman = detail::read_system_file(root, "/run/.containerenv", 16384);
    auto const told = [&](std::string_view key) { return detail::assigned_value(podman, key); };

    resource found;
    std::string const id = told("id");
    std::string_view engine{};
    std::string const whole_engine = told("engine"); // such as podman-4.9.3
    engine = whole_engine;
    std::string_view const runtime = detail::next_part(engine, '-');
    std::string const image = told("image");
    detail::image_name const parts = detail::split_image(image);
    found.set_texts({{"container.id", detail::is_container_id(id) ? id : container.id},
                     {"container.name", told("name")},
                     {"container.image.name", parts.name},
                     {"container.image.id", told("imageid")},
                     {"container.runtime.name", runtime},
                     {"container.runtime.version", engine}});
    if (!parts.tag.empty()) found.set({"container.image.tags", {parts.tag}});
    if (!found.encoded().empty()) found.set_schema_url(semconv_schema_url);
    return found;
  }
};
static_assert(resource_detector<container_detector>);

} // namespace spanwise::inline SPANWISE_ABI
