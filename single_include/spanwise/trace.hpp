// Inside the single header.
#pragma once

#include <spanwise/spanwise.hpp>
