// An engine announces an inbound call; the agent's own system says who takes it. The question is asked before anything
// is stored, so that one commit has the call, what was decided, and the log of how that came.
#include "model/inbound.hpp"

#include "api/handlers.hpp"
#include "model/redaction.hpp"

namespace wrapup::api {

namespace {

// What became of an announced call before it is stored.
struct Decided {
  Announced announced;
  Message question;  // empty body: nobody was asked
  std::vector<Attempt> attempts;
  PiiSet redact = 0;  // of the agent that was called first
  std::string customer_name;
  std::string customer_phone;
};

std::string announced_body(const StoredCall& stored) {
  const auto& request = stored.row.start.request;
  return envelope("success", [&](JsonWriter& out) {
    out.member("call_id", stored.row.start.call_id).key("model_id");
    is_terminal(stored.row.status) ? out.null() : out.string(stored.row.agent_id);
    out.key("custom_variables").begin_object();
    for (const auto& [name, value] : request.custom_variables) out.member(name, value);
    out.end_object().key("metadata").object(request.metadata);
    out.key("call_status").string(to_string(stored.row.status));
  });
}

Task<Result<bool>> has_agent(Services& services, const std::string& workspace_id, const std::string& model_id) {
  auto agent = co_await services.store.read([&](Store& store) { return store.latest_agent(workspace_id, model_id); });
  if (agent) co_return true;
  if (agent.error().code == Code::not_found) co_return false;
  co_return fail(std::move(agent.error()));
}

// The system named nobody who is there: the default agent takes the call, or nobody does.
Task<Status> fall_back(Services& services, const std::string& workspace_id, const Agent& called, std::string why,
                       Announced& announced) {
  const std::string default_agent = called.default_agent;
  if (!default_agent.empty()) {
    auto there = co_await has_agent(services, workspace_id, default_agent);
    if (!there) co_return fail(std::move(there.error()));
    if (*there) {
      announced.request.model_id = default_agent;
      announced.note = "the inbound webhook " + why + "; the default agent takes the call";
      co_return Status();
    }
    why += ", and the default agent is not there";
  } else {
    why += ", and there is no default agent";
  }
  announced.ended = CallStatus::failed;
  announced.error_message = "the inbound webhook " + why;
  co_return Status();
}

Task<Status> follow_answer(Services& services, const std::string& workspace_id, const Agent& called, const Asked& asked,
                           Announced& announced) {
  if (!asked.answer) {
    std::string why = "gave no answer: " + asked.failure;
    co_return co_await fall_back(services, workspace_id, called, std::move(why), announced);
  }
  auto answer = read_inbound_answer(*asked.answer);
  if (!answer) {
    std::string why = "gave an answer that cannot be used: " + answer.error().message;
    co_return co_await fall_back(services, workspace_id, called, std::move(why), announced);
  }
  if (!answer->assigned) {
    announced.ended = CallStatus::canceled;
    announced.error_message = "the inbound webhook assigned no agent to the call";
    co_return Status();
  }
  const std::string wanted = answer->override_model_id;
  apply_answer(announced.request, std::move(*answer));
  if (wanted.empty()) co_return Status();
  auto there = co_await has_agent(services, workspace_id, wanted);
  if (!there) co_return fail(std::move(there.error()));
  if (*there) {
    announced.request.model_id = wanted;
    co_return Status();
  }
  std::string why = "named the agent " + wanted + ", which is not there";
  co_return co_await fall_back(services, workspace_id, called, std::move(why), announced);
}

Task<Result<Decided>> decide(Services& services, const std::string& workspace_id, CallRequest request) {
  auto called =
      co_await services.store.read([&](Store& store) { return store.latest_agent(workspace_id, request.model_id); });
  if (!called) co_return fail(std::move(called.error()));
  Decided decided;
  decided.announced.call_id = new_id(services.clock, services.entropy);
  decided.announced.request = std::move(request);
  const Agent& agent = **called;
  decided.redact = agent.redact;
  decided.customer_name = decided.announced.request.name;
  decided.customer_phone = decided.announced.request.phone;
  if (agent.inbound_url.empty()) co_return decided;
  Message& question = decided.question;
  question.workspace_id = workspace_id;
  question.webhook_id = "evt_" + decided.announced.call_id + "_inbound";
  question.type = kCallInbound;
  question.call_id = decided.announced.call_id;
  question.model_id = agent.agent_id;
  question.created_at = services.clock.now();
  question.body = inbound_question(decided.announced.request, question.call_id);
  auto asked = co_await services.ask(question, agent.inbound_url);
  if (!asked) co_return fail(std::move(asked.error()));
  decided.attempts = std::move(asked->attempts);
  auto followed = co_await follow_answer(services, workspace_id, agent, *asked, decided.announced);
  if (!followed) co_return fail(std::move(followed.error()));
  co_return decided;
}

// The call that this announcement made before, by its external_id; so the system is not asked twice.
Result<std::optional<std::string>> known_answer(Store& store, const std::string& workspace_id,
                                                const std::string& external_id) {
  if (external_id.empty()) return std::optional<std::string>();
  auto call_id = store.call_by_external_id(workspace_id, external_id);
  if (!call_id) return fail(std::move(call_id.error()));
  if (!*call_id) return std::optional<std::string>();
  auto stored = store.get_call_outline(workspace_id, **call_id);
  if (!stored) return fail(std::move(stored.error()));
  if (stored->row.start.direction == Direction::inbound && !stored->row.reported)
    return std::optional<std::string>(announced_body(*stored));
  return fail(Code::conflict, "external_id_taken",
              "external_id is that of call " + **call_id + " already, which was not announced as inbound");
}

// It was asked and answered: its log need not say who called.
void redact_question(Decided& decided, PiiSet kinds) {
  decided.question.body = redact_message(decided.question.body, kinds);
  const auto context = customer_context(kinds, decided.customer_name, decided.customer_phone);
  for (auto& attempt : decided.attempts) attempt.detail = redact_answer(attempt.detail, context);
}

void redact_announcement(StoredCall& stored, PiiSet kinds) {
  auto& request = stored.row.start.request;
  const auto context = customer_context(kinds, request.name, request.phone);
  for (auto& [name, value] : request.custom_variables) {
    json::value text(value);
    redact_value(text, name, context);
    value = text.get_string();
  }
  json::value metadata(std::move(request.metadata));
  redact_value(metadata, "", context);
  request.metadata = std::move(metadata.get_object());
}

Result<OnceBody> store_decided(Services& services, Store& store, const std::string& workspace_id, Decided decided,
                               Accepted& accepted) {
  auto known = known_answer(store, workspace_id, decided.announced.request.external_id);
  if (!known) return fail(std::move(known.error()));
  if (*known) return OnceBody(std::move(**known));
  const std::string call_id = decided.announced.call_id;
  auto taken = services.intake.announce_inbound(store, workspace_id, std::move(decided.announced));
  if (!taken) return fail(std::move(taken.error()));
  auto stored = store.get_call_outline(workspace_id, call_id);
  if (!stored) return fail(std::move(stored.error()));
  const PiiSet redact = stored->agent->redact | decided.redact;
  if (!decided.question.body.empty()) {
    if (redact != 0) redact_question(decided, redact);
    if (auto kept = store.keep_question(decided.question, decided.attempts); !kept)
      return fail(std::move(kept.error()));
  }
  accepted = std::move(*taken);
  const OnceBody answer(announced_body(*stored));
  if (redact == 0) return answer;
  // The engine is told all that it needs to speak; what is kept to be given again is not.
  redact_announcement(*stored, redact);
  return OnceBody(answer.body, announced_body(*stored));
}

}  // namespace

Answer announce_inbound(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  auto call = read_announcement(*body);
  if (!call) co_return fail(std::move(call.error()));
  if (auto fine = check_webhook_url(services, call->external_webhook_url, "/external_webhook_url"); !fine)
    co_return fail(std::move(fine.error()));
  auto key = once_key(request);
  if (!key) co_return fail(std::move(key.error()));
  auto before = co_await services.store.read([&](Store& store) -> Result<std::optional<std::string>> {
    auto known = known_answer(store, request.workspace_id, call->external_id);
    if (!known || *known || !*key) return known;
    auto kept = store.find_idempotent(request.workspace_id, (*key)->key);
    if (!kept) return fail(std::move(kept.error()));
    if (!*kept) return known;
    return std::optional<std::string>(std::move((*kept)->body));
  });
  if (!before) co_return fail(std::move(before.error()));
  Decided decided;
  if (!*before) {
    auto made = co_await decide(services, request.workspace_id, std::move(*call));
    if (!made) co_return fail(std::move(made.error()));
    decided = std::move(*made);
  }
  Accepted accepted;
  const std::vector<Attempt> asked = decided.attempts;
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<OnceBody> {
    if (*before) return OnceBody(**before);
    return store_decided(services, store, request.workspace_id, std::move(decided), accepted);
  });
  auto& feeds = services.store.feeds();
  if (reply) Intake::announce(feeds, request.workspace_id, accepted);
  for (const auto& attempt : asked) {
    if (reply && feeds.changes.wanted())
      feeds.changes.offer({Change::Kind::attempt, request.workspace_id, attempt.attempt_id});
  }
  co_return reply;
}

}  // namespace wrapup::api
