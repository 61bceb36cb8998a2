#include <spanwise/context/log_fields.hpp>

#include "recorded.hpp"

using spanwise::log_fields;

namespace {

spanwise::span_context const sample{*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
                                    *spanwise::span_id::from_hex("5ad3e7f1096b2c48"),
                                    {0x03}};

std::string listed(log_fields const& fields) {
  std::string text;
  for (auto const [name, value] : fields) text += std::string{name} + "=" + std::string{value} + ";";
  return text;
}

} // namespace

TEST_CASE("the three fields of a log line, by name, one by one, and as an element of syslog") {
  log_fields const fields{sample};
  CHECK_FALSE(fields.empty());
  CHECK(fields.trace_id() == "3f9a1c5be27d4d0b8c6e0a47d15f2b93");
  CHECK(fields.span_id() == "5ad3e7f1096b2c48");
  CHECK(fields.trace_flags() == "03");
  CHECK(listed(fields) == "trace_id=3f9a1c5be27d4d0b8c6e0a47d15f2b93;span_id=5ad3e7f1096b2c48;trace_flags=03;");
  CHECK(fields.structured_data() == "[opentelemetry trace_id=\"3f9a1c5be27d4d0b8c6e0a47d15f2b93\" "
                                    "span_id=\"5ad3e7f1096b2c48\" trace_flags=\"03\"]");
  CHECK(listed(log_fields{spanwise::context{sample}}) == listed(fields));
  log_fields const copy = fields;
  CHECK(copy.structured_data() == fields.structured_data());
  CHECK(copy.structured_data().data() != fields.structured_data().data());
}

TEST_CASE("nothing without a span, nor of ids of zeros") {
  for (log_fields const& fields : {log_fields{}, log_fields{spanwise::context{}},
                                   log_fields{spanwise::span_context{sample.trace_id(), spanwise::span_id{}}}}) {
    CHECK(fields.empty());
    CHECK(listed(fields).empty());
    CHECK(fields.trace_id().empty());
    CHECK(fields.span_id().empty());
    CHECK(fields.trace_flags().empty());
    CHECK(fields.structured_data().empty());
  }
}

TEST_CASE("log lines of a span that is not recorded have its ids, too") {
  testing::recorded traced{{.sampler = spanwise::always_off{}}};
  spanwise::span const work{"work"};
  CHECK_FALSE(work.recording());
  log_fields const fields;
  CHECK(fields.trace_id() == work.context().span().trace_id().hex().view());
  CHECK(fields.span_id() == work.context().span().span_id().hex().view());
  CHECK(fields.trace_flags() == "02");
}
