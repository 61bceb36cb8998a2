#include <spanwise/resource/operating_system.hpp>

#include "file_root.hpp"

using namespace spanwise::detail;
using spanwise::environment;
using spanwise::resource;
using testing::file_root;
using testing::texts_of;

namespace {

using texts = std::map<std::string, std::string>;

kernel const running{"Linux", "6.1.0-28-amd64", "#1 SMP", "x86_64"};

texts describe(file_root const& root) {
  resource found;
  describe_system(found, root.path(), running);
  return texts_of(found);
}

} // namespace

TEST_CASE("processors have the conventions' names, others their own") {
  CHECK(host_arch("x86_64") == "amd64");
  CHECK(host_arch("aarch64") == "arm64");
  CHECK(host_arch("arm64") == "arm64");
  CHECK(host_arch("armv8l") == "arm64");
  CHECK(host_arch("armv7l") == "arm32");
  CHECK(host_arch("armv6l") == "arm32");
  CHECK(host_arch("i386") == "x86");
  CHECK(host_arch("i686") == "x86");
  CHECK(host_arch("ia64") == "ia64");
  CHECK(host_arch("ppc") == "ppc32");
  CHECK(host_arch("ppc64") == "ppc64");
  CHECK(host_arch("ppc64le") == "ppc64");
  CHECK(host_arch("s390x") == "s390x");
  CHECK(host_arch("riscv64") == "riscv64");
  CHECK(host_arch("").empty());
}

#if defined(__linux__)
TEST_CASE("a distribution tells its name, version and build") {
  CHECK(describe({{"/etc/os-release", "PRETTY_NAME=\"Fedora Linux 40 (Cloud)\"\nNAME=\"Fedora Linux\"\nVERSION_ID=40\n"
                                      "BUILD_ID='2024.1'\n"}}) == texts{{"os.type", "linux"},
                                                                        {"os.name", "Fedora Linux"},
                                                                        {"os.version", "40"},
                                                                        {"os.build_id", "2024.1"},
                                                                        {"os.description", "Fedora Linux 40 (Cloud)"}});
}

TEST_CASE("the second place of os-release counts where there is none in the first, and the kernel is the build") {
  file_root const root{{"/usr/lib/os-release", "NAME=Debian\nVERSION_ID=\"12\"\n"},
                       {"/proc/sys/kernel/osrelease", "6.1.0-28-amd64\n"}};
  texts const expected{{"os.type", "linux"},
                       {"os.name", "Debian"},
                       {"os.version", "12"},
                       {"os.build_id", "6.1.0-28-amd64"},
                       {"os.description", "Debian 12"}};
  CHECK(describe(root) == expected);
  root.add("/etc/os-release", "NAME=Arch\n");
  CHECK(describe(root).at("os.name") == "Arch");
  CHECK(describe(root).at("os.description") == "Arch");
}

TEST_CASE("without os-release the kernel speaks for the system") {
  CHECK(describe({}) == texts{{"os.type", "linux"},
                              {"os.name", "Linux"},
                              {"os.version", "6.1.0-28-amd64"},
                              {"os.description", "Linux 6.1.0-28-amd64 #1 SMP"}});
  resource nothing;
  describe_system(nothing, file_root{}.path(), {});
  CHECK(texts_of(nothing) == texts{{"os.type", "linux"}});
}
#endif

TEST_CASE("the kernel can be asked") {
  kernel const mine = this_kernel(environment{});
  CHECK_FALSE(mine.system.empty());
  CHECK_FALSE(mine.release.empty());
  CHECK_FALSE(mine.machine.empty());
}
