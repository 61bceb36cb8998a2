// error: spanwise: what from_config is given needs a name for configuration files
#include <spanwise/config/from_config.hpp>
#include <spanwise/export/memory.hpp>

spanwise::from_config const nameless{spanwise::memory{}, 5};
