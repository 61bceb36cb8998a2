#include <spanwise/semconv/otel.hpp>

#include "keys.hpp"

TEST_CASE("keys of telemetry and their types, by the tables of the conventions") {
  CHECK(is<text>(otel_span_parent_origin, "otel.span.parent.origin"));
  CHECK(is<text>(otel_span_sampling_result, "otel.span.sampling_result"));
  CHECK(is<text>(otel_component_name, "otel.component.name"));
  CHECK(is<text>(otel_component_type, "otel.component.type"));
}

TEST_CASE("well-known values of telemetry") {
  CHECK(otel_span_parent_origin_values::remote == "remote");
  CHECK(otel_span_sampling_result_values::record_and_sample == "RECORD_AND_SAMPLE");
  CHECK(otel_component_type_values::batching_span_processor == "batching_span_processor");
}

TEST_CASE("names of an SDK's metrics") {
  CHECK(metrics::otel_sdk_span_started == "otel.sdk.span.started");
  CHECK(metrics::otel_sdk_span_live == "otel.sdk.span.live");
  CHECK(metrics::otel_sdk_processor_span_queue_size == "otel.sdk.processor.span.queue.size");
  CHECK(metrics::otel_sdk_processor_span_queue_capacity == "otel.sdk.processor.span.queue.capacity");
  CHECK(metrics::otel_sdk_processor_span_processed == "otel.sdk.processor.span.processed");
  CHECK(metrics::otel_sdk_exporter_span_inflight == "otel.sdk.exporter.span.inflight");
  CHECK(metrics::otel_sdk_exporter_span_exported == "otel.sdk.exporter.span.exported");
  CHECK(metrics::otel_sdk_exporter_operation_duration == "otel.sdk.exporter.operation.duration");
}
