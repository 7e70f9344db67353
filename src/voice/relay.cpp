#include "voice/relay.hpp"

#include <utility>

#include "base/time.hpp"
#include "model/engine_request.hpp"

namespace wrapup {

Relay::Relay(AsyncStore& store, Clock& clock, ReportEvents report)
    : store_(store), clock_(clock), report_(std::move(report)) {}

Task<bool> Relay::run(const Call& call, const Agent&) {
  const std::string workspace_id = call.workspace_id;
  const std::string call_id = call.call_id;
  auto request =
      co_await store_.read([&](Store& store) { return store.get_delivery(workspace_id, request_webhook_id(call_id)); });
  if (!request && request.error().code != Code::not_found) co_return false;
  std::string why =
      "the engine did not take the call within " + std::to_string((clock_.now() - call.created_at) / kSecond) + " s";
  if (request && request->state == DeliveryState::exhausted) why = "the engine refused the call";
  if (request && !request->failure.empty()) why += " (" + request->failure + ")";
  Event event{"relay-not-taken", EventType::ended, clock_.now(), {}};
  event.body = {{"id", event.id},     {"type", "ended"},   {"at", format_utc(event.at)},
                {"status", "failed"}, {"reason", "error"}, {"error_message", why}};
  std::vector<Event> events;
  events.push_back(std::move(event));
  const Status taken = co_await report_(workspace_id, call_id, std::move(events));
  // A conflict: it ended otherwise in this moment.
  co_return taken.has_value() || taken.error().code == Code::conflict;
}

}  // namespace wrapup
