// error: spanwise: two components of from_config have the same name
#include <spanwise/config/from_config.hpp>
#include <spanwise/export/memory.hpp>

spanwise::from_config const two{spanwise::memory{}, spanwise::memory{}};
