#include <spanwise/resource/container_signs.hpp>

#include "file_root.hpp"

using namespace spanwise::detail;
using spanwise::environment;
using testing::file_root;

namespace {

std::string const id = "7be92808767a667f35c8505cbf40d14e931ef6db5b0210329cf193b15ba9d605";
std::string const other = "dc64b5743252dbaef6e30521c34d6bbd1620c8ce65bdb7bf9e7143b61bb5b183";
std::string const uid = "2227daef-8d3a-4f2e-9f0a-2a1a1f3a7c1e";
std::string const uid_in_unit = "2227daef_8d3a_4f2e_9f0a_2a1a1f3a7c1e";

std::string container_of(std::string const& path) {
  return std::string{read_groups("0::" + path + "\n").container_id};
}

std::string pod_of(std::string const& path) {
  return std::string{read_groups("0::" + path + "\n").pod_uid};
}

/// A line of mountinfo: what is mounted where.
std::string mount(std::string const& source, std::string const& target) {
  return "903 893 254:1 " + source + " " + target + " rw,relatime shared:1 - ext4 /dev/vda1 rw\n";
}

} // namespace

TEST_CASE("control groups name the container, whatever engine made it") {
  CHECK(container_of("/docker/" + id) == id);
  CHECK(container_of("/system.slice/docker-" + id + ".scope") == id);
  CHECK(container_of("/kubepods/besteffort/pod" + uid + "/" + id) == id);
  CHECK(container_of("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid_in_unit +
                     ".slice/cri-containerd-" + id + ".scope") == id);
  CHECK(container_of("/kubepods.slice/kubepods-pod" + uid_in_unit + ".slice/crio-" + id + ".scope") == id);
  CHECK(container_of("/system.slice/containerd.service/kubepods-burstable-pod" + uid_in_unit +
                     ".slice:cri-containerd:" + id) == id);
  CHECK(container_of("/machine.slice/libpod-" + id + ".scope") == id);
  CHECK(container_of("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope/container") ==
        id);
  CHECK(container_of("/machine.slice/libpod-payload-" + id) == id);
  CHECK(container_of("/ecs/55091c13-b8cf-4801-b527-f4601742204d/" + id) == id);
  CHECK(container_of("/ecs/5a0d5ceddf6c44c1928d367a815d890f/5a0d5ceddf6c44c1928d367a815d890f-1427632474") ==
        "5a0d5ceddf6c44c1928d367a815d890f-1427632474");
  CHECK(container_of("/../cri-containerd-" + id + ".scope") == id);
}

TEST_CASE("of nested containers the inner one counts, of several lines the first that names one") {
  CHECK(container_of("/docker/" + other + "/docker/" + id) == id);
  CHECK(read_groups("12:pids:/\n11:rdma:/docker/" + id + "\n10:cpu:/docker/" + other + "\n").container_id == id);
  CHECK(read_groups("3:cpu,cpuacct:/docker/" + id).container_id == id); // no end of line
  CHECK(read_groups("1:name=systemd:/docker/" + id + "\r\n").container_id == id);
}

TEST_CASE("what is no container is none") {
  CHECK(container_of("/").empty());
  CHECK(container_of("").empty());
  CHECK(container_of("/user.slice/user-1000.slice/session-3.scope").empty());
  CHECK(container_of("/system.slice/ssh.service").empty());
  CHECK(container_of("/machine.slice/libpod-conmon-" + id + ".scope").empty());
  CHECK(container_of("/system.slice/crio-conmon-" + id + ".scope").empty());
  CHECK(container_of("/docker/" + id.substr(1)).empty());
  CHECK(container_of("/docker/" + id + "0").empty());
  CHECK(container_of("/docker/g" + id.substr(1)).empty());
  CHECK(container_of("/docker/A" + id.substr(1)).empty());
  CHECK(container_of("/docker/x" + id).empty());
  CHECK(container_of("/docker/" + id.substr(0, 32) + "/" + id.substr(32)).empty());
  CHECK(container_of("/ecs/5a0d5ceddf6c44c1928d367a815d890f-").empty());
  CHECK(container_of("/ecs/5a0d5ceddf6c44c1928d367a815d890f-12x").empty());
  CHECK(container_of("/ecs/5a0d5ceddf6c44c1928d367a815d890f-" + std::string(20, '1')).empty());
  CHECK(read_groups(id).container_id.empty()); // no line of three parts
  CHECK(read_groups({}).container_id.empty());
}

TEST_CASE("control groups name the pod") {
  CHECK(pod_of("/kubepods/besteffort/pod" + uid + "/" + id) == uid);
  CHECK(pod_of("/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + uid_in_unit + ".slice/crio-" + id +
               ".scope") == uid_in_unit);
  CHECK(pod_of("/system.slice/containerd.service/kubepods-pod" + uid_in_unit + ".slice:cri-containerd:" + id) ==
        uid_in_unit);
  CHECK(pod_of("/kubepods/besteffort/" + uid).empty());
  CHECK(pod_of("/kubepods/besteffort/pod" + uid + "0").empty());
  CHECK(pod_of("/kubepods/pod" + uid.substr(0, 35)).empty());
  CHECK(pod_of("/kubepods/pod4b0a6d9e2c7f4e0f8a3f5f3d7c6b1a20")
            .empty()); // of a file on the node: not the UID that others see
  std::string mixed = uid;
  mixed[13] = '_';
  CHECK(pod_of("/kubepods/pod" + mixed).empty());
}

TEST_CASE("mounts name the container where its control group is hidden") {
  CHECK(read_mounts(mount("/", "/") + mount("/var/lib/docker/containers/" + id + "/resolv.conf", "/etc/resolv.conf") +
                    mount("/var/lib/docker/containers/" + id + "/hostname", "/etc/hostname"))
            .container_id == id);
  CHECK(
      read_mounts(mount("/containers/overlay-containers/" + id + "/userdata/hostname", "/etc/hostname")).container_id ==
      id);
  CHECK(read_mounts(mount("/var/lib/nerdctl/1935db59/containers/default/" + id + "/resolv.conf", "/etc/resolv.conf"))
            .container_id == id);
  // In a pod of Podman, its other files may be those of another container.
  CHECK(read_mounts(mount("/containers/overlay-containers/" + other + "/userdata/hostname", "/etc/hostname") +
                    mount("/containers/overlay-containers/" + id + "/userdata/.containerenv", "/run/.containerenv") +
                    mount("/containers/overlay-containers/" + other + "/userdata/hosts", "/etc/hosts"))
            .container_id == id);
  // Version 1, its hierarchies mounted with what lies above.
  CHECK(read_mounts(mount("/docker/" + id, "/sys/fs/cgroup/cpu")).container_id == id);
}

TEST_CASE("on a host, the mounts of its containers name none") {
  std::string const lines = mount("/", "/var/lib/docker/containers/" + id + "/mounts/shm") +
                            mount("/var/lib/docker/containers/" + id + "/hostname", "/backup/hostname") +
                            mount("/" + id, "/data") + mount("/", "/etc/hostname") + mount("/", "/sys/fs/cgroup");
  CHECK(read_mounts(lines).container_id.empty());
}

TEST_CASE("in a pod, the sandbox is not taken for the container") {
  std::string const sandbox = "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/" + id;
  CHECK(read_mounts(mount(sandbox + "/hostname", "/etc/hostname") + mount(sandbox + "/resolv.conf", "/etc/resolv.conf"))
            .container_id.empty());
  std::string const pod = "/var/lib/kubelet/pods/" + uid;
  std::string const lines = mount("/var/lib/docker/containers/" + id + "/hostname", "/etc/hostname") +
                            mount(pod + "/etc-hosts", "/etc/hosts") +
                            mount(pod + "/containers/cart/8d3a4f2e", "/dev/termination-log");
  container_signs const docker = read_mounts(lines);
  CHECK(docker.container_id.empty());
  CHECK(docker.pod_uid == uid);
  CHECK(docker.container_name == "cart");
  // The group, where it can be seen, tells the container itself.
  CHECK(read_mounts(mount(pod + "/etc-hosts", "/etc/hosts") +
                    mount("/kubepods/pod" + uid + "/" + id, "/sys/fs/cgroup/pids"))
            .container_id == id);
}

TEST_CASE("the pod is found wherever its node keeps it, and nothing else is taken for it") {
  CHECK(read_mounts(mount("/pods/" + uid + "/etc-hosts", "/etc/hosts")).pod_uid == uid);
  CHECK(read_mounts(mount("/var/snap/microk8s/common/var/lib/kubelet/pods/" + uid + "/etc-hosts", "/etc/hosts"))
            .pod_uid == uid);
  CHECK(read_mounts(mount("/var/lib/kubelet/pods/" + uid + "/volumes/x", "/data")).pod_uid.empty());
  CHECK(read_mounts(mount("/var/lib/kubelet/pods/x/etc-hosts", "/etc/hosts")).pod_uid.empty());
  CHECK(read_mounts(mount("/srv/" + uid + "/etc-hosts", "/etc/hosts")).pod_uid.empty());
}

TEST_CASE("hostile lists end in nothing") {
  std::string_view const whole = "903 893 254:1 /var/lib/docker/containers/";
  for (std::size_t size = 0; size <= whole.size(); ++size)
    CHECK(read_mounts(whole.substr(0, size)).container_id.empty());
  for (std::string const& text : std::initializer_list<std::string>{
           std::string(200'000, '/'), std::string(200'000, ':'), std::string(200'000, '\n'), std::string(200'000, ' '),
           std::string(200'000, '\0'), std::string(200'000, '-'), std::string(200'000, 'a'),
           "0::" + std::string(200'000, 'a'), "1 2 3 " + std::string(100'000, '/') + " /etc/hosts",
           "1 2 3 /pods/ /etc/hosts", "0::/:", "0::/.scope", "0::/-"}) {
    CHECK(read_groups(text).container_id.empty());
    CHECK(read_groups(text).pod_uid.empty());
    CHECK(read_mounts(text).container_id.empty());
    CHECK(read_mounts(text).pod_uid.empty());
  }
  // A mount point with a blank is written with \040, so that it can't be taken for another field.
  CHECK(read_mounts(mount("/x\\040/etc/hostname", "/a\\040/etc/hostname")).container_id.empty());
}

TEST_CASE("a process is in a container if anything says so") {
  auto const inside = [](file_root const& root, environment const& env = {}) {
    return find_container(root.path(), env).inside;
  };
  CHECK_FALSE(inside({}));
  CHECK_FALSE(inside({{"/proc/self/cgroup", "0::/user.slice\n"}, {"/proc/self/mountinfo", mount("/", "/")}}));
  CHECK(inside({{"/proc/self/cgroup", "0::/docker/" + id + "\n"}}));
  CHECK(inside({{"/proc/self/mountinfo", mount("/pods/" + uid + "/etc-hosts", "/etc/hosts")}}));
  CHECK(inside({{"/.dockerenv", ""}}));
  CHECK(inside({{"/run/.containerenv", ""}}));
  CHECK(inside({}, {{"container", "systemd-nspawn"}}));
  CHECK(inside({}, {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}));
}

TEST_CASE("control groups are believed before mounts, and a pod's UID has dashes") {
  file_root const root{
      {"/proc/self/cgroup",
       "0::/kubepods.slice/kubepods-pod" + uid_in_unit + ".slice/cri-containerd-" + id + ".scope\n"},
      {"/proc/self/mountinfo", mount("/var/lib/docker/containers/" + other + "/hostname", "/etc/hostname")}};
  found_container const found = find_container(root.path(), environment{});
  CHECK(found.id == id);
  CHECK(found.pod_uid == uid);
}
