// Reads results by their shape, without their headers: bool, error codes, optional- and expected-like types.
#pragma once

#include <spanwise/core/key.hpp>
#include <spanwise/detail/contain.hpp>

#include <concepts>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Like std::error_code: true means failure, and it can say which.
template <class Result>
concept error_code_like = requires(Result const& result) {
  { result.category().name() } -> std::convertible_to<char const*>;
  { result.value() } -> std::convertible_to<int>;
  result.message();
};

/// Like std::optional and std::expected: true means there is a value.
template <class Result>
concept result_like = requires(Result const& result) {
  { result.has_value() } -> std::convertible_to<bool>;
};

template <class Result> [[nodiscard]] bool succeeded(Result const& result) noexcept {
  if constexpr (std::same_as<Result, bool>) return result;
  else if constexpr (error_code_like<Result>) return result.value() == 0;
  else if constexpr (result_like<Result>) return static_cast<bool>(result.has_value());
  else {
    static_assert(refused<Result>, "spanwise: check() takes a bool, an error code, or an optional- or expected-like "
                                   "result; compare others yourself and give the bool");
    return false;
  }
}

/// Gives `use` what message() says; nothing if that throws.
template <class Failure, class Use> void with_message(Failure const& failure, Use const& use) noexcept {
  auto const ask = [&] {
    auto const& message = failure.message();
    use(std::string_view{message});
  };
  if (!contain(ask)) use(std::string_view{});
}

/// Gives `use` an error type of low cardinality and a message, each possibly empty.
template <class Failure, class Use> void with_failure(Failure const& failure, Use const& use) noexcept {
  if constexpr (error_code_like<Failure>) {
    char type[64];
    std::size_t size = 0;
    for (char const* at = failure.category().name(); *at != 0 && size < sizeof type - 16; ++at) type[size++] = *at;
    type[size++] = ':';
    auto value = static_cast<long long>(failure.value());
    if (value < 0) {
      type[size++] = '-';
      value = -value;
    }
    char digits[12];
    std::size_t count = 0;
    do digits[count++] = static_cast<char>('0' + value % 10);
    while ((value /= 10) != 0);
    while (count != 0) type[size++] = digits[--count];
    with_message(failure, [&](std::string_view message) { use(std::string_view{type, size}, message); });
  } else if constexpr (requires { failure.error(); }) {
    auto const& error = failure.error();
    using Error = std::remove_cvref_t<decltype(error)>;
    if constexpr (error_code_like<Error>) with_failure(error, use);
    else if constexpr (std::is_convertible_v<Error const&, std::string_view>) use(std::string_view{}, std::string_view{error});
    else if constexpr (requires { { error.what() } -> std::convertible_to<char const*>; })
      use(std::string_view{}, std::string_view{error.what()});
    else if constexpr (requires { { error.message() } -> std::convertible_to<std::string_view>; }) 
      with_message(error, [&](std::string_view message) { use(std::string_view{}, message); });
    else use(std::string_view{}, std::string_view{});
  } else {
    use(std::string_view{}, std::string_view{});
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail
