// Carriers: what holds the headers of a message while a context is written into it or read from it. Maps from text to
// text, sequences of pairs and httplib::Headers are carriers by their shape. Any other type becomes one by two small
// functions beside it, found through its namespace; one of them is enough for one direction:
//
//   void spanwise_get(my_headers const& from, std::string_view name, spanwise::each_value each);
//   void spanwise_set(my_headers& to, std::string_view name, std::string_view value);
//   void spanwise_names(my_headers const& from, spanwise::each_value each);
//
// The third is for formats that have a header for each entry of the baggage, as Jaeger's; most have none.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/detail/contain.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// Receives the values of one name, or all names, one call each. A reference to a function: pass it on, do not keep it.
class each_value {
public:
  template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, each_value> &&
             std::invocable<std::remove_reference_t<Function>&, std::string_view>)
  each_value(Function&& function) noexcept
      : function_{const_cast<void*>(static_cast<void const*>(&function))},
        call_{[](void* to, std::string_view value) { (*static_cast<std::remove_reference_t<Function>*>(to))(value); }} {
  }

  /// Hands over one value, which need not outlive the call.
  void operator()(std::string_view value) const { call_(function_, value); }

private:
  void* function_;
  void (*call_)(void*, std::string_view);
};

namespace detail {

/// Names of headers are equal without regard to the case of ASCII letters.
[[nodiscard]] inline bool same_name(std::string_view left, std::string_view right) noexcept {
  auto const lower = [](char letter) { return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter + 0; };
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] != right[i] && lower(left[i]) != lower(right[i])) return false;
  return true;
}

template <class Text>
concept text = std::convertible_to<Text const&, std::string_view>;

/// Text that keeps what is written to it, as a string does and a view does not.
template <class Text>
concept owning_text = text<Text> && std::constructible_from<Text, std::string_view> &&
                      std::is_assignable_v<Text&, std::string_view> && !std::is_trivially_destructible_v<Text>;

template <class Pairs>
concept pairs_of_text = requires(Pairs const& pairs) {
  { pairs.begin() != pairs.end() } -> std::convertible_to<bool>;
  { pairs.begin()->first } -> text;
  { pairs.begin()->second } -> text;
};

template <class Map>
concept map_of_text = pairs_of_text<Map> && std::constructible_from<typename Map::key_type, std::string_view> &&
                      requires(Map const& map, typename Map::key_type const& key) {
                        typename Map::mapped_type;
                        { map.equal_range(key).first->second } -> text;
                      };

template <class Map>
concept writable_map = map_of_text<Map> && owning_text<typename Map::mapped_type> && requires(Map& map) {
  map.erase(map.begin());
  map.emplace(std::declval<typename Map::key_type>(), std::declval<typename Map::mapped_type>());
};

template <class Pairs>
concept writable_pairs =
    pairs_of_text<Pairs> && !map_of_text<Pairs> && owning_text<typename Pairs::value_type::second_type> &&
    requires(Pairs& pairs, std::string_view text) {
      pairs.emplace_back(text, text);
      pairs.erase(pairs.begin());
    };

template <class Carrier>
concept read_by_overload =
    requires(Carrier const& from, std::string_view name, each_value each) { spanwise_get(from, name, each); };

template <class Carrier>
concept written_by_overload = requires(Carrier& to, std::string_view text) { spanwise_set(to, text, text); };

template <class Carrier>
concept listed_by_overload = requires(Carrier const& from, each_value each) { spanwise_names(from, each); };

template <class Pairs> void read_pairs(Pairs const& pairs, std::string_view name, each_value each) {
  for (auto const& pair : pairs)
    if (same_name(pair.first, name)) each(std::string_view{pair.second});
}

template <class Map> void read_map(Map const& map, std::string_view name, each_value each) {
  auto [at, end] = map.equal_range(typename Map::key_type(name));
  if (at == end) return read_pairs(map, name, each);
  for (; at != end; ++at) each(std::string_view{at->second});
}

template <class Pairs> void write_pairs(Pairs& pairs, std::string_view name, std::string_view value) {
  bool written = false;
  for (auto at = pairs.begin(); at != pairs.end();) {
    if (!same_name(at->first, name)) {
      ++at;
    } else if (written) {
      at = pairs.erase(at);
    } else {
      at->second = value;
      written = true;
      ++at;
    }
  }
  if (written) return;
  if constexpr (map_of_text<Pairs>) pairs.emplace(typename Pairs::key_type(name), typename Pairs::mapped_type(value));
  else pairs.emplace_back(name, value);
}

} // namespace detail

/// A type that a context can be read from.
template <class Carrier>
concept readable_carrier = detail::read_by_overload<Carrier> || detail::pairs_of_text<Carrier>;

/// A type that a context can be written to.
template <class Carrier>
concept writable_carrier =
    detail::written_by_overload<Carrier> || detail::writable_map<Carrier> || detail::writable_pairs<Carrier>;

/// A type that can also say which names it has. One that is read by its own function needs a function for that, too.
template <class Carrier>
concept listable_carrier =
    detail::listed_by_overload<Carrier> || (detail::pairs_of_text<Carrier> && !detail::read_by_overload<Carrier>);

/// One to read from and write to. Model: `std::map<std::string, std::string>`; or a type with `spanwise_get` and
/// `spanwise_set` beside it.
template <class Carrier>
concept carrier = readable_carrier<Carrier> && writable_carrier<Carrier>;

/// Calls `each` with every value that a carrier has under `name`, in order. What the carrier throws ends the walk.
///
/// Names match without regard to case; in a case-sensitive map the name as it is goes first, and alone if it is there.
template <class Carrier> void read_values(Carrier const& from, std::string_view name, each_value each) noexcept {
  static_assert(readable_carrier<Carrier>,
                "spanwise: to extract from this type, declare in its namespace "
                "void spanwise_get(Type const& from, std::string_view name, spanwise::each_value each), "
                "which calls each(value) for every value of that name.");
  if constexpr (readable_carrier<Carrier>)
    static_cast<void>(detail::contain([&] {
      if constexpr (detail::read_by_overload<Carrier>) spanwise_get(from, name, each);
      else if constexpr (detail::map_of_text<Carrier>) detail::read_map(from, name, each);
      else detail::read_pairs(from, name, each);
    }));
}

/// Calls `each` with every name that a carrier has, in order; one with several values may come as often. None if the
/// carrier is not listable. Do not read the carrier meanwhile. What it throws ends the walk.
template <class Carrier>
SPANWISE_SMALL void read_names([[maybe_unused]] Carrier const& from, [[maybe_unused]] each_value each) noexcept {
  if constexpr (listable_carrier<Carrier>)
    static_cast<void>(detail::contain([&] {
      if constexpr (detail::listed_by_overload<Carrier>) spanwise_names(from, each);
      else
        for (auto const& pair : from) each(std::string_view{pair.first});
    }));
}

namespace detail {

/// Calls `use` with the first value under `name`, which is all that most formats look at.
template <class Carrier, class Use> void read_first(Carrier const& from, std::string_view name, Use&& use) noexcept {
  bool first = true;
  read_values(from, name, [&](std::string_view value) noexcept {
    if (std::exchange(first, false)) use(value);
  });
}

} // namespace detail

/// Writes one value under `name` into a carrier, in place of those it had. If the carrier throws, a diagnostic says so.
template <class Carrier> void write_value(Carrier& to, std::string_view name, std::string_view value) noexcept {
  static_assert(writable_carrier<Carrier>,
                "spanwise: to inject into this type, declare in its namespace "
                "void spanwise_set(Type& to, std::string_view name, std::string_view value), "
                "which replaces the value of that name.");
  if constexpr (writable_carrier<Carrier>) {
    bool const written = detail::contain([&] {
      if constexpr (detail::written_by_overload<Carrier>) spanwise_set(to, name, value);
      else detail::write_pairs(to, name, value);
    });
    if (!written)
      report(severity::warning, "carrier", "a carrier threw while a context was injected; the message goes without it");
  }
}

/// Any carrier behind two function pointers: itself a carrier, for code that is not a template. Refers, does not own.
class text_map_ref {
public:
  template <class Carrier>
    requires(!std::same_as<std::remove_const_t<Carrier>, text_map_ref>) &&
            (readable_carrier<std::remove_const_t<Carrier>> || writable_carrier<Carrier>)
  text_map_ref(Carrier& carrier) noexcept : carrier_{const_cast<void*>(static_cast<void const*>(&carrier))} {
    if constexpr (readable_carrier<std::remove_const_t<Carrier>>)
      get_ = [](void* from, std::string_view name, each_value each) {
        read_values(*static_cast<Carrier const*>(from), name, each);
      };
    if constexpr (listable_carrier<std::remove_const_t<Carrier>>)
      names_ = [](void* from, each_value each) { read_names(*static_cast<Carrier const*>(from), each); };
    if constexpr (writable_carrier<Carrier>)
      set_ = [](void* to, std::string_view name, std::string_view value) {
        write_value(*static_cast<Carrier*>(to), name, value);
      };
  }

  friend void spanwise_get(text_map_ref const& from, std::string_view name, each_value each) {
    if (from.get_ != nullptr) from.get_(from.carrier_, name, each);
  }
  friend void spanwise_names(text_map_ref const& from, each_value each) {
    if (from.names_ != nullptr) from.names_(from.carrier_, each);
  }
  friend void spanwise_set(text_map_ref& to, std::string_view name, std::string_view value) {
    if (to.set_ != nullptr) to.set_(to.carrier_, name, value);
  }

private:
  void* carrier_;
  void (*get_)(void*, std::string_view, each_value){};
  void (*set_)(void*, std::string_view, std::string_view){};
  void (*names_)(void*, each_value){};
};
static_assert(carrier<text_map_ref> && listable_carrier<text_map_ref>);

} // namespace spanwise::inline SPANWISE_ABI
