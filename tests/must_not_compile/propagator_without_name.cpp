// error: spanwise: OTEL_PROPAGATORS chooses among formats that tell what it calls them
#include <spanwise/start/chosen_propagators.hpp>

struct my_format {
  static constexpr std::span<std::string_view const> fields() { return {}; }
  void inject(spanwise::context const&, spanwise::text_map_ref) const {}
  spanwise::context extract(spanwise::text_map_ref, spanwise::context base) const { return base; }
};

spanwise::propagators_from_environment<my_format> formats;
