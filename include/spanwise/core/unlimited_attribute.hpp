// Writes the attributes of resources and scopes: no limit is for them, and nobody repairs their text later.
#pragma once

#include <spanwise/core/attribute_writer.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// An attribute of a resource or a scope, which no limit is for: all its text is made UTF-8 here, since receivers
/// refuse whole requests for one bad byte. False, with nothing written, if there is no room for it.
SPANWISE_COLD bool put_unlimited_attribute(tape& out, unsigned char tag, std::string_view key,
                                           value const& held) noexcept {
  std::size_t const before = out.size();
  span_limits const limits{};
  value_sink sink{out, limits, true};
  sink.keyed(tag, key, held);
  if (sink.cut()) out.advance_to(out.data() + before);
  return !sink.cut();
}

} // namespace spanwise::inline SPANWISE_ABI::detail
