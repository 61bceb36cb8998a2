// What a receiver answers: any status, body, Content-Type and Location give a bounded, printable sentence, and a note
// that the library reads is the one that was written. The first byte chooses; then lines for the two headers, then the body.
#include <spanwise/export/http_reply.hpp>

#include <nlohmann/json.hpp>

#include "fuzz.hpp"

namespace {

using fuzz::require;
using spanwise::otlp_encoding;
namespace detail = spanwise::detail;

void check_line(std::string_view text, std::size_t most, char const* what) {
  require(text.size() <= most, what, text);
  require(detail::valid_utf8(text), "what an answer says is UTF-8", text);
  for (char const letter : text)
    require(static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f, "what an answer says is one line", text);
}

/// nlohmann's parser is stricter than the cursor: what it takes, the cursor has to take, and to agree with.
void check_against_parser(std::string_view body) {
  if (body.find('\0') != body.npos) return; // which for nlohmann is the end
  nlohmann::json const parsed = nlohmann::json::parse(body, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object()) return;
  int depth = 0;
  int deepest = 0;
  bool text = false;
  for (std::size_t at = 0; at < body.size(); ++at) {
    if (text && body[at] == '\\') ++at;
    else if (body[at] == '"') text = !text;
    else if (!text && (body[at] == '{' || body[at] == '[')) deepest = std::max(deepest, ++depth);
    else if (!text && (body[at] == '}' || body[at] == ']')) --depth;
  }
  if (deepest >= detail::json_cursor::deepest) return;
  detail::json_cursor cursor{body};
  require(cursor.object([](std::string_view) { return false; }) && cursor.at_end(), "JSON is walked to its end", body);

  auto const answer = spanwise::read_partial_success(body, otlp_encoding::json);
  require(answer.has_value(), "an answer that is JSON is read", body);
  std::size_t members = 0; // a repeated member is read each time, and the parser keeps but the last
  for (std::size_t at = body.find("artial"); at != body.npos; at = body.find("artial", at + 1)) ++members;
  auto const note = parsed.find("partialSuccess");
  if (note == parsed.end() || members != 1 || !note->is_object() || body.find('\\') != body.npos) return;
  auto const rejected = note->find("rejectedSpans");
  bool const once = body.find("ejected", body.find("ejected") + 1) == body.npos;
  if (rejected != note->end() && once && rejected->is_number_unsigned() && rejected->get<std::uint64_t>() <= INT64_MAX)
    require(answer->rejected == rejected->get<std::uint64_t>(), "the number is the one that was sent", body);
}

void walk(detail::json_cursor& cursor, fuzz::input& choice, int depth) {
  std::string text;
  std::int64_t number = 0;
  for (int step = 0; step < 4; ++step) switch (choice.byte() % 5) {
    case 0:
      if (cursor.string(text, 16)) require(text.size() <= 16 + 4, "no more of a string is kept than asked for", text);
      break;
    case 1: static_cast<void>(cursor.integer(number)); break;
    case 2: static_cast<void>(cursor.skip()); break;
    case 3: static_cast<void>(cursor.at_end()); break;
    default:
      if (depth < 4) static_cast<void>(cursor.object([&](std::string_view key) {
        require(key.size() <= 64 + 4, "keys come cut", key);
        walk(cursor, choice, depth + 1);
        return choice.byte() % 2 == 0;
      }));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::input from{data, size};
  int const status = 100 + from.byte() * 2;
  auto const sent_as = from.byte() % 2 == 0 ? otlp_encoding::json : otlp_encoding::protobuf;
  fuzz::input choice{data, size};
  detail::http_reply reply{.status = status};
  reply.content_type = from.line();
  reply.location = from.line();
  fuzz::exact const body{from.rest()};
  reply.body = body.text();

  check_line(detail::status_sentence(reply, {}, sent_as), 700, "a sentence about an answer is bounded");
  for (otlp_encoding const encoding : {otlp_encoding::json, otlp_encoding::protobuf}) {
    check_line(spanwise::read_status_message(body.text(), encoding), 303, "a message is bounded");
    auto const answer = spanwise::read_partial_success(body.text(), encoding);
    if (!answer) continue;
    check_line(answer->message, 303, "a message is bounded");
    require(answer->rejected <= INT64_MAX, "no negative number is taken for a large one");
  }
  check_against_parser(body.text());
  detail::json_cursor cursor{body.text()};
  walk(cursor, choice, 0);
  return 0;
}
