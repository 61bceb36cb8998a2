// Keys that end in a name of the program's own, such as `http.request.header.<name>`: joined while compiling.
// For a name that is only known at run time write spanwise::any_key{text}.
#pragma once

#include <spanwise/core/typed_key.hpp>

#include <cstddef>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A literal as a template argument: `semconv::http_request_header<"x-request-id">`.
template <std::size_t Size> struct key_part {
  consteval key_part(char const (&given)[Size]) noexcept {
    for (std::size_t i = 0; i < Size; ++i) text[i] = given[i];
  }
  static constexpr std::size_t size = Size - 1;
  char text[Size]{};
};

template <key_part First, key_part Second> struct key_parts {
  struct joined {
    consteval joined() noexcept {
      for (std::size_t i = 0; i < First.size; ++i) text[i] = First.text[i];
      for (std::size_t i = 0; i <= Second.size; ++i) text[First.size + i] = Second.text[i];
    }
    char text[First.size + Second.size + 1]{};
  };
  static constexpr joined whole{};
};

template <key_part First, key_part Second>
inline constexpr char const (&joined_key)[First.size + Second.size + 1] = key_parts<First, Second>::whole.text;

} // namespace spanwise::inline SPANWISE_ABI::detail
