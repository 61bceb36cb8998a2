// Shows what the receiver has to a person: a trace as a waterfall, all operations as a table.
#pragma once

#include "traces.hpp"

#include <string>

namespace shop {

[[nodiscard]] std::string waterfall_of(receiver_client const& receiver, std::string const& trace_id);

/// Service, operation, count, errors, median and 99th percentile of its duration.
[[nodiscard]] std::string operations_table(receiver_client const& receiver);

} // namespace shop
