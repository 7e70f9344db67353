// POST /v2/actions/try: what an action would answer about a call or a transcript, by the same stages as every call's.
// Nothing is stored.
#include "api/handlers.hpp"
#include "base/time.hpp"
#include "model/payload.hpp"

namespace wrapup::api {

namespace {

struct Trial {
  std::optional<Action> action;
  std::string call_id;
  std::optional<json::value> transcript;
};

Result<Trial> read_trial(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  Trial trial;
  const auto* action = fields.require("action") ? fields.object("action") : nullptr;
  if (action) trial.action = read_action(*action, "/action", errors, {"type", "name", "action_id"});
  trial.call_id = fields.text("call_id", 100).value_or("");
  if (const auto* transcript = fields.find("transcript")) trial.transcript = *transcript;
  if (trial.call_id.empty() == !trial.transcript)
    fields.wrong("", "must have either call_id or transcript: what the action is tried on");
  fields.done();
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return trial;
}

using Subject = std::pair<std::shared_ptr<const Call>, std::shared_ptr<Agent>>;

// A call that has ended like any other, with that transcript: read as a report's is.
Result<Subject> subject_of(const std::string& workspace_id, const json::value& transcript, Timestamp now) {
  const std::string at = format_utc(now);
  json::object body{{"model_id", "tried"}, {"phone", "+15550100123"}, {"status", "completed"},   {"started_at", at},
                    {"answered_at", at},   {"ended_at", at},          {"transcript", transcript}};
  auto report = read_report(body);
  if (!report) return fail(std::move(report.error()));
  auto agent = std::make_shared<Agent>();
  agent->workspace_id = workspace_id;
  CallStart start{workspace_id, "tried", Direction::outbound, now, std::move(report->call)};
  auto call = std::make_shared<const Call>(build_call(start, *agent, std::move(report->facts)));
  return Subject(std::move(call), std::move(agent));
}

Result<Subject> subject_of(const StoredCall& stored) {
  auto record = record_of(stored);
  if (!record) return fail(std::move(record.error()));
  return Subject(std::make_shared<const Call>(std::move(*record)), std::make_shared<Agent>(*stored.agent));
}

}  // namespace

Answer try_action(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  auto trial = read_trial(*body);
  if (!trial) co_return fail(std::move(trial.error()));
  auto subject = trial->transcript ? subject_of(request.workspace_id, *trial->transcript, services.clock.now())
                                   : co_await services.store.read([&](Store& store) -> Result<Subject> {
                                       auto stored = store.get_call(request.workspace_id, trial->call_id);
                                       if (!stored) return fail(std::move(stored.error()));
                                       return subject_of(*stored);
                                     });
  if (!subject) co_return fail(std::move(subject.error()));
  auto& [call, agent] = *subject;
  agent->actions = {std::move(*trial->action)};
  const Findings findings = co_await services.try_actions(call, agent);
  // As the webhook would have it.
  const auto payload = parse_json(render_payload(*call, *agent, findings, 1, services.clock.now()));
  const std::string name = agent->actions.front().name();
  const auto* answers = payload ? payload->get_object().if_contains("executed_actions") : nullptr;
  const auto* answer = answers && answers->is_object() ? answers->get_object().if_contains(name) : nullptr;
  if (!answer) co_return fail(Code::internal, "internal_error", "the stages gave no answer to the action");
  co_return json_reply(envelope("success", [&](JsonWriter& out) {
    out.member("result", *answer).member("transcript", transcript_text(call->transcript));
  }));
}

}  // namespace wrapup::api
