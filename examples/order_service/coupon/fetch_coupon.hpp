// The business of the coupon service: what a coupon is worth, by the word of a cache that has its bad moments.
#pragma once

#include "../common/reply.hpp"
#include "cache_client.hpp"

#include <string>

namespace shop {

/// Answers with "percent"; 404 if nobody knows the coupon, 410 if its time is over, 503 if no cache gave an answer.
///
/// Asks the primary twice, then the standby; the span's attribute `retry.count` says how often it had to ask again.
[[nodiscard]] reply fetch_coupon(std::string const& code, cache_node const& primary, cache_node const& standby);

} // namespace shop
