// Records chosen headers as attributes: `http.request.header.<name>`, the name in lower case, the values as an array.
#pragma once

#include <spanwise/context/carrier.hpp>
#include <spanwise/core/attribute.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Which headers to record, with the keys of their attributes.
class http_header_capture {
public:
  /// `prefix` is `http.request.header.` or `http.response.header.`.
  http_header_capture(std::string_view prefix, std::vector<std::string> const& names) {
    for (std::string const& name : names) {
      std::string key{prefix};
      for (char const letter : name)
        key += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
      bool known = name.empty();
      for (auto const& each : entries_) known |= each.second == key;
      if (!known) entries_.emplace_back(name, std::move(key));
    }
  }

  /// How many headers there are to record.
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::string const& key(std::size_t index) const noexcept { return entries_[index].second; }

  /// The values of one of the headers; views into them.
  [[nodiscard]] std::vector<std::string_view> values(std::size_t index, text_map_ref const& headers) const {
    std::vector<std::string_view> found;
    if (index < entries_.size())
      read_values(headers, entries_[index].first, [&](std::string_view value) { found.push_back(value); });
    return found;
  }

  /// Sets the attributes of the headers that are there, beginning with the one at `from`.
  template <class Span> void record(Span& work, text_map_ref const& headers, std::size_t from = 0) const {
    for (std::size_t i = from; i < entries_.size(); ++i)
      if (auto const found = values(i, headers); !found.empty()) work.set(any_key{key(i)}, found);
  }

private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail
