// error: spanwise: two formats have the same name for OTEL_PROPAGATORS
#include <spanwise/start/chosen_propagators.hpp>

struct my_format : spanwise::b3 {};

spanwise::propagators_from_environment<my_format> formats;
