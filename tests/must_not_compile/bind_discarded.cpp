// error: ignoring
#include <spanwise/async/bind.hpp>

void f() {
  spanwise::bind([] {});
}
