// For the tests of generated keys: what a key is called and holds, to compare with the tables of the conventions.
#pragma once

#include <spanwise/core/attribute.hpp>

#include "catch.hpp"

#include <concepts>
#include <cstdint>
#include <string_view>

using namespace spanwise::semconv;

using text = std::string_view;
using texts = std::string_view[];
using integer = std::int64_t;
using boolean = bool;

/// True if `given` is the key `name` for values of type `Value`.
template <class Value, class Key> constexpr bool is(Key const& given, std::string_view name) noexcept {
  return std::same_as<Key, spanwise::typed_key<Value>> && given.text() == name &&
         given.bit() == spanwise::detail::key_bit(name.data(), name.size());
}
