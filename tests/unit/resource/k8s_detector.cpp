#include <spanwise/resource/k8s_detector.hpp>

#include "diagnostics_log.hpp"
#include "file_root.hpp"

using spanwise::environment;
using spanwise::k8s_detector;
using spanwise::resource;
using testing::file_root;
using testing::texts_of;

namespace {

using texts = std::map<std::string, std::string>;

std::string const uid = "2227daef-8d3a-4f2e-9f0a-2a1a1f3a7c1e";
std::string_view constexpr own_hosts = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n";
std::string_view constexpr node_hosts = "# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n";

resource detect(environment const& env, file_root const& root = {}) {
  return k8s_detector{.root = root.path()}.detect(env);
}

} // namespace

TEST_CASE("outside of a cluster there is nothing, which is no error, and nothing has no schema") {
  diagnostics_log const log;
  file_root const root{{"/etc/hosts", own_hosts}, {"/etc/hostname", "cart"}};
  resource const found =
      detect(environment{{"NODE_NAME", "jenkins-1"}, {"POD_NAME", "p"}, {"CLUSTER_NAME", "c"}}, root);
  CHECK(found.encoded().empty());
  CHECK(found.schema_url().empty());
  CHECK(log.lines().empty());
}

TEST_CASE("each attribute is read from the variable of its name") {
  resource const found = detect(environment{{"K8S_CLUSTER_NAME", "c"},
                                            {"K8S_CLUSTER_UID", "cu"},
                                            {"K8S_NODE_NAME", "n"},
                                            {"K8S_NODE_UID", "nu"},
                                            {"K8S_NAMESPACE_NAME", "ns"},
                                            {"K8S_POD_NAME", "p"},
                                            {"K8S_POD_UID", "pu"},
                                            {"K8S_POD_IP", "10.1.2.3"},
                                            {"K8S_CONTAINER_NAME", "k"},
                                            {"K8S_REPLICASET_NAME", "r"},
                                            {"K8S_DEPLOYMENT_NAME", "d"},
                                            {"K8S_DEPLOYMENT_UID", "du"},
                                            {"K8S_STATEFULSET_NAME", "s"},
                                            {"K8S_DAEMONSET_NAME", "ds"},
                                            {"K8S_JOB_NAME", "j"},
                                            {"K8S_CRONJOB_UID", "cj"},
                                            {"K8S_POD_COLOUR", "blue"}});
  CHECK(texts_of(found) == texts{{"k8s.cluster.name", "c"},
                                 {"k8s.cluster.uid", "cu"},
                                 {"k8s.node.name", "n"},
                                 {"k8s.node.uid", "nu"},
                                 {"k8s.namespace.name", "ns"},
                                 {"k8s.pod.name", "p"},
                                 {"k8s.pod.uid", "pu"},
                                 {"k8s.pod.ip", "10.1.2.3"},
                                 {"k8s.container.name", "k"},
                                 {"k8s.replicaset.name", "r"},
                                 {"k8s.deployment.name", "d"},
                                 {"k8s.deployment.uid", "du"},
                                 {"k8s.statefulset.name", "s"},
                                 {"k8s.daemonset.name", "ds"},
                                 {"k8s.job.name", "j"},
                                 {"k8s.cronjob.uid", "cj"}});
  CHECK(found.schema_url() == spanwise::semconv_schema_url);
}

TEST_CASE("in a cluster, the names that others use count as well, after spanwise's own") {
  CHECK(texts_of(detect(environment{{"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                                    {"POD_NAME", "p"},
                                    {"POD_UID", uid},
                                    {"POD_NAMESPACE", "ns"},
                                    {"NODE_NAME", "n"},
                                    {"CLUSTER_NAME", "c"},
                                    {"CONTAINER_NAME", "k"}})) == texts{{"k8s.pod.name", "p"},
                                                                        {"k8s.pod.uid", uid},
                                                                        {"k8s.namespace.name", "ns"},
                                                                        {"k8s.node.name", "n"},
                                                                        {"k8s.cluster.name", "c"},
                                                                        {"k8s.container.name", "k"}});
  CHECK(texts_of(detect(environment{{"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                                    {"OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "p"},
                                    {"OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "n"},
                                    {"NAMESPACE", "ns"},
                                    {"K8S_NAMESPACE_NAME", "own"}})) ==
        texts{{"k8s.pod.name", "p"}, {"k8s.node.name", "n"}, {"k8s.namespace.name", "own"}});
}

TEST_CASE("what no variable tells is looked for in the pod's files") {
  file_root const root{{"/var/run/secrets/kubernetes.io/serviceaccount/namespace", "shop\n"},
                       {"/proc/self/cgroup", "0::/\n"},
                       {"/proc/self/mountinfo", "1 0 8:1 /var/lib/kubelet/pods/" + uid +
                                                    "/etc-hosts /etc/hosts rw - ext4 x rw\n"
                                                    "2 0 8:1 /var/lib/kubelet/pods/" +
                                                    uid +
                                                    "/containers/cart/8d3a4f2e /dev/termination-log rw - ext4 x rw\n"},
                       {"/etc/hosts", own_hosts},
                       {"/etc/hostname", "cart-7d4b9c-x2x9z\n"}};
  environment const env{{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}};
  CHECK(texts_of(detect(env, root)) == texts{{"k8s.namespace.name", "shop"},
                                             {"k8s.pod.uid", uid},
                                             {"k8s.container.name", "cart"},
                                             {"k8s.pod.name", "cart-7d4b9c-x2x9z"}});
  environment const told{{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}, {"POD_NAME", "told"}, {"K8S_POD_UID", "told too"}};
  auto const found = texts_of(detect(told, root));
  CHECK(found.at("k8s.pod.name") == "told");
  CHECK(found.at("k8s.pod.uid") == "told too");
  CHECK(found.at("k8s.namespace.name") == "shop");

  root.add("/etc/hosts", node_hosts);
  CHECK_FALSE(texts_of(detect(env, root)).contains("k8s.pod.name"));
  root.add("/etc/hosts", "127.0.0.1 localhost\n");
  CHECK_FALSE(texts_of(detect(env, root)).contains("k8s.pod.name"));
  root.add("/etc/hosts", own_hosts);
  root.add("/etc/hostname", std::string(63, 'x')); // perhaps cut
  CHECK_FALSE(texts_of(detect(env, root)).contains("k8s.pod.name"));
  root.add("/etc/hostname", std::string(62, 'x'));
  CHECK(texts_of(detect(env, root)).contains("k8s.pod.name"));
}

TEST_CASE("a cluster whose pods show nothing gives nothing") {
  CHECK(detect(environment{{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}).encoded().empty());
}
