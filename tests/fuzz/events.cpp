// Bodies of POST /v2/calls/{id}/events: the facts of accepted events do not hang on their order.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/json.hpp"
#include "model/event.hpp"
#include "model/record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wrapup;
  auto body = parse_json({reinterpret_cast<const char*>(data), size});
  if (!body) return 0;
  auto events = read_events(*body);
  if (!events) return 0;
  std::vector<Event> reversed(events->rbegin(), events->rend());
  // Two events of one id: the first that came is the one that counts, so only sets without repeats are compared.
  std::vector<std::string> ids;
  for (const auto& event : *events) ids.push_back(event.id);
  std::sort(ids.begin(), ids.end());
  if (std::adjacent_find(ids.begin(), ids.end()) != ids.end()) return 0;
  const Facts one = facts_of(std::move(*events));
  const Facts other = facts_of(std::move(reversed));
  if (status_of(one) != status_of(other)) std::abort();
  if (transcript_text(one.transcript) != transcript_text(other.transcript)) std::abort();
  if (one.executed_actions != other.executed_actions) std::abort();
  return 0;
}
