// The propagator of AWS X-Ray, for what is called by way of AWS services or calls them.
#pragma once

#include <spanwise/context/xray.hpp>
