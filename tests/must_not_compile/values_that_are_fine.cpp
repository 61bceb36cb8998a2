// compiles
#include <spanwise/trace/span.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace shop {

enum class channel { web, shop };
inline std::string_view spanwise_value(channel given) { return given == channel::web ? "web" : "shop"; }

} // namespace shop

void f(spanwise::span& span, char const* text, unsigned long long big, std::optional<int> maybe, bool flag,
       std::vector<std::string> const& list, std::map<std::string, int> const& map, std::vector<bool> const& bits) {
  span.set("text", text);
  span.set("text", std::string{"x"});
  span.set("text", std::string_view{"x"});
  span.set("big", big);
  span.set("short", std::int16_t{1});
  span.set("float", 1.5F);
  span.set("maybe", maybe);
  span.set("flag", flag);
  span.set("list", list);
  span.set("map", map);
  span.set("bits", bits);
  span.set({"pair", {"p", "q"}}, {"nested", {{"a", 1}, {"b", "x"}}});
  span.set("channel", shop::channel::web);
}
