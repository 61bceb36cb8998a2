// The span of a request without any HTTP library: what it is told goes in, what the conventions ask for comes out.
#include <spanwise/export/memory.hpp>
#include <spanwise/instrument/http_server_span.hpp>
#include <spanwise/start.hpp>

#include "catch.hpp"

#include <utility>

using spanwise::status_code;
using namespace spanwise::detail;
using header_list = std::vector<std::pair<std::string, std::string>>;

namespace {

using request_span = http_server_span<header_list>;

/// Notes what a sampler is shown at the start.
struct noting_sampler {
  std::vector<std::string>* keys;
  spanwise::sampling_result should_sample(spanwise::sampling_parameters const& asked) const {
    keys->emplace_back(asked.name);
    for (spanwise::attribute_view const each : asked.attributes) keys->emplace_back(each.key);
    return {spanwise::sampling_decision::record_and_sample};
  }
  spanwise::sampler_description description() const { return "Noting"; }
};

struct world {
  explicit world(spanwise::http_server_options chosen = {}, spanwise::options how = {})
      : running{spanwise::start("test", spanwise::simple{spanwise::memory{sink}}, std::move(how))},
        settings{spanwise::detail::counted<http_server_settings const>::make(std::move(chosen))} {}

  std::unique_ptr<request_span> begin(header_list const& given, std::string_view method = "GET") {
    return std::make_unique<request_span>(
        settings,
        http_server_request{.asked = {method, "/cart?x", "/:page", spanwise::text_map_ref{given}},
                            .version = "HTTP/1.1",
                            .peer_address = "10.0.0.9",
                            .peer_port = 4711,
                            .secure = true},
        given);
  }
  spanwise::memory_span ended() {
    REQUIRE(sink.size() == 1);
    return sink.spans()[0];
  }

  spanwise::memory_sink sink;
  spanwise::provider running;
  spanwise::detail::counted<http_server_settings const> settings;
};

std::string error_type(spanwise::memory_span const& work) {
  for (spanwise::attribute_view const each : work.attributes())
    if (each.key == "error.type") return std::string{each.value.as_string()};
  return "-";
}

} // namespace

TEST_CASE("samplers see what is known at the start") {
  std::vector<std::string> keys;
  header_list const given{{"Host", "shop.example:1"}, {"User-Agent", "test"}, {"X-A", "1"}, {"X-B", "2"}};
  world here{{.request_headers = {"x-a", "x-b"}}, {.sampler = noting_sampler{&keys}}};
  here.begin(given)->finish(200, nullptr);
  for (char const* key :
       {"GET /:page", "client.address", "http.request.header.x-a", "http.request.header.x-b", "http.request.method",
        "server.address", "server.port", "url.path", "url.query", "url.scheme", "user_agent.original", "http.route"}) {
    INFO(key);
    CHECK(std::count(keys.begin(), keys.end(), key) == 1);
  }
}

TEST_CASE("more recorded headers than samplers are shown are recorded all the same") {
  header_list given;
  std::vector<std::string> names;
  for (char letter = 'a'; letter < 'k'; ++letter) {
    names.push_back(std::string{"x-"} + letter);
    given.emplace_back(names.back(), "1");
  }
  world here{{.request_headers = names}};
  here.begin(given)->finish(200, nullptr);
  std::size_t recorded = 0;
  for (spanwise::attribute_view const each : here.ended().attributes())
    recorded += each.key.substr(0, 20) == "http.request.header." ? 1U : 0U;
  CHECK(recorded == names.size());
}

TEST_CASE("the first end counts") {
  world here;
  auto const work = here.begin({});
  CHECK(work->running());
  CHECK(spanwise::current_context().span() == work->context_of_span());
  work->finish(200, nullptr);
  CHECK(!work->running());
  CHECK(!spanwise::current_context().span().valid());
  CHECK(!work->context_of_span().valid());
  work->finish(500, nullptr);
  work->handler_threw(nullptr);
  CHECK(here.ended().status() == status_code::unset);
}

TEST_CASE("without a word about the answer only an exception is an error") {
  {
    world here;
    here.begin({}).reset();
    CHECK(here.ended().status() == status_code::unset);
  }
  world here;
  auto work = here.begin({});
  work->handler_threw(std::make_exception_ptr(std::string{"text"}));
  work.reset();
  CHECK(here.ended().status() == status_code::error);
  CHECK(error_type(here.ended()).find("string") != std::string::npos);
}

TEST_CASE("an incomplete answer is an error unless there is a worse one") {
  {
    world here;
    here.begin({})->finish(200, nullptr, true);
    CHECK(error_type(here.ended()) == "incomplete_response");
  }
  world here;
  here.begin({})->finish(503, nullptr, true);
  CHECK(error_type(here.ended()) == "503");
}

TEST_CASE("unknown methods are kept beside the name") {
  world here;
  here.begin({}, "PROPFIND")->finish(207, nullptr);
  CHECK(here.ended().name() == "HTTP /:page");
  for (spanwise::attribute_view const each : here.ended().attributes()) {
    if (each.key == "http.request.method") CHECK(each.value.as_string() == "_OTHER");
    if (each.key == "http.request.method_original") CHECK(each.value.as_string() == "PROPFIND");
    if (each.key == "url.scheme") CHECK(each.value.as_string() == "https");
  }
}
