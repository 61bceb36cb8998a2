// What the system tells of where a process runs: control groups, mounts, images, and files of assignments, of any bytes,
// as they come from container engines that nobody here knows. Each input is read as each of them.
#include <spanwise/resource/container_detector.hpp>
#include <spanwise/resource/process_detector.hpp>

#include "fuzz.hpp"

namespace {

using fuzz::require;
namespace detail = spanwise::detail;

bool within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

bool only(std::string_view text, std::string_view letters) { return text.find_first_not_of(letters) == text.npos; }

void check_signs(detail::container_signs const& found, std::string_view text) {
  require(within(found.container_id, text) && within(found.pod_uid, text) && within(found.container_name, text), "what is found is a part of the text");
  if (!found.container_id.empty())
    require(found.container_id.size() >= 34 && found.container_id.size() <= 64 && only(found.container_id, "0123456789abcdef-"),
            "an id is of the form that ids have", found.container_id);
  if (!found.pod_uid.empty())
    require(found.pod_uid.size() == 36 && only(found.pod_uid, "0123456789abcdef-_"), "so is that of a pod", found.pod_uid);
  require(found.container_name.find('/') == found.container_name.npos, "a name is one part of a path", found.container_name);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::exact const input{{reinterpret_cast<char const*>(data), size}};
  std::string_view const text = input.text();
  check_signs(detail::read_groups(text), text);
  check_signs(detail::read_mounts(text), text);
  detail::container_signs path;
  detail::read_group_path(text, path);
  check_signs(path, text);

  detail::image_name const image = detail::split_image(text);
  require(within(image.name, text) && within(image.tag, text), "an image's parts are parts of it");
  require(image.tag.find_first_of(":/@") == image.tag.npos, "a tag holds no other part", image.tag);
  for (std::string_view const key : {"id", "name", "PRETTY_NAME", ""})
    require(detail::assigned_value(text, key).size() <= size, "a value is no longer than its text", text);
  for (std::string const& each : detail::zero_ended(text)) require(detail::valid_utf8(each), "an argument is UTF-8", each);
  require(within(detail::user_name(text, 0), text), "a user's name is a part of the list");
  static_cast<void>(detail::start_ticks(text));
  return 0;
}
