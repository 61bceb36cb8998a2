// A local receiver of OTLP/HTTP traces, for tests and for looking at traces on one's own machine.
// Needs cpp-httplib and nlohmann_json; programs that only send traces do not include it.
#pragma once

#include <spanwise/viewer/receiver.hpp>
#include <spanwise/viewer/receiver_program.hpp>
