// error: spanwise: formats that are chosen when the program runs are no part of a composite
#include <spanwise/start/chosen_propagators.hpp>

spanwise::composite<spanwise::b3, spanwise::propagators_from_environment<>> formats;
