// Reads results by their shape, without their headers: bool, error codes and std::errc, optional- and expected-like
// types, and what has an error() and is false then, such as httplib::Result.
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

/// std::errc, known by what it lists: <charconv> brings it without its words, and this header brings nothing.
template <class Result>
concept errno_like = std::is_enum_v<Result> && requires {
  Result::invalid_argument;
  Result::result_out_of_range;
  Result::address_family_not_supported;
};

/// An enum that becomes an error code, such as std::future_errc.
template <class Result>
concept code_enum = std::is_enum_v<Result> && requires(Result result) {
  { make_error_code(result) } -> error_code_like;
};

/// An enum that has words, such as httplib::Error.
template <class Result>
concept named_enum = std::is_enum_v<Result> && requires(Result result) {
  { to_string(result) } -> std::convertible_to<std::string_view>;
};

/// Like an element of std::vector<bool>.
template <class Result>
concept bit_like = std::is_convertible_v<Result const&, bool> && requires(Result& result) { result.flip(); };

/// Like httplib::Result: true means that it worked, else it has an error.
template <class Result>
concept answer_like = requires(Result const& result) {
  static_cast<bool>(result);
  result.error();
};

/// Like std::optional and std::expected: true means there is a value.
template <class Result>
concept result_like = requires(Result const& result) {
  { result.has_value() } -> std::convertible_to<bool>;
};

template <class Result> [[nodiscard]] bool succeeded(Result const& result) noexcept {
  if constexpr (std::same_as<Result, bool> || bit_like<Result>) return result;
  else if constexpr (errno_like<Result>) return result == Result{};
  else if constexpr (code_enum<Result>) return make_error_code(result).value() == 0;
  else if constexpr (error_code_like<Result>) return result.value() == 0;
  else if constexpr (result_like<Result>) return static_cast<bool>(result.has_value());
  else if constexpr (answer_like<Result>) return static_cast<bool>(result);
  else {
    static_assert(refused<Result>, "spanwise: check() takes a bool, an error code, or an optional- or expected-like "
                                   "result; compare others yourself and give the bool");
    return false;
  }
}

/// Gives `use` an error type like "generic:111", and `message`.
template <class Use>
void with_code(char const* category, long long value, std::string_view message, Use const& use) noexcept {
  char type[64];
  std::size_t size = 0;
  for (; *category != 0 && size < sizeof type - 16; ++category) type[size++] = *category;
  type[size++] = ':';
  if (value < 0) {
    type[size++] = '-';
    value = -value;
  }
  char digits[12];
  std::size_t count = 0;
  do digits[count++] = static_cast<char>('0' + value % 10);
  while ((value /= 10) != 0);
  while (count != 0) type[size++] = digits[--count];
  use(std::string_view{type, size}, message);
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
    with_message(failure, [&](std::string_view message) {
      with_code(failure.category().name(), failure.value(), message, use);
    });
  } else if constexpr (errno_like<Failure>) {
    char const* const message = std::strerror(static_cast<int>(failure));
    with_code("generic", static_cast<int>(failure), message == nullptr ? "" : message, use);
  } else if constexpr (code_enum<Failure>) {
    with_failure(make_error_code(failure), use);
  } else if constexpr (named_enum<Failure>) {
    auto const ask = [&] {
      auto const& name = to_string(failure);
      use(std::string_view{name}, std::string_view{name});
    };
    if (!contain(ask)) use(std::string_view{}, std::string_view{});
  } else if constexpr (requires { failure.error(); }) {
    auto const& error = failure.error();
    using Error = std::remove_cvref_t<decltype(error)>;
    if constexpr (error_code_like<Error> || std::is_enum_v<Error>) with_failure(error, use);
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
