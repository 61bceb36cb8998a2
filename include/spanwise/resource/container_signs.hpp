// Whether this process is in a container, and in which one: what lists of control groups and of mounts tell, of Docker,
// Podman, containerd, CRI-O, nerdctl, Amazon ECS and Kubernetes. Reads text; knows nothing of resources.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/detail/char_set.hpp>
#include <spanwise/resource/system_files.hpp>

#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

inline constexpr char_set small_hex{"09af"};
inline constexpr char_set decimal_digits{"09"};

/// Parts of such a list: views of it.
struct container_signs {
  std::string_view container_id{};
  std::string_view pod_uid{};        ///< of Kubernetes; may have `_` for `-`
  std::string_view container_name{}; ///< in its pod
};

/// 64 hexadecimal digits, as container engines count; or a task's 32, a dash and a number, as AWS Fargate does.
constexpr bool is_container_id(std::string_view text) noexcept {
  if (text.size() == 64) return small_hex.has_all(text);
  return text.size() > 33 && text.size() <= 52 && text[32] == '-' && small_hex.has_all(text.substr(0, 32)) &&
         decimal_digits.has_all(text.substr(33));
}

/// Digits in groups of 8, 4, 4, 4 and 12, with one character between them all.
constexpr bool is_pod_uid(std::string_view text) noexcept {
  if (text.size() != 36 || (text[8] != '-' && text[8] != '_')) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    bool const between = at == 8 || at == 13 || at == 18 || at == 23;
    if (between ? text[at] != text[8] : !small_hex.has(text[at])) return false;
  }
  return true;
}

/// The container that a part of a path names: `ID`, `docker-ID.scope`, `slice:cri-containerd:ID`; empty if none.
constexpr std::string_view container_in_part(std::string_view part) noexcept {
  part.remove_prefix(part.rfind(':') + 1);
  if (part.ends_with(".scope")) part.remove_suffix(6);
  if (is_container_id(part)) return part;
  std::size_t const dash = part.rfind('-');
  // A monitor is in a group of its own, outside of the container.
  if (dash == part.npos || part.substr(0, dash).ends_with("conmon")) return {};
  part.remove_prefix(dash + 1);
  return part.size() == 64 && is_container_id(part) ? part : std::string_view{};
}

/// The pod that a part of a path names: `podUID`, `kubepods-burstable-podUID.slice`; empty if none.
constexpr std::string_view pod_in_part(std::string_view part) noexcept {
  part = part.substr(0, part.find(':'));
  if (part.ends_with(".slice")) part.remove_suffix(6);
  if (part.size() < 39 || part.substr(part.size() - 39, 3) != "pod") return {};
  part.remove_prefix(part.size() - 36);
  return is_pod_uid(part) ? part : std::string_view{};
}

/// Reads the path of a control group; the innermost container and pod count.
SPANWISE_SMALL void read_group_path(std::string_view path, container_signs& found) noexcept {
  while (!path.empty()) {
    std::string_view const part = path.substr(path.rfind('/') + 1);
    path = path.substr(0, path.size() - part.size());
    if (!path.empty()) path.remove_suffix(1);
    if (found.container_id.empty()) found.container_id = container_in_part(part);
    if (found.pod_uid.empty()) found.pod_uid = pod_in_part(part);
  }
}

/// Reads /proc/self/cgroup: lines `number:controllers:path`, of both versions.
SPANWISE_SMALL container_signs read_groups(std::string_view text) noexcept {
  container_signs found;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    skip_parts(line, ':', 2);
    read_group_path(line, found);
  }
  return found;
}

/// Reads /proc/self/mountinfo: where the mounts of a container come from tells what a group namespace hides.
///
/// In a pod, /etc/hostname and its like belong to the sandbox that all containers share: their id is not taken. Docker
/// shares them too, with `--network container:...`; that can't be told from here.
SPANWISE_SMALL container_signs read_mounts(std::string_view text) noexcept {
  container_signs found;
  std::string_view of_own_file;
  std::string_view of_shared_file;
  bool in_pod = false;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    skip_parts(line, ' ', 3);
    std::string_view source = next_part(line, ' ');
    std::string_view const target = next_part(line, ' ');
    if (target.starts_with("/sys/fs/cgroup")) {
      read_group_path(source, found);
      continue;
    }
    bool const own = target == "/run/.containerenv";
    bool const termination = target == "/dev/termination-log";
    if (!own && !termination && target != "/etc/hosts" && target != "/etc/hostname" && target != "/etc/resolv.conf")
      continue;
    std::string_view& id = own ? of_own_file : of_shared_file;
    for (std::string_view before, part; !source.empty(); before = part) {
      part = next_part(source, '/');
      if (part == "sandboxes") in_pod = true;
      if (part.size() == 64 && is_container_id(part)) id = part;
      if (before != "pods" || !is_pod_uid(part)) continue;
      in_pod = true;
      found.pod_uid = part;
      // .../pods/UID/containers/NAME/HASH
      if (termination && next_part(source, '/') == "containers") found.container_name = next_part(source, '/');
      break;
    }
  }
  if (found.container_id.empty()) found.container_id = of_own_file;
  if (found.container_id.empty() && !in_pod) found.container_id = of_shared_file;
  return found;
}

/// What the files of this process tell of its container.
struct found_container {
  std::string id;
  std::string pod_uid;
  std::string name_in_pod;
  bool inside = false; ///< it is in one, known by id or not
};

SPANWISE_SMALL found_container find_container(std::string_view root, environment const& env) {
  std::string const groups = read_system_file(root, "/proc/self/cgroup");
  std::string const mounts = read_system_file(root, "/proc/self/mountinfo");
  container_signs const by_group = read_groups(groups);
  container_signs const by_mount = read_mounts(mounts);
  found_container found;
  found.id = by_group.container_id.empty() ? by_mount.container_id : by_group.container_id;
  found.pod_uid = by_group.pod_uid.empty() ? by_mount.pod_uid : by_group.pod_uid;
  found.name_in_pod = by_mount.container_name;
  for (char& letter : found.pod_uid)
    if (letter == '_') letter = '-';
  found.inside = !found.id.empty() || !found.pod_uid.empty() || env.text("container") ||
                 env.text("KUBERNETES_SERVICE_HOST") || has_system_file(root, "/.dockerenv") ||
                 has_system_file(root, "/run/.containerenv");
  return found;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
