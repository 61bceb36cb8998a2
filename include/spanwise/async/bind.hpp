// Carries the current context over to wherever a function is called: a thread, a pool, std::async, a callback.
#pragma once

#include <spanwise/context/context.hpp>
#include <spanwise/detail/invoke.hpp>

#include <type_traits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// A function together with the context it runs in.
template <class Function> class bound {
public:
  bound(Function function, context const& with) : function_{std::move(function)}, context_{with} {}

  template <class... Arguments>
    requires std::is_invocable_v<Function&, Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) {
    attached const entered{context_};
    return detail::invoke(function_, std::forward<Arguments>(arguments)...);
  }
  template <class... Arguments>
    requires std::is_invocable_v<Function const&, Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) const {
    attached const entered{context_};
    return detail::invoke(function_, std::forward<Arguments>(arguments)...);
  }

private:
  Function function_;
  context context_;
};

/// `function`, to be called anywhere and any number of times with today's current context: `std::thread{bind(work)}`.
///
/// The span that was current may have ended by then; it stays the parent of what is started there. A pointer to a member
/// takes its object first, as with std::invoke: `bind(&cart::check_out)(my_cart)`.
template <class Function> [[nodiscard]] auto bind(Function&& function, context const& with = current_context()) {
  return bound<std::decay_t<Function>>{std::forward<Function>(function), with};
}

} // namespace spanwise::inline SPANWISE_ABI
