// Bodies of POST /v2/calls/inbound and answers of inbound webhooks: what is accepted reads the same when it is read
// again as it is stored.
#include "model/inbound.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wrapup;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto answer = read_inbound_answer(text);
  auto body = parse_json(text);
  if (!body || !body->is_object()) return 0;
  auto request = read_announcement(body->get_object());
  if (!request) return 0;
  if (answer) apply_answer(*request, std::move(*answer));
  auto again = read_announcement(to_announcement(*request));
  if (!again) std::abort();
  if (to_text(to_announcement(*again)) != to_text(to_announcement(*request))) std::abort();
  return 0;
}
