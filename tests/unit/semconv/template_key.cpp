#include <spanwise/core/attribute.hpp>
#include <spanwise/semconv.hpp>
#include <spanwise/semconv/template_key.hpp>

#include "catch.hpp"
#include "shown.hpp"

#include <string>
#include <vector>

namespace semconv = spanwise::semconv;
using testing::written;

static_assert(semconv::http_request_header<"x-request-id">.text() == "http.request.header.x-request-id");
static_assert(semconv::http_request_header<"x-request-id">.bit() ==
              spanwise::key{"http.request.header.x-request-id"}.bit());
// One text in the program for each key, however many files name it.
static_assert(semconv::container_label<"app">.text().data() == semconv::container_label<"app">.text().data());

TEST_CASE("keys that end in a name of the program's own hold the type of their template") {
  CHECK(written({semconv::http_request_header<"accept">, {"a/b", "c/d"}}) ==
        "http.request.header.accept: [\"a/b\", \"c/d\"]");
  CHECK(written({semconv::http_response_header<"etag">, std::vector<std::string>{"1"}}) ==
        "http.response.header.etag: [\"1\"]");
  CHECK(written({semconv::db_query_parameter<"user">, "jane"}) == "db.query.parameter.user: \"jane\"");
  CHECK(written({semconv::k8s_pod_label<"app.version">, "7"}) == "k8s.pod.label.app.version: \"7\"");
}
