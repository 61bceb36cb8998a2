// The resource detectors: what a process can find out about itself, its host, its container and its pod. They are a
// part beside the single header, all in one: who lists some of them at the start has them compiled there, and nobody
// else.
//
//     #include <spanwise/resource_detectors.hpp>
//     auto tracing = spanwise::start("shop", spanwise::batch{spanwise::otlp_http{}},
//                                    {.detectors = {spanwise::process_detector{}, spanwise::host_detector{}}});
//
// What they find is outweighed by OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME and code.
#pragma once

#include <spanwise/resource/container_detector.hpp>
#include <spanwise/resource/host_detector.hpp>
#include <spanwise/resource/k8s_detector.hpp>
#include <spanwise/resource/process_detector.hpp>
#include <spanwise/resource/service_detector.hpp>
