// Distributed tracing in one header: spans, contexts that travel, and exporters chosen at compile time.
// Business code may include <spanwise/trace.hpp> instead, which is less; whoever calls start needs this one.
#pragma once

#include <spanwise/async/bind.hpp>
#include <spanwise/context/b3.hpp>
#include <spanwise/context/environment_carrier.hpp>
#include <spanwise/context/log_fields.hpp>
#include <spanwise/context/propagator.hpp>
#include <spanwise/export/any_of.hpp>
#include <spanwise/export/console.hpp>
#include <spanwise/export/memory.hpp>
#include <spanwise/export/otlp_file.hpp>
#include <spanwise/export/otlp_http.hpp>
#include <spanwise/fwd.hpp>
#include <spanwise/instrument/httplib_client.hpp>
#include <spanwise/instrument/httplib_server.hpp>
#include <spanwise/pipeline/batch.hpp>
#include <spanwise/pipeline/stage.hpp>
#include <spanwise/pipeline/tee.hpp>
#include <spanwise/resource/detector.hpp>
#include <spanwise/start.hpp>
#include <spanwise/start/chosen_propagators.hpp>
#include <spanwise/start/chosen_sampler.hpp>
#include <spanwise/start/log_level.hpp>
#include <spanwise/start/settings.hpp>
#include <spanwise/trace/adjustable_ratio.hpp>
#include <spanwise/trace/always_record.hpp>
#include <spanwise/trace/annotating.hpp>
#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/off.hpp>
#include <spanwise/trace/parent_threshold.hpp>
#include <spanwise/trace/probability.hpp>
#include <spanwise/trace/rate_limiting.hpp>
#include <spanwise/trace/rule_based.hpp>
#include <spanwise/trace/suppress_tracing.hpp>
#include <spanwise/trace/tracer.hpp>
