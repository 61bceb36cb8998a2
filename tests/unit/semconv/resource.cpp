#include <spanwise/semconv/resource.hpp>

#include "keys.hpp"

TEST_CASE("keys of resources and their types, by the tables of the conventions") {
  CHECK(is<text>(service_name, "service.name"));
  CHECK(is<text>(service_criticality, "service.criticality"));
  CHECK(is<text>(service_version, "service.version"));
  CHECK(is<text>(service_instance_id, "service.instance.id"));
  CHECK(is<text>(service_namespace, "service.namespace"));
  CHECK(is<text>(telemetry_sdk_language, "telemetry.sdk.language"));
  CHECK(is<text>(telemetry_sdk_name, "telemetry.sdk.name"));
  CHECK(is<text>(telemetry_sdk_version, "telemetry.sdk.version"));
  CHECK(is<text>(telemetry_distro_name, "telemetry.distro.name"));
  CHECK(is<text>(telemetry_distro_version, "telemetry.distro.version"));
  CHECK(is<text>(deployment_environment_name, "deployment.environment.name"));
  CHECK(is<text>(host_arch, "host.arch"));
  CHECK(is<text>(host_id, "host.id"));
  CHECK(is<text>(host_image_id, "host.image.id"));
  CHECK(is<text>(host_image_name, "host.image.name"));
  CHECK(is<text>(host_image_version, "host.image.version"));
  CHECK(is<text>(host_name, "host.name"));
  CHECK(is<text>(host_type, "host.type"));
  CHECK(is<texts>(host_ip, "host.ip"));
  CHECK(is<texts>(host_mac, "host.mac"));
  CHECK(is<text>(process_creation_time, "process.creation.time"));
  CHECK(is<integer>(process_pid, "process.pid"));
  CHECK(is<text>(process_command, "process.command"));
  CHECK(is<text>(process_owner, "process.owner"));
  CHECK(is<integer>(process_args_count, "process.args_count"));
  CHECK(is<texts>(process_command_args, "process.command_args"));
  CHECK(is<text>(process_command_line, "process.command_line"));
  CHECK(is<boolean>(process_interactive, "process.interactive"));
  CHECK(is<text>(process_linux_cgroup, "process.linux.cgroup"));
  CHECK(is<integer>(process_parent_pid, "process.parent_pid"));
  CHECK(is<text>(process_title, "process.title"));
  CHECK(is<text>(process_working_directory, "process.working_directory"));
  CHECK(is<text>(process_runtime_name, "process.runtime.name"));
  CHECK(is<text>(process_runtime_version, "process.runtime.version"));
  CHECK(is<text>(process_runtime_description, "process.runtime.description"));
  CHECK(is<text>(os_type, "os.type"));
  CHECK(is<text>(os_build_id, "os.build_id"));
  CHECK(is<text>(os_description, "os.description"));
  CHECK(is<text>(os_name, "os.name"));
  CHECK(is<text>(os_version, "os.version"));
  CHECK(is<text>(process_executable_name, "process.executable.name"));
  CHECK(is<text>(process_executable_path, "process.executable.path"));
}

TEST_CASE("well-known values of resources") {
  CHECK(telemetry_sdk_language_values::cpp == "cpp");
  CHECK(host_arch_values::arm64 == "arm64");
  CHECK(os_type_values::linux_ == "linux");
  CHECK(deployment_environment_name_values::production == "production");
  CHECK(service_criticality_values::critical == "critical");
}
