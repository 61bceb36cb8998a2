// Finds the machine that this process runs on, and its operating system.
#pragma once

#include <spanwise/core/semconv_schema.hpp>
#include <spanwise/resource/container_signs.hpp>
#include <spanwise/resource/detector.hpp>
#include <spanwise/resource/network_addresses.hpp>
#include <spanwise/resource/operating_system.hpp>

#include <string>
#include <string_view>

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
