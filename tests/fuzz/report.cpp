// Bodies of POST /v2/calls and /v2/calls/report: whatever is accepted makes a record and a payload that is JSON again.
#include "model/report.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.hpp"
#include "model/payload.hpp"
#include "model/record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wrapup;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto report = read_report(text);
  auto body = parse_json(text);
  if (report && !body) std::abort();
  if (!body || !body->is_object()) return 0;
  (void)read_call_request(body->get_object());
  const auto again = read_report(body->get_object());
  if (again.has_value() != report.has_value()) std::abort();
  if (!report) {
    if (report.error().fields != again.error().fields) std::abort();
    return 0;
  }
  if (transcript_text(report->facts.transcript) != transcript_text(again->facts.transcript)) std::abort();
  static const Agent agent =
      *read_agent(json::object{{"type", "outbound"}, {"name", "fuzz"}, {"agent", json::object{{"prompt", "p"}}}});
  const Call call =
      build_call({"w", "c", report->direction, 0, std::move(report->call)}, agent, std::move(report->facts));
  if (!parse_json(render_payload(call, agent, {}, 1, 0))) std::abort();
  return 0;
}
