// Records chosen headers as attributes: `http.request.header.<name>`, the name in lower case, the values as an array.
#pragma once

#include <spanwise/context/carrier.hpp>
#include <spanwise/core/attribute.hpp>

#include <string>
#include <string_view>
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
      bool const known = [&] {
        for (entry const& each : entries_)
          if (each.key == key) return true;
        return false;
      }();
      if (!known && !name.empty()) entries_.push_back({name, std::move(key)});
    }
  }

  /// How many headers there are to record.
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::string const& key(std::size_t index) const noexcept { return entries_[index].key; }

  /// The values of the headers, in the order of `key`; views into the headers.
  [[nodiscard]] std::vector<std::vector<std::string_view>> values(text_map_ref const& headers) const {
    std::vector<std::vector<std::string_view>> found(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i)
      read_values(headers, entries_[i].name, [&](std::string_view value) { found[i].push_back(value); });
    return found;
  }

  /// Sets the attribute of each header that is there.
  template <class Span> void record(Span& work, text_map_ref const& headers, std::size_t from = 0) const {
    if (from >= entries_.size()) return;
    auto const found = values(headers);
    for (std::size_t i = from; i < found.size(); ++i)
      if (!found[i].empty()) work.set(any_key{entries_[i].key}, found[i]);
  }

private:
  struct entry {
    std::string name;
    std::string key;
  };
  std::vector<entry> entries_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail
