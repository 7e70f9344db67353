// Bodies of POST and PUT /v2/assistants: whatever is accepted can be merged into, read again, and has a schema and a
// script for the simulator.
#include <cstdint>
#include <cstdlib>

#include "model/agent_schema.hpp"
#include "model/embedded.hpp"
#include "model/engine_request.hpp"
#include "voice/script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wrapup;
  static const json::object base{
      {"type", "outbound"}, {"name", "fuzz"}, {"agent", json::object{{"prompt", "p"}, {"scenario", json::array()}}}};
  static const json::object schema =
      parse_json(model_file("schemas/post-call-webhook.schema.json").value_or(""))->get_object();
  auto body = parse_json({reinterpret_cast<const char*>(data), size});
  if (!body || !body->is_object()) return 0;
  (void)read_agent(body->get_object());
  auto agent = read_agent(merge_agent(base, body->get_object()));
  if (!agent) return 0;
  if (!read_agent(agent->document)) std::abort();
  (void)to_text(agent_payload_schema(*agent, schema));
  Call call;
  call.phone = "+15550100123";
  if (script_for(call, *agent).turns.size() > kMaxTurns) std::abort();
  if (!parse_json(engine_request({"w", "c", Direction::outbound, 0, {}}, *agent))) std::abort();
  return 0;
}
