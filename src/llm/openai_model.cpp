#include "llm/openai_model.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "llm/answer_text.hpp"
#include "llm/schema_check.hpp"
#include "net/retry_after.hpp"

namespace wrapup {

namespace {

constexpr Duration kFirstPause = 500 * kMillisecond;
constexpr Duration kLongestPause = 20 * kSecond;
constexpr Duration kLongestHold = kHour;
constexpr Duration kLeastPatience = 20 * kMillisecond;  // with less there is no use in asking
constexpr std::size_t kMaxDialects = 1000;
constexpr std::size_t kMaxSaidAgain = 8000;  // bytes of an answer that are sent back with what is wrong

tl::unexpected<Error> failed(std::string name, std::string words, std::string detail = {}) {
  return fail(Code::unavailable, std::move(name), std::move(words), std::move(detail));
}

/// About so many tokens: four bytes each, as of English text. Servers that count do it better.
std::int64_t estimate(std::size_t bytes) { return static_cast<std::int64_t>(bytes / 4 + 1); }

bool may_pass(const HttpReply& reply) {
  if (reply.error != TransportError::none) {
    return reply.error != TransportError::blocked && reply.error != TransportError::canceled &&
           reply.error != TransportError::tls_name && reply.error != TransportError::tls_expired &&
           reply.error != TransportError::tls_untrusted;
  }
  return reply.status == 408 || reply.status == 425 || reply.status == 429 || reply.status >= 500;
}

/// Whether the server itself does badly, rather than what was asked of it.
bool server_failed(const HttpReply& reply) { return reply.error != TransportError::none || reply.status >= 500; }

Error error_of(const HttpReply& reply) {
  if (reply.error == TransportError::timeout_before || reply.error == TransportError::timeout_after)
    return failed("model_timeout", "the model did not answer in time").value();
  if (reply.error == TransportError::canceled) return failed("model_canceled", "this process is stopping").value();
  if (reply.error == TransportError::blocked)
    return failed("model_unreachable", "the model's server is at an address that may not be dialled", reply.error_text)
        .value();
  if (reply.error != TransportError::none) {
    return failed("model_unreachable",
                  "the model's server cannot be reached (" + std::string(to_string(reply.error)) + ")",
                  reply.error_text)
        .value();
  }
  return failed("model_refused", "the model's server answered " + std::to_string(reply.status), error_words(reply.body))
      .value();
}

json::array messages_of(const ChatRequest& request, const std::string& said, const std::string& complaint) {
  json::array messages{{{"role", "system"}, {"content", request.system}},
                       {{"role", "user"}, {"content", request.user}}};
  if (complaint.empty()) return messages;
  messages.push_back({{"role", "assistant"}, {"content", said.empty() ? "(nothing)" : said.substr(0, kMaxSaidAgain)}});
  messages.push_back({{"role", "user"}, {"content", complaint}});
  return messages;
}

std::string complaint_about(const Result<ChatAnswer>& answer, const json::object& schema) {
  std::string out = "That answer cannot be used: ";
  if (answer) {
    for (std::size_t i = 0; i < std::min<std::size_t>(answer->problems.size(), 10); ++i)
      out += (i ? "; " : "") + answer->problems[i].path + " " + answer->problems[i].message;
  } else {
    out += answer.error().detail.empty() ? answer.error().message : answer.error().detail;
  }
  return out + ". Answer again with one JSON object and nothing else, valid by this JSON Schema: " + to_text(schema);
}

std::string cache_key(const ModelSpec& spec, const ChatRequest& request) {
  std::string all;
  for (const std::string_view part :
       {std::string_view(spec.base_url), std::string_view(spec.model), std::string_view(spec.api_key),
        std::string_view(request.name), std::string_view(request.system), std::string_view(request.user)}) {
    all.append(std::to_string(part.size())).append(":").append(part);
  }
  return sha256(all + to_text(request.schema));
}

}  // namespace

struct OpenAiModel::Round {
  std::string said;       // the answer before, when this one shall mend it
  std::string complaint;  // what is wrong with it
};

OpenAiModel::OpenAiModel(Executor executor, HttpClient& trusted, HttpClient& checked, Clock& clock, Entropy& entropy,
                         Settings settings, Metrics* metrics)
    : executor_(executor),
      trusted_(trusted),
      checked_(checked),
      clock_(clock),
      entropy_(entropy),
      settings_(settings),
      metrics_(metrics),
      limits_(std::move(executor), clock, settings.limits) {}

Task<Result<ChatAnswer>> OpenAiModel::ask(const ModelSpec& spec, const ChatRequest& request, ChatUsage& usage) {
  const std::int64_t cached_before = usage.cached;
  auto said = co_await find_answer(spec, request, usage);
  if (metrics_)
    metrics_->count_model_answer(!said                          ? std::string_view(said.error().name)
                                 : usage.cached > cached_before ? "cached"
                                                                : "answered");
  co_return said;
}

void OpenAiModel::show(Metrics& metrics) {
  metrics.model_breakers_open.Set(static_cast<double>(limits_.open_breakers()));
  const auto left = limits_.left_today();
  metrics.model_budget_left_tokens.Set(left ? static_cast<double>(*left) : std::numeric_limits<double>::infinity());
}

// One request that came to an end.
void OpenAiModel::count(const HttpReply& reply, std::int64_t prompt, std::int64_t completion) {
  if (!metrics_) return;
  const bool timed_out = reply.error == TransportError::timeout_before || reply.error == TransportError::timeout_after;
  metrics_->count_model_request(timed_out                             ? "timeout"
                                : reply.error != TransportError::none ? "network"
                                : reply.status / 100 == 2             ? "answered"
                                : reply.status == 429                 ? "rate_limited"
                                : reply.status / 100 == 4             ? "http_4xx"
                                : reply.status >= 500                 ? "http_5xx"
                                                                      : "other");
  metrics_->model_request_seconds.Observe(static_cast<double>(reply.timings.total) / kSecond);
  metrics_->model_prompt_tokens.Increment(static_cast<double>(prompt));
  metrics_->model_completion_tokens.Increment(static_cast<double>(completion));
}

Task<Result<ChatAnswer>> OpenAiModel::find_answer(const ModelSpec& spec, const ChatRequest& request, ChatUsage& usage) {
  const std::string key = cache_key(spec, request);
  if (const auto known = kept_by_key_.find(key); known != kept_by_key_.end()) {
    kept_.splice(kept_.begin(), kept_, known->second);
    if (auto parsed = parse_json(known->second->text)) {
      ++usage.cached;
      co_return ChatAnswer{std::move(parsed->get_object()), {}};
    }
  }
  const std::int64_t began = clock_.monotonic();
  auto answer = co_await converse(spec, request, usage);
  usage.micros += clock_.monotonic() - began;
  if (answer && answer->problems.empty()) keep(key, answer->value);
  if (!answer) {
    log_warning("model_failed", {{"model", spec.model},
                                 {"for", request.name},
                                 {"why", answer.error().name},
                                 {"error", answer.error().message},
                                 {"detail", answer.error().detail}});
  }
  co_return answer;
}

// The answer, mended once when it does not fit. Of two that do not fit the one that says more is taken.
Task<Result<ChatAnswer>> OpenAiModel::converse(const ModelSpec& spec, const ChatRequest& request, ChatUsage& usage) {
  auto said = co_await exchange(spec, request, {}, usage);
  if (!said) co_return fail(std::move(said.error()));
  auto answer = read_answer(said->text, request.schema);
  if (answer && answer->problems.empty()) co_return answer;
  if (!answer && said->cut_off)
    co_return failed("model_answer", "the model's answer was longer than the tokens it may take and breaks off");
  // Its server takes a schema and does not hold the model to it: from now on the schema stands in the words.
  Dialect& dialect = dialect_of(spec);
  if (!said->cut_off && dialect.mode != Mode::tool) dialect.mode = Mode::json;
  const Round mending{std::move(said->text), complaint_about(answer, request.schema)};
  auto said_again = co_await exchange(spec, request, mending, usage);
  if (!said_again) co_return answer;
  auto mended = read_answer(said_again->text, request.schema);
  if (mended && (!answer || mended->problems.size() <= answer->problems.size())) co_return mended;
  co_return answer;
}

// What the model says, in the first dialect that its server takes.
Task<Result<Completion>> OpenAiModel::exchange(const ModelSpec& spec, const ChatRequest& request, const Round& round,
                                               ChatUsage& usage) {
  Dialect dialect = dialect_of(spec);
  while (true) {
    auto reply = co_await send(spec, body_of(spec, request, round, dialect), request, usage);
    if (!reply) co_return fail(std::move(reply.error()));
    if (reply->status / 100 == 2) {
      dialect.proven = true;
      dialect_of(spec) = dialect;
      co_return read_completion(reply->body);
    }
    const bool about_form = reply->status == 400 || reply->status == 422 || reply->status == 501;
    if (!about_form || dialect.proven || !other_dialect(dialect, error_words(reply->body)))
      co_return fail(error_of(*reply));
  }
}

// One request until it is answered, for good or bad, or time is over.
Task<Result<HttpReply>> OpenAiModel::send(const ModelSpec& spec, const std::string& body, const ChatRequest& request,
                                          ChatUsage& usage) {
  HttpRequest http;
  http.url = spec.base_url + "/chat/completions";
  http.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  if (!spec.api_key.empty()) http.headers.emplace_back("Authorization", "Bearer " + spec.api_key);
  http.body = std::make_shared<const std::string>(body);
  http.reply_cap = settings_.answer_cap;
  const std::int64_t estimated = estimate(body.size()) + request.max_tokens / 4;
  const auto timer = clock_.timer(executor_);
  for (int attempt = 1;; ++attempt) {
    if (auto leave = co_await limits_.enter(spec.base_url, estimated, request.deadline); !leave)
      co_return fail(std::move(leave.error()));
    const Duration patience = std::min(settings_.timeout, request.deadline - clock_.now());
    if (patience < kLeastPatience) {
      limits_.give_back(spec.base_url, estimated);
      co_return failed("model_timeout", "the model did not answer in time");
    }
    http.total_timeout = std::chrono::milliseconds(std::max<Duration>(patience / kMillisecond, 1));
    http.connect_timeout = std::min(http.connect_timeout, http.total_timeout);
    ++usage.requests;
    if (metrics_) metrics_->model_requests_in_flight.Increment();
    HttpReply reply = co_await (spec.trusted ? trusted_ : checked_).send(http);
    if (metrics_) metrics_->model_requests_in_flight.Decrement();
    std::int64_t prompt = 0, completion = 0;
    if (reply.error == TransportError::none && reply.status / 100 == 2) {
      const auto read = read_completion(reply.body);
      prompt = read && read->prompt_tokens ? read->prompt_tokens : estimate(body.size());
      completion = read && read->completion_tokens ? read->completion_tokens : estimate(reply.body.size());
    }
    usage.prompt_tokens += prompt;
    usage.completion_tokens += completion;
    limits_.leave(spec.base_url, estimated, prompt + completion, server_failed(reply));
    count(reply, prompt, completion);
    if (reply.truncated && reply.status / 100 == 2) {
      co_return failed("model_answer", "the model's answer is larger than " + std::to_string(settings_.answer_cap) +
                                           " bytes and was cut off");
    }
    if (reply.error == TransportError::none && !may_pass(reply)) co_return reply;
    Duration asked = 0;
    const Duration pause = pause_before(attempt, reply, asked);
    if (asked > 0) limits_.hold(spec.base_url, clock_.now() + asked);
    const bool in_time = clock_.now() + pause < request.deadline;
    if (!may_pass(reply) || attempt >= settings_.attempts || !in_time) co_return fail(error_of(reply));
    co_await timer->wait_until(clock_.now() + pause);
  }
}

// How long to wait until the next attempt; `asked` is what of it the server asked for.
Duration OpenAiModel::pause_before(int attempt, const HttpReply& reply, Duration& asked) {
  const Timestamp now = clock_.now();
  if (reply.error == TransportError::none) {
    if (const auto until = retry_after(reply.headers, now, kLongestHold)) {
      asked = *until - now;
      return asked;
    }
  }
  const Duration most = std::min(kLongestPause, kFirstPause << std::min(attempt - 1, 10));
  return most / 2 + static_cast<Duration>(entropy_.below(static_cast<std::uint64_t>(most / 2)));
}

// The next way to speak to a server that complained; false when there is none.
bool OpenAiModel::other_dialect(Dialect& dialect, const std::string& complaint) {
  if (!dialect.completion_tokens && complaint.find("max_completion_tokens") != std::string::npos) {
    dialect.completion_tokens = true;
  } else if (dialect.temperature && complaint.find("temperature") != std::string::npos) {
    dialect.temperature = false;
  } else if (dialect.mode != Mode::json) {
    dialect.mode = static_cast<Mode>(static_cast<int>(dialect.mode) + 1);
  } else {
    return false;
  }
  return true;
}

std::string OpenAiModel::body_of(const ModelSpec& spec, const ChatRequest& request, const Round& round,
                                 const Dialect& dialect) {
  json::object body{{"model", spec.model}};
  json::array messages = messages_of(request, round.said, round.complaint);
  switch (dialect.mode) {
    case Mode::schema:
    case Mode::schema_without_limits: {
      json::object schema = dialect.mode == Mode::schema ? request.schema : without_limits(request.schema);
      body["response_format"] = {
          {"type", "json_schema"},
          {"json_schema", {{"name", request.name}, {"strict", true}, {"schema", std::move(schema)}}}};
      break;
    }
    case Mode::tool:
      body["tools"] = json::array{
          {{"type", "function"},
           {"function",
            {{"name", request.name}, {"description", "Gives the answer"}, {"parameters", request.schema}}}}};
      body["tool_choice"] = {{"type", "function"}, {"function", {{"name", request.name}}}};
      break;
    case Mode::json:
      body["response_format"] = json::object{{"type", "json_object"}};
      auto& content = messages[1].as_object()["content"].as_string();
      content += "\nAnswer with one JSON object, valid by this JSON Schema: " + to_text(request.schema);
      break;
  }
  body["messages"] = std::move(messages);
  if (dialect.temperature) body["temperature"] = 0;
  body[dialect.completion_tokens ? "max_completion_tokens" : "max_tokens"] = request.max_tokens;
  return to_text(body);
}

OpenAiModel::Dialect& OpenAiModel::dialect_of(const ModelSpec& spec) {
  if (dialects_.size() >= kMaxDialects) dialects_.clear();  // to be found out anew
  return dialects_[spec.base_url + " " + spec.model];
}

void OpenAiModel::keep(const std::string& key, const json::object& value) {
  std::string text = to_text(value);
  if (kept_by_key_.contains(key) || text.size() > settings_.cache_bytes) return;
  kept_bytes_ += text.size() + 2 * key.size();
  kept_.push_front({key, std::move(text)});
  kept_by_key_[key] = kept_.begin();
  while (kept_bytes_ > settings_.cache_bytes) {
    const Kept& oldest = kept_.back();
    kept_bytes_ -= oldest.text.size() + 2 * oldest.key.size();
    kept_by_key_.erase(oldest.key);
    kept_.pop_back();
  }
}

}  // namespace wrapup
