#include "pipeline/model_run.hpp"

#include <cmath>
#include <optional>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "pipeline/model_data.hpp"

namespace wrapup {

namespace {

std::string kept_text(const ChatAnswer& answer) {
  json::array problems;
  for (const auto& problem : answer.problems)
    problems.push_back({{"path", problem.path}, {"message", problem.message}});
  return to_text(json::object{{"value", answer.value}, {"problems", std::move(problems)}});
}

std::optional<ChatAnswer> kept_answer(const std::string& text) {
  auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) return {};
  auto* value = parsed->get_object().if_contains("value");
  const auto* problems = parsed->get_object().if_contains("problems");
  if (!value || !value->is_object() || !problems || !problems->is_array()) return {};
  ChatAnswer answer{std::move(value->get_object()), {}};
  for (const auto& problem : problems->get_array()) {
    const auto& members = problem.as_object();
    answer.problems.push_back(
        {std::string(members.at("path").as_string()), std::string(members.at("message").as_string())});
  }
  return answer;
}

}  // namespace

ModelRun::ModelRun(ChatModel& model, AsyncStore* store, Clock& clock, const ModelSettings& settings, CallKey call,
                   Evaluator evaluator)
    : model_(model),
      store_(store),
      clock_(clock),
      settings_(settings),
      call_(std::move(call)),
      evaluator_(std::move(evaluator)),
      deadline_(clock.now() + settings.deadline) {}

Task<void> ModelRun::recall() {
  if (!store_) co_return;
  auto kept = co_await store_->read([key = call_](Store& store) { return store.kept_answers(key); });
  if (kept) answered_ = std::move(*kept);
}

Task<Result<ChatAnswer>> ModelRun::ask(std::string_view use, const json::object& data, json::object schema,
                                       std::int64_t max_tokens) {
  const Prompt prompt = evaluator_.prompt(use);
  version_ = prompt.version;
  ChatRequest request;
  request.name = use;
  request.system = prompt.system;
  request.user = data_text(data) + "\n" + prompt.reminder;
  request.schema = std::move(schema);
  request.max_tokens = max_tokens;
  request.deadline = deadline_;
  const std::string hash = question_hash(request);
  if (const auto known = answered_.find(hash); known != answered_.end()) {
    if (auto answer = kept_answer(known->second)) {
      ++usage_.cached;
      co_return std::move(*answer);
    }
  }
  ChatUsage usage;
  auto answer = co_await model_.ask(evaluator_.spec, request, usage);
  usage_ += usage;
  if (!answer && answer.error().name == "model_canceled") canceled_ = true;
  if (store_ && usage.requests > 0) co_await keep(hash, answer, usage);
  co_return answer;
}

std::string ModelRun::question_hash(const ChatRequest& request) const {
  std::string all = evaluator_.spec.base_url + "\n" + evaluator_.spec.model + "\n" + request.name + "\n";
  all += std::to_string(request.system.size()) + "\n" + request.system + request.user;
  return to_hex(sha256(all + "\n" + to_text(request.schema)));
}

// What was paid for is counted, whatever came of it. When it cannot be stored the run goes on: a crash would ask again.
Task<void> ModelRun::keep(const std::string& hash, const Result<ChatAnswer>& answer, const ChatUsage& usage) {
  const std::string text = answer ? kept_text(*answer) : "";
  const ModelUse use{call_.workspace_id, clock_.now() / kDay, evaluator_.spec.model,
                     usage.requests,     usage.prompt_tokens, usage.completion_tokens};
  const Timestamp now = clock_.now();
  auto kept = co_await store_->write([&](Store& store) { return store.keep_answer(call_, hash, text, use, now); });
  if (!kept) log_warning("model_answer_not_kept", {{"call", call_.call_id}, {"error", kept.error().detail}});
}

void ModelRun::write_use(JsonWriter& out, bool well) {
  if (version_.empty()) return;
  failed_ = failed_ || !well;
  out.member("evaluator", evaluator_.spec.model).member("prompt_version", version_);
  out.member("requests", usage_.requests).member("cached", usage_.cached);
  out.member("prompt_tokens", usage_.prompt_tokens).member("completion_tokens", usage_.completion_tokens);
  out.member("model_micros", usage_.micros);
  const bool priced = settings_.priced_url == evaluator_.spec.base_url &&
                      (settings_.prompt_price > 0 || settings_.completion_price > 0);
  out.key("cost");
  if (priced) {
    const double hundredths = static_cast<double>(usage_.prompt_tokens * settings_.prompt_price +
                                                  usage_.completion_tokens * settings_.completion_price) /
                              1e6;
    out.number(std::round(hundredths * 1e6) / 1e8);
  } else {
    out.null();
  }
  usage_ = {};
  version_.clear();
}

}  // namespace wrapup
