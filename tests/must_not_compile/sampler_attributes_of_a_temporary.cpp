// error: spanwise: a sampler's attributes are looked at after it has answered: let them be a member of it, or static, and no temporary
#include <spanwise/spanwise.hpp>

#include <array>

spanwise::sampling_result f() {
  return {spanwise::sampling_decision::record_and_sample, std::array{spanwise::attribute{"rule", "checkout"}}};
}
