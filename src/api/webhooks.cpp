#include <algorithm>

#include "api/handlers.hpp"
#include "model/end_reason.hpp"
#include "model/payload.hpp"
#include "model/sample.hpp"
#include "net/url.hpp"

namespace wrapup::api {

namespace {

struct Wish {
  std::string url;
  std::string model_id;
  SampleWish sample;
};

// One of the known reasons; some statuses have one only.
void check_reason(Fields& fields, const SampleWish& wish) {
  if (wish.end_call_reason.empty()) return;
  const auto& names = end_reason_names();
  if (std::find(names.begin(), names.end(), wish.end_call_reason) == names.end()) {
    std::string known;
    for (const auto name : names) known.append(known.empty() ? "" : ", ").append(name);
    return fields.wrong("end_call_reason", "must be one of " + known);
  }
  const bool has_one_only = wish.status == CallStatus::hangup_on_voicemail ||
                            wish.status == CallStatus::left_voicemail || wish.status == CallStatus::user_canceled;
  const std::string own = end_reason_of(wish.status, {}, {}, 0).reason;
  if (has_one_only && wish.end_call_reason != own)
    fields.wrong("end_call_reason", "is always " + own + " with the status " + std::string(to_string(wish.status)));
}

Result<Wish> read_wish(const Services& services, const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  Wish wish;
  wish.url = fields.required_text("url", kMaxUrl).value_or("");
  wish.model_id = fields.text("model_id", 200).value_or("");
  wish.sample.status = read_terminal_status(fields, "status").value_or(CallStatus::completed);
  wish.sample.end_call_reason = fields.text("end_call_reason", 200).value_or("");
  check_reason(fields, wish.sample);
  fields.done();
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  if (auto fine = check_webhook_url(services, wish.url, "/url"); !fine) return fail(std::move(fine.error()));
  return wish;
}

// Without a model_id an agent that exists nowhere.
Result<std::shared_ptr<const Agent>> agent_for(Store& store, const std::string& workspace_id, const Wish& wish,
                                               const std::string& new_id) {
  if (!wish.model_id.empty()) return store.latest_agent(workspace_id, wish.model_id);
  auto agent = std::make_shared<Agent>();
  agent->workspace_id = workspace_id;
  agent->agent_id = new_id;
  return std::shared_ptr<const Agent>(std::move(agent));
}

}  // namespace

// Goes the way of every webhook: durable, signed, retried, logged.
Answer test_webhook(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  auto wish = read_wish(services, *body);
  if (!wish) co_return fail(std::move(wish.error()));
  std::optional<DueDelivery> made;
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    const auto fresh = [&] { return new_id(services.clock, services.entropy); };
    auto agent = agent_for(store, request.workspace_id, *wish, fresh());
    if (!agent) return fail(std::move(agent.error()));
    const Timestamp now = services.clock.now();
    Sample sample = sample_payload(**agent, wish->sample, fresh(), now);
    Message message;
    message.workspace_id = request.workspace_id;
    message.webhook_id = webhook_id(sample.call_id, 1);
    message.type = kCallCompleted;
    message.call_id = sample.call_id;
    message.model_id = (*agent)->agent_id;
    message.created_at = now;
    message.body = std::move(sample.payload);
    auto due = store.send_message(message, wish->url, fresh());
    if (!due) return fail(std::move(due.error()));
    made = std::move(*due);
    return envelope("success", [&](JsonWriter& out) {
      out.member("webhook_id", made->delivery.webhook_id).member("delivery_id", made->delivery.delivery_id);
      out.member("call_id", sample.call_id).member("endpoint_id", made->endpoint.endpoint_id);
      out.member("url", made->endpoint.url).member("endpoint_state", to_string(made->endpoint.state));
      out.member("log", "/v2/logs?search=" + made->delivery.webhook_id);
    });
  });
  if (reply && made) services.store.feeds().deliveries.offer(std::move(*made));
  co_return reply;
}

}  // namespace wrapup::api
