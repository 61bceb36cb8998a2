// compiles
#include <spanwise/spanwise.hpp>

// What is found twice, here and in the single header, is ambiguous.
namespace beside {
struct container_detector;
struct host_detector;
struct jaeger;
struct k8s_detector;
struct process_detector;
struct service_detector;
struct xray;
} // namespace beside

namespace both {
using namespace beside;
using namespace spanwise;
} // namespace both

void f(both::container_detector*, both::host_detector*, both::jaeger*, both::k8s_detector*, both::process_detector*,
       both::service_detector*, both::xray*);
