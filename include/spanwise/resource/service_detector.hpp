// Names this instance of the service, so that it is the same in everything that it sends.
#pragma once

#include <spanwise/core/semconv_schema.hpp>
#include <spanwise/detail/atomic.hpp>
#include <spanwise/resource/detector.hpp>
#include <spanwise/resource/name_uuid.hpp>
#include <spanwise/resource/system_files.hpp>

#include <string>
#include <string_view>

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
