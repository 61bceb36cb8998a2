// Which operating system this is, and on which kind of processor: os.* and host.arch of the semantic conventions.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/core/resource.hpp>
#include <spanwise/resource/system_files.hpp>

#include <string>
#include <string_view>

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
