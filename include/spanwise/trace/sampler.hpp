// Samplers decide, when a span starts, whether it is recorded and sent. They are plain values with one function;
// what a sampler knows without looking at the span is worked out once, so that the common cases cost a table look-up.
// Here are those of the OpenTelemetry specification that most programs use; others have headers of their own.
#pragma once

#include <spanwise/trace/always_on.hpp>
#include <spanwise/trace/any_sampler.hpp>
#include <spanwise/trace/parent_based.hpp>
#include <spanwise/trace/trace_id_ratio.hpp>
