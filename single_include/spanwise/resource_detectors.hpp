// spanwise/resource_detectors.hpp, a part of spanwise beside the single header. Made by tools/single_header.py from include/: change that, not this.
#pragma once

#include <spanwise/spanwise.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <time.h>
#include <vector>

// spanwise/resource/system_files.hpp
//
// What the system tells in files: small ones, read whole and with bounds, so that no file can hold up a start.

#if defined(_WIN32)
#include <process.h>
#else
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// The most that is read of one file. Lists of mounts have some hundred bytes for each.
inline constexpr std::size_t longest_system_file = 1U << 20;

/// What a file holds; empty if it is none or can't be read. What is longer than `most` ends at its last whole line.
///
/// `root` is put before `path`: a folder of fixtures, or where a container sees the files of its host.
SPANWISE_SMALL std::string read_system_file(std::string_view root, std::string_view path,
                                            std::size_t most = longest_system_file) {
  std::string const name = joined({root, path});
  std::string text;
  bool cut = false;
  char block[4096];
  auto const take = [&](std::size_t size) {
    cut = size > most - text.size();
    text.append(block, cut ? most - text.size() : size);
    return !cut;
  };
#if defined(_WIN32)
  std::FILE* const file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) return {};
  for (std::size_t size; (size = std::fread(block, 1, sizeof block, file)) != 0 && take(size);) {}
  std::fclose(file);
#else
  // A pipe in the place of a file would wait for somebody to write.
  int const file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return {};
  struct stat about {};
  if (::fstat(file, &about) == 0 && S_ISREG(about.st_mode))
    for (ssize_t size; (size = ::read(file, block, sizeof block)) > 0 && take(static_cast<std::size_t>(size));) {}
  ::close(file);
#endif
  if (cut) text.resize(text.rfind('\n') + 1); // npos + 1: no whole line
  return text;
}

/// True if there is such a file, whether or not it can be read.
SPANWISE_SMALL bool has_system_file(std::string_view root, std::string_view path) {
#if defined(_WIN32)
  static_cast<void>(root), static_cast<void>(path);
  return false;
#else
  return ::access(joined({root, path}).c_str(), F_OK) == 0;
#endif
}

/// Takes the next `count` parts off `text`, each with the separator behind it.
SPANWISE_SMALL void skip_parts(std::string_view& text, char separator, int count) noexcept {
  while (count-- > 0) static_cast<void>(next_part(text, separator));
}

/// Takes the next line off `text`, without its end.
SPANWISE_SMALL std::string_view next_line(std::string_view& text) noexcept {
  std::string_view const line = next_part(text, '\n');
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

SPANWISE_SMALL std::int64_t process_id() noexcept {
#if defined(_WIN32)
  return ::_getpid();
#else
  return ::getpid();
#endif
}

/// The value of a line `NAME=value` in files such as /etc/os-release; empty if there is none.
///
/// Quotes around it go, and within them backslashes before what a shell would expand (os-release(5)).
SPANWISE_SMALL std::string assigned_value(std::string_view text, std::string_view name) {
  std::string value;
  while (!text.empty()) {
    std::string_view line = trimmed(next_line(text));
    if (next_part(line, '=') != name) continue;
    char const quote = !line.empty() && (line.front() == '"' || line.front() == '\'') ? line.front() : '\0';
    if (quote != '\0') line.remove_prefix(1);
    value.clear();
    for (std::size_t at = 0; at < line.size() && (quote == '\0' || line[at] != quote); ++at) {
      if (quote == '"' && line[at] == '\\' && at + 1 < line.size()) ++at;
      value += line[at];
    }
  }
  return value;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/resource/container_signs.hpp
//
// Whether this process is in a container, and in which one: what lists of control groups and of mounts tell, of Docker,
// Podman, containerd, CRI-O, nerdctl, Amazon ECS and Kubernetes. Reads text; knows nothing of resources.

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

// spanwise/resource/container_detector.hpp
//
// Finds the container that this process runs in.

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

// spanwise/resource/network_addresses.hpp
//
// The addresses of this machine's network interfaces, but for those by which it talks to itself.

#if !defined(_WIN32)
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif
#if defined(__linux__)
#include <netpacket/packet.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

struct network_addresses {
  std::vector<std::string> ip{};  ///< IPv6 as RFC 5952 writes it, without a zone
  std::vector<std::string> mac{}; ///< `AC-DE-48-23-45-67`
};

/// The hexadecimal form of IEEE RA; empty for an interface that has no address of its own.
SPANWISE_SMALL std::string mac_text(unsigned char const* bytes, std::size_t size) {
  std::string text;
  bool any = false;
  for (std::size_t i = 0; i < size; ++i) {
    if (i != 0) text += '-';
    for (int const shift : {4, 0}) text += "0123456789ABCDEF"[bytes[i] >> shift & 15];
    any = any || bytes[i] != 0;
  }
  return any ? text : std::string{};
}

/// The first of several equal texts stays; there are never many.
SPANWISE_SMALL void add_once(std::vector<std::string>& list, std::string_view text) {
  if (text.empty()) return;
  for (std::string const& present : list)
    if (present == text) return;
  list.emplace_back(text);
}

#if !defined(_WIN32)
SPANWISE_SMALL void add_address(network_addresses& found, sockaddr const& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) {
    auto const* const four = reinterpret_cast<sockaddr_in const*>(&address);
    if (::inet_ntop(AF_INET, &four->sin_addr, text, sizeof text) != nullptr) add_once(found.ip, text);
  } else if (address.sa_family == AF_INET6) {
    auto const* const six = reinterpret_cast<sockaddr_in6 const*>(&address);
    if (::inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text) != nullptr) add_once(found.ip, text);
  }
#if defined(__linux__)
  if (address.sa_family == AF_PACKET) {
    auto const* const link = reinterpret_cast<sockaddr_ll const*>(&address);
    if (link->sll_halen <= sizeof link->sll_addr) add_once(found.mac, mac_text(link->sll_addr, link->sll_halen));
  }
#endif
}
#endif

/// Asks the kernel; sends nothing. Hardware addresses on Linux alone, nothing at all on Windows.
SPANWISE_SMALL network_addresses find_addresses() {
  network_addresses found;
#if !defined(_WIN32)
  struct held {
    ifaddrs* list = nullptr;
    ~held() {
      if (list != nullptr) ::freeifaddrs(list);
    }
  } all;
  if (::getifaddrs(&all.list) != 0) return found;
  for (ifaddrs const* each = all.list; each != nullptr; each = each->ifa_next)
    if (each->ifa_addr != nullptr && (each->ifa_flags & IFF_LOOPBACK) == 0) add_address(found, *each->ifa_addr);
#endif
  return found;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/resource/operating_system.hpp
//
// Which operating system this is, and on which kind of processor: os.* and host.arch of the semantic conventions.

#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif
#if !defined(_WIN32)
#include <sys/utsname.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// The conventions' word for the system that this is compiled for; empty if they have none.
inline constexpr std::string_view os_type =
#if defined(__linux__)
    "linux";
#elif defined(__APPLE__)
    "darwin";
#elif defined(_WIN32)
    "windows";
#elif defined(__FreeBSD__)
    "freebsd";
#elif defined(__NetBSD__)
    "netbsd";
#elif defined(__OpenBSD__)
    "openbsd";
#elif defined(__DragonFly__)
    "dragonflybsd";
#elif defined(__sun)
    "solaris";
#elif defined(_AIX)
    "aix";
#else
    "";
#endif

/// The conventions' word for what `uname -m` says; that itself if they have none.
constexpr std::string_view host_arch(std::string_view machine) noexcept {
  struct pair {
    std::string_view said;
    std::string_view meant;
  };
  constexpr pair known[]{{"x86_64", "amd64"},     {"AMD64", "amd64"},       {"aarch64", "arm64"},
                         {"aarch64_be", "arm64"}, {"ARM64", "arm64"},       {"arm", "arm32"},
                         {"ppc", "ppc32"},        {"powerpc", "ppc32"},     {"ppc64le", "ppc64"},
                         {"powerpc64", "ppc64"},  {"powerpc64le", "ppc64"}, {"i86pc", "x86"}};
  for (auto const& [said, meant] : known)
    if (machine == said) return meant;
  if (machine.starts_with("armv8") || machine.starts_with("arm64")) return "arm64";
  if (machine.starts_with("armv")) return "arm32";
  if (machine.size() == 4 && machine[0] == 'i' && machine.ends_with("86")) return "x86";
  return machine;
}

/// What the kernel says of itself; empty texts where it can't be asked.
struct kernel {
  std::string system{};
  std::string release{};
  std::string version{};
  std::string machine{};
};

SPANWISE_SMALL kernel this_kernel(environment const& env) {
#if defined(_WIN32)
  return {.system{env.text("OS").value_or("")}, .machine{env.text("PROCESSOR_ARCHITECTURE").value_or("")}};
#else
  static_cast<void>(env);
  struct utsname told {};
  if (::uname(&told) < 0) return {};
  return {told.sysname, told.release, told.version, told.machine};
#endif
}

#if defined(__APPLE__)
SPANWISE_SMALL std::string kernel_text(char const* name) {
  char text[256] = "";
  std::size_t size = sizeof text - 1;
  return ::sysctlbyname(name, text, &size, nullptr, 0) == 0 ? std::string{text} : std::string{};
}
#endif

/// Sets os.type, os.name, os.version, os.build_id and os.description, as far as they can be found.
SPANWISE_SMALL void describe_system(resource& found, std::string_view root, kernel const& running) {
  found.set_texts({{"os.type", os_type},
                   {"os.name", running.system},
                   {"os.version", running.release},
                   {"os.description", stripped(joined({running.system, " ", running.release, " ", running.version}))}});
#if defined(__APPLE__)
  found.set_texts({{"os.name", "macOS"},
                   {"os.version", kernel_text("kern.osproductversion")},
                   {"os.build_id", kernel_text("kern.osversion")}});
#elif defined(__linux__)
  std::string release = read_system_file(root, "/etc/os-release", 65536);
  if (release.empty()) release = read_system_file(root, "/usr/lib/os-release", 65536);
  std::string const name = assigned_value(release, "NAME");
  std::string const version = assigned_value(release, "VERSION_ID");
  std::string const pretty = assigned_value(release, "PRETTY_NAME");
  std::string const build = assigned_value(release, "BUILD_ID");
  found.set_texts(
      {{"os.name", name},
       {"os.version", version},
       {"os.description", pretty.empty() ? std::string{stripped(joined({name, " ", version}))} : pretty},
       {"os.build_id", stripped(build.empty() ? read_system_file(root, "/proc/sys/kernel/osrelease", 4096) : build)}});
#endif
  static_cast<void>(root);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/resource/host_detector.hpp
//
// Finds the machine that this process runs on, and its operating system.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The id that a file holds, in one line; empty if it holds none, as while an image waits for its first start.
SPANWISE_SMALL std::string read_machine_id(std::string_view root, std::string_view path) {
  std::string const text = read_system_file(root, path, 4096);
  std::string_view const id = stripped(text);
  char_set constexpr letters{"--09AFaf"};
  bool const good =
      (id.size() == 32 || id.size() == 36) && letters.has_all(id) && id.find_first_not_of("0-") != id.npos;
  return good ? std::string{id} : std::string{};
}

} // namespace detail

/// host.name, host.id and host.arch; os.type, os.name, os.version, os.build_id and os.description.
///
/// One detector for both groups, since OpenTelemetry reserves one name for them. In a container host.name is the
/// container's, os.name and os.version are its image's, and there is no host.id: an image's machine id is shared by all
/// that run it. The machine id is confidential (machine-id(5)); see `id`.
struct host_detector {
  static constexpr std::string_view name = "host";

  /// False: no host.id. Choose that where telemetry leaves the hands of who runs the machine.
  bool id = true;
  /// True: also host.ip and host.mac, of all interfaces but loopback. They tell where a machine stands, and whose it is.
  bool addresses = false;
  /// Put before each path that is read; for tests. The host name is then what /etc/hostname says.
  std::string root{};

  [[nodiscard]] SPANWISE_SMALL resource detect(environment const& env) const {
    detail::kernel const running = detail::this_kernel(env);
    resource found;
    found.set_texts(
        {{"host.name", host_name(env)}, {"host.id", host_id(env)}, {"host.arch", detail::host_arch(running.machine)}});
    detail::describe_system(found, root, running);
    if (addresses) {
      detail::network_addresses const known = detail::find_addresses();
      if (!known.ip.empty()) found.set({"host.ip", known.ip});
      if (!known.mac.empty()) found.set({"host.mac", known.mac});
    }
    found.set_schema_url(semconv_schema_url);
    return found;
  }

private:
  [[nodiscard]] SPANWISE_SMALL std::string host_name(environment const& env) const {
    static_cast<void>(env);
#if defined(_WIN32)
    return env.text("COMPUTERNAME").value_or("");
#else
    if (!root.empty()) return std::string{detail::stripped(detail::read_system_file(root, "/etc/hostname", 4096))};
    char text[257] = "";
    return ::gethostname(text, sizeof text - 1) == 0 ? std::string{text} : std::string{};
#endif
  }

  [[nodiscard]] SPANWISE_SMALL std::string host_id(environment const& env) const {
    if (!id || detail::find_container(root, env).inside) return {};
#if defined(__linux__)
    std::string const machine = detail::read_machine_id(root, "/etc/machine-id");
    return machine.empty() ? detail::read_machine_id(root, "/var/lib/dbus/machine-id") : machine;
#elif defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || defined(__DragonFly__)
    return detail::read_machine_id(root, "/etc/hostid");
#else
    return {};
#endif
  }
};
static_assert(resource_detector<host_detector>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/resource/k8s_detector.hpp
//
// Finds the pod, and what it belongs to, that this process runs in. Asks no API server: a pod is told by its own
// environment (the downward API), its service account, and its mounts.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// An attribute, and variables beside the one of its own name that often hold it.
struct k8s_attribute {
  std::string_view key;
  std::string_view usual[3];
};

inline constexpr k8s_attribute k8s_attributes[]{
    {"k8s.cluster.name", {"CLUSTER_NAME"}},
    {"k8s.cluster.uid", {}},
    {"k8s.node.name", {"NODE_NAME", "KUBE_NODE_NAME", "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"}},
    {"k8s.node.uid", {}},
    {"k8s.namespace.name", {"POD_NAMESPACE", "NAMESPACE"}},
    {"k8s.pod.name", {"POD_NAME", "OTEL_RESOURCE_ATTRIBUTES_POD_NAME"}},
    {"k8s.pod.uid", {"POD_UID", "OTEL_RESOURCE_ATTRIBUTES_POD_UID"}},
    {"k8s.pod.ip", {}},
    {"k8s.container.name", {"CONTAINER_NAME"}},
    {"k8s.replicaset.name", {}},
    {"k8s.replicaset.uid", {}},
    {"k8s.deployment.name", {}},
    {"k8s.deployment.uid", {}},
    {"k8s.statefulset.name", {}},
    {"k8s.statefulset.uid", {}},
    {"k8s.daemonset.name", {}},
    {"k8s.daemonset.uid", {}},
    {"k8s.job.name", {}},
    {"k8s.job.uid", {}},
    {"k8s.cronjob.name", {}},
    {"k8s.cronjob.uid", {}},
};

/// K8S_POD_NAME of k8s.pod.name.
SPANWISE_SMALL std::string variable_of(std::string_view key) {
  std::string name{key};
  for (char& letter : name)
    letter = letter == '.' ? '_' : letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  return name;
}

} // namespace detail

/// Attributes k8s.*, each from the variable of its name in capitals, such as K8S_POD_NAME for k8s.pod.name.
///
/// The API server tells a process nothing by itself; the pod's spec has to hand it over:
///
///     env:
///       - name: K8S_POD_NAME
///         valueFrom: {fieldRef: {fieldPath: metadata.name}}
///       - name: K8S_NODE_NAME
///         valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
///
/// Inside a cluster (KUBERNETES_SERVICE_HOST is set) the names that others use count too: POD_NAME, POD_UID,
/// POD_NAMESPACE, NAMESPACE, NODE_NAME, KUBE_NODE_NAME, CLUSTER_NAME, CONTAINER_NAME, and those of OpenTelemetry's
/// operator. What is still unknown is looked for: the namespace in the service account's, the pod's UID in control
/// groups and mounts, the container's name in mounts, and the pod's name is taken to be the host name, unless the pod
/// uses its node's network. (A spec with a `hostname` of its own must say K8S_POD_NAME.)
///
/// Whoever sets OTEL_RESOURCE_ATTRIBUTES to `k8s.pod.name=$(POD_NAME)` and the like needs no detector, and is believed
/// before it.
struct k8s_detector {
  static constexpr std::string_view name = "k8s";

  /// Put before each path that is read; for tests.
  std::string root{};

  [[nodiscard]] SPANWISE_SMALL resource detect(environment const& env) const {
    bool const in_cluster = env.text("KUBERNETES_SERVICE_HOST").has_value();
    resource found;
    if (in_cluster) look_around(found, env);
    for (detail::k8s_attribute const& each : detail::k8s_attributes) {
      auto value = env.text(detail::variable_of(each.key));
      for (std::string_view const variable : each.usual)
        if (in_cluster && !value && !variable.empty()) value = env.text(variable);
      if (value) found.set({any_key{each.key}, *value});
    }
    if (!found.encoded().empty()) found.set_schema_url(semconv_schema_url);
    return found;
  }

private:
  SPANWISE_SMALL void look_around(resource& found, environment const& env) const {
    detail::found_container const container = detail::find_container(root, env);
    std::string const account =
        detail::read_system_file(root, "/var/run/secrets/kubernetes.io/serviceaccount/namespace", 4096);
    found.set_texts({{"k8s.namespace.name", detail::stripped(account)},
                     {"k8s.pod.uid", container.pod_uid},
                     {"k8s.container.name", container.name_in_pod}});
    // The node's agent writes this file, and says there whose network it is. A longer name than a host can have is cut.
    std::string const hosts = detail::read_system_file(root, "/etc/hosts", 16384);
    std::string const host = detail::read_system_file(root, "/etc/hostname", 4096);
    if (hosts.starts_with("# Kubernetes-managed hosts file.") && detail::stripped(host).size() < 63)
      found.set_texts({{"k8s.pod.name", detail::stripped(host)}});
  }
};
static_assert(resource_detector<k8s_detector>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/resource/process_detector.hpp
//
// Describes this process: its id, its program, who runs it, what compiled it.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// What a link in /proc leads to; empty if it can't be read.
SPANWISE_SMALL std::string link_target(char const* path) {
#if defined(__linux__)
  char text[4096];
  ssize_t const size = ::readlink(path, text, sizeof text);
  if (size > 0 && static_cast<std::size_t>(size) < sizeof text) return {text, static_cast<std::size_t>(size)};
#else
  static_cast<void>(path);
#endif
  return {};
}

/// The path of a program that runs, as the kernel shows it: it says so behind it when the file was replaced.
constexpr std::string_view program_path(std::string_view shown) noexcept {
  constexpr std::string_view gone = " (deleted)";
  return shown.ends_with(gone) ? shown.substr(0, shown.size() - gone.size()) : shown;
}

/// The texts of a list whose items each end in a zero.
SPANWISE_SMALL std::vector<std::string> zero_ended(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) items.push_back(repaired_text(next_part(list, '\0')));
  return items;
}

/// The name of a user in the text of /etc/passwd; empty if it is not there.
SPANWISE_SMALL std::string_view user_name(std::string_view users, std::uint64_t id) noexcept {
  while (!users.empty()) {
    std::string_view line = next_line(users);
    std::string_view const name = next_part(line, ':');
    skip_parts(line, ':', 1);
    std::string_view const number = next_part(line, ':');
    whole_number const read = read_whole_number(number);
    if (!number.empty() && read.size == number.size() && read.fits && static_cast<std::uint64_t>(read.value) == id)
      return name;
  }
  return {};
}

/// The ticks since the machine's start at which a process began, from the text of /proc/PID/stat.
SPANWISE_SMALL std::optional<std::int64_t> start_ticks(std::string_view stat) noexcept {
  stat.remove_prefix(stat.rfind(')') + 1); // what is before it is the program's name, of any letters
  skip_parts(stat, ' ', 20);
  std::string_view const field = next_part(stat, ' ');
  whole_number const ticks = read_whole_number(field);
  if (field.empty() || ticks.size != field.size() || !ticks.fits) return std::nullopt;
  return ticks.value;
}

/// A moment as ISO 8601 has it, in UTC and with milliseconds: `2023-11-21T09:25:34.853Z`.
SPANWISE_SMALL std::string iso_time(std::int64_t unix_ms) {
  auto const seconds = static_cast<time_t>(unix_ms / 1000);
  struct tm parts {};
#if defined(_WIN32)
  if (::gmtime_s(&parts, &seconds) != 0) return {};
#else
  if (::gmtime_r(&seconds, &parts) == nullptr) return {};
#endif
  char text[96];
  int const size =
      std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                    parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(unix_ms % 1000));
  return {text, static_cast<std::size_t>(size)};
}

/// When this process began; empty if the system does not tell.
SPANWISE_SMALL std::string creation_time() {
#if defined(__linux__)
  auto const ticks = start_ticks(read_system_file({}, "/proc/self/stat", 4096));
  long const ticks_a_second = ::sysconf(_SC_CLK_TCK);
  timespec now{};
  timespec since_boot{};
  if (!ticks || *ticks < 0 || *ticks > INT64_MAX / 1000 || ticks_a_second <= 0 ||
      ::clock_gettime(CLOCK_REALTIME, &now) != 0 || ::clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0)
    return {};
  auto const ms = [](timespec const& time) { return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000; };
  return iso_time(ms(now) - ms(since_boot) + *ticks * 1000 / ticks_a_second);
#else
  return {};
#endif
}

/// The compiler, which the conventions call the run-time of native programs, and beside it the libraries.
struct runtime_names {
  std::string_view name;
  std::string version;
  std::string description;
};

SPANWISE_SMALL runtime_names native_runtime() {
#if defined(__clang__)
  runtime_names found{"clang", joined({__clang_major__, ".", __clang_minor__, ".", __clang_patchlevel__}), {}};
#elif defined(__GNUC__)
  runtime_names found{"gcc", joined({__GNUC__, ".", __GNUC_MINOR__, ".", __GNUC_PATCHLEVEL__}), {}};
#elif defined(_MSC_VER)
  runtime_names found{"msvc", joined({_MSC_VER / 100, ".", _MSC_VER % 100}), {}};
#else
  runtime_names found{};
#endif
  if (!found.name.empty()) found.description = joined({found.name, " ", found.version});
#if defined(_LIBCPP_VERSION)
  found.description += joined({", libc++ ", _LIBCPP_VERSION});
#elif defined(_GLIBCXX_RELEASE)
  found.description += joined({", libstdc++ ", _GLIBCXX_RELEASE});
#endif
#if defined(__GLIBC__)
  found.description += joined({", glibc ", __GLIBC__, ".", __GLIBC_MINOR__});
#endif
  return found;
}

} // namespace detail

/// process.pid, process.executable.name and .path, process.command, process.owner, process.creation.time, and
/// process.runtime.name, .version and .description: compiler and libraries that the program was built with.
///
/// process.owner and the paths tell who runs it and where, often a person's login name. The rest of the command line
/// often holds passwords and tokens, so it is not sent unless asked for. A forked child describes itself once it starts
/// a pipeline of its own.
struct process_detector {
  static constexpr std::string_view name = "process";

  /// The whole command line, as process.command_args and process.args_count. Mind what it holds.
  bool command_args = false;
  /// process.working_directory.
  bool working_directory = false;
  /// process.parent_pid.
  bool parent_pid = false;
  /// False: no process.owner.
  bool owner = true;

  [[nodiscard]] SPANWISE_SMALL resource detect(environment const& env) const {
    resource found;
    found.set({"process.pid", detail::process_id()});
    std::string const shown = detail::link_target("/proc/self/exe");
    std::string_view const path = detail::program_path(shown);
    found.set_texts({{"process.executable.path", path},
                     {"process.executable.name", path.substr(path.rfind('/') + 1)},
                     {"process.creation.time", detail::creation_time()}});
    auto const arguments = detail::zero_ended(detail::read_system_file({}, "/proc/self/cmdline", 65536));
    if (!arguments.empty()) {
      found.set_texts({{"process.command", arguments.front()}});
      if (command_args) {
        found.set({"process.command_args", arguments});
        found.set({"process.args_count", arguments.size()});
      }
    }
    set_surroundings(found, env);
    detail::runtime_names const runtime = detail::native_runtime();
    found.set_texts({{"process.runtime.name", runtime.name},
                     {"process.runtime.version", runtime.version},
                     {"process.runtime.description", runtime.description}});
    found.set_schema_url(semconv_schema_url);
    return found;
  }

private:
  SPANWISE_SMALL void set_surroundings(resource& found, environment const& env) const {
#if defined(_WIN32)
    if (owner) found.set_texts({{"process.owner", env.text("USERNAME").value_or("")}});
#else
    static_cast<void>(env);
#if defined(__APPLE__) || defined(__FreeBSD__)
    if (char const* const program = ::getprogname()) found.set_texts({{"process.executable.name", program}});
#endif
    // Not getpwuid, which may ask a directory server for it.
    if (owner) {
      std::string const users = detail::read_system_file({}, "/etc/passwd");
      found.set_texts({{"process.owner", detail::user_name(users, ::geteuid())}});
    }
    if (parent_pid) found.set({"process.parent_pid", std::int64_t{::getppid()}});
    char folder[4096];
    if (working_directory && ::getcwd(folder, sizeof folder) != nullptr)
      found.set_texts({{"process.working_directory", folder}});
#endif
  }
};
static_assert(resource_detector<process_detector>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/resource/name_uuid.hpp
//
// UUIDs made of names (RFC 9562, version 5), by which a service instance is known again when it starts anew.

namespace spanwise::inline SPANWISE_ABI::detail {

/// One step of SHA-1 (FIPS 180-4): 64 bytes into the state. It serves RFC 9562, not security.
SPANWISE_SMALL void sha1_block(std::array<std::uint32_t, 5>& state, unsigned char const* block) noexcept {
  std::uint32_t words[80];
  for (std::size_t i = 0; i < 16; ++i)
    words[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
               std::uint32_t{block[4 * i + 2]} << 8 | block[4 * i + 3];
  for (std::size_t i = 16; i < 80; ++i)
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    std::uint32_t const mixed = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999
                                : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                                : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                                         : (b ^ c ^ d) + 0xca62c1d6;
    std::uint32_t const next = std::rotl(a, 5) + mixed + e + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

SPANWISE_SMALL std::array<std::uint32_t, 5> sha1(std::string_view text) {
  std::array<std::uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::string padded{text};
  padded += '\x80';
  padded.resize((padded.size() + 8 + 63) / 64 * 64 - 8);
  for (int shift = 56; shift >= 0; shift -= 8)
    padded += static_cast<char>(static_cast<unsigned char>(std::uint64_t{text.size()} * 8 >> shift));
  for (std::size_t at = 0; at < padded.size(); at += 64)
    sha1_block(state, reinterpret_cast<unsigned char const*>(padded.data()) + at);
  return state;
}

/// The UUID that `name` has among service instances: the same wherever and whenever it is made.
///
/// In OpenTelemetry's namespace for service.instance.id, 4d63009a-8d0f-11ee-aad7-4c796ed8e320.
SPANWISE_SMALL std::string instance_uuid(std::string_view name) {
  std::string text{"\x4d\x63\x00\x9a\x8d\x0f\x11\xee\xaa\xd7\x4c\x79\x6e\xd8\xe3\x20", 16};
  text += name;
  auto const words = sha1(text);
  return uuid_text(std::uint64_t{words[0]} << 32 | words[1], std::uint64_t{words[2]} << 32 | words[3], 5);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/resource/service_detector.hpp
//
// Names this instance of the service, so that it is the same in everything that it sends.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The random id of one process. Those of its parents are kept, for leak detectors to find.
struct process_instance {
  std::int64_t process;
  std::uint64_t high;
  std::uint64_t low;
  process_instance const* before;
};

SPANWISE_SHARED inline constinit atomic<process_instance const*> this_instance{};

/// A random UUID: the same at each call in one process, another one in its children.
SPANWISE_SMALL std::string process_uuid() {
  std::int64_t const process = process_id();
  process_instance const* known = this_instance.load(acquire);
  if (known == nullptr || known->process != process) {
    random_source random;
    random.seed();
    std::uint64_t const high = random();
    auto const* const made = new process_instance{process, high, random(), known};
    if (this_instance.compare_exchange(known, made, acq_rel, acquire)) known = made;
    else delete made; // another thread of this process was faster
  }
  return uuid_text(known->high, known->low, 4);
}

} // namespace detail

/// service.instance.id, and service.name where OTEL_SERVICE_NAME says it.
///
/// The id is a random UUID that all pipelines of this process share; without this detector each start makes its own.
/// A forked child gets another one, once it starts a pipeline: so servers that fork workers start tracing in each
/// worker, not before.
struct service_detector {
  static constexpr std::string_view name = "service";

  /// A text that only this instance has, and still has when it starts anew, such as a pod's namespace and name with the
  /// container's: the id is then a UUID made of it (version 5), the same each time. It can't be read back from the
  /// UUID, but guessed. Worker processes need texts of their own.
  std::string stable_from{};

  [[nodiscard]] SPANWISE_SMALL resource detect(environment const& env) const {
    resource found;
    found.set(
        {"service.instance.id", stable_from.empty() ? detail::process_uuid() : detail::instance_uuid(stable_from)});
    if (auto const service = env.text("OTEL_SERVICE_NAME")) found.set({"service.name", *service});
    found.set_schema_url(semconv_schema_url);
    return found;
  }
};
static_assert(resource_detector<service_detector>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/resource_detectors.hpp
//
// The resource detectors: what a process can find out about itself, its host, its container and its pod. They are a
// part beside the single header, all in one: who lists some of them at the start has them compiled there, and nobody
// else.
//
//     #include <spanwise/resource_detectors.hpp>
//     auto tracing = spanwise::start("shop", spanwise::batch{spanwise::otlp_http{}},
//                                    {.detectors = {spanwise::process_detector{}, spanwise::host_detector{}}});
//
// What they find is outweighed by OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME and code.
