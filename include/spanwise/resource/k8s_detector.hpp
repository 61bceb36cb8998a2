// Finds the pod, and what it belongs to, that this process runs in. Asks no API server: a pod is told by its own
// environment (the downward API), its service account, and its mounts.
#pragma once

#include <spanwise/core/semconv_schema.hpp>
#include <spanwise/resource/container_signs.hpp>
#include <spanwise/resource/detector.hpp>

#include <string>
#include <string_view>

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
