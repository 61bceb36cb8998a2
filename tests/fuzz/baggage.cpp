// The baggage header: any values are read within their bounds, and what is sent is well-formed, within 180 entries and
// 8192 bytes, and read back as it was. Lines behind the headers: `+name=value;metadata` sets, `-name` removes.
#include "headers.hpp"

#include <algorithm>

namespace {

using fuzz::require;
using spanwise::baggage;

constexpr std::size_t most_members = 180;
constexpr std::size_t most_bytes = 8192;

bool is_token(std::string_view text) {
  return !text.empty() && text.find_first_not_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == text.npos;
}

/// W3C Baggage, 3.3.1, read here anew: member list of key=value and properties.
void check_header(std::string_view header) {
  require(header.size() <= most_bytes, "a header has 8192 bytes at most", header);
  std::size_t members = 0;
  for (std::string_view rest = header; !rest.empty();) {
    std::string_view const member = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), member.size() + 1));
    std::string_view const pair = member.substr(0, member.find(';'));
    std::string_view const key = pair.substr(0, pair.find('='));
    require(is_token(key), "a name is a token", member);
    require(pair.size() > key.size(), "a member has a value", member);
    std::string_view const value = pair.substr(key.size() + 1);
    for (std::size_t at = 0; at < value.size(); ++at) {
      char const letter = value[at];
      require(letter > ' ' && letter < 0x7f && letter != '"' && letter != ',' && letter != ';' && letter != '\\',
              "a value is of baggage-octets", member);
      if (letter != '%') continue;
      require(value.substr(at + 1, 2).size() == 2 &&
                  value.substr(at + 1, 2).find_first_not_of("0123456789ABCDEF") == value.npos,
              "a percent sign has two digits", member);
    }
    ++members;
  }
  require(members >= 1 && members <= most_members, "a header has 1 to 180 members", header);
}

/// What `set` takes on the wire, and whether all of it can go there.
bool fits(baggage const& set) {
  std::size_t bytes = 0;
  for (baggage::entry const& each : set) {
    if (!is_token(each.key)) return false;
    bytes += each.key.size() + 3 * each.value.size() + each.metadata.size() + 3;
  }
  return set.size() <= most_members && bytes <= most_bytes;
}

void check_sent(baggage const& set) {
  spanwise::context const whole{spanwise::span_context{}, set};
  fuzz::headers sent;
  spanwise::w3c_baggage{}.inject(whole, sent);
  require(sent.size() <= 1, "there is one header at most");
  for (auto const& [name, value] : sent) check_header(value);
  baggage const arrived = spanwise::w3c_baggage{}.extract(sent, spanwise::context{}).baggage();
  for (baggage::entry const& each : arrived) {
    auto const had = set.get(each.key);
    require(had.has_value(), "nothing arrives that was not sent", each.key);
    if (spanwise::detail::valid_utf8(*had)) require(*had == each.value, "a value arrives as it was", each.value);
    else require(spanwise::detail::valid_utf8(each.value), "what is no UTF-8 arrives repaired", each.value);
  }
  if (fits(set)) require(arrived.size() == set.size(), "all arrives that fits");
  // Only repair makes text longer than what was sent, so that what arrived may be more than can be sent on.
  baggage const again =
      fuzz::round_trip(spanwise::context{spanwise::span_context{}, arrived}, spanwise::w3c_baggage{}).baggage();
  bool const repaired = !std::all_of(set.begin(), set.end(), [](baggage::entry const& each) {
    return spanwise::detail::valid_utf8(each.value);
  });
  if (!repaired || fits(arrived)) require(again == arrived, "what arrived is sent on unchanged");
  for (baggage::entry const& each : again)
    require(arrived.get(each.key) == each.value && arrived.metadata(each.key) == each.metadata, "what is sent on is as it arrived",
            each.key);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::diagnostics const diagnostics;
  fuzz::input from{data, size};
  fuzz::headers const given = fuzz::read_headers(from);
  baggage set = fuzz::check_format(given, spanwise::w3c_baggage{}).baggage();
  require(set.size() <= most_members, "180 entries at most are read");
  std::size_t bytes = 0;
  for (baggage::entry const& each : set) {
    require(is_token(each.key), "a name that was read is a token", each.key);
    require(spanwise::detail::valid_utf8(each.value), "a value that was read is UTF-8", each.value);
    bytes += each.key.size() + each.value.size() + each.metadata.size();
  }
  require(bytes <= most_bytes, "8192 bytes at most are read");
  check_sent(set);
  for (int changes = 0; changes < 40 && !from.empty(); ++changes) {
    std::string_view line = from.line();
    bool const sets = line.starts_with('+');
    if (line.empty() || (!sets && line.front() != '-')) continue;
    line.remove_prefix(1);
    std::string_view const metadata = line.find(';') == line.npos ? std::string_view{} : line.substr(line.find(';') + 1);
    line = line.substr(0, line.find(';'));
    std::string_view const key = line.substr(0, line.find('='));
    std::string_view const value = line.substr(std::min(line.size(), key.size() + 1));
    baggage const before = set;
    set = sets ? set.set(key, value, metadata) : set.remove(key);
    if (!sets) require(!set.get(key), "what is removed is gone", key);
    else if (!key.empty()) require(set.get(key) == value && set.metadata(key) == metadata, "what is set is there", key);
    else require(set == before, "an entry without a name changes nothing");
    std::size_t count = 0;
    for (baggage::entry const& each : set) count += each.key == key;
    require(count == (sets && !key.empty() ? 1U : 0U), "a name occurs once", key);
  }
  check_sent(set);
  require(diagnostics.told() == 0, "malformed baggage is no news");
  return 0;
}
