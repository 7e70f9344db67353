// One call's run with a model: asks for the stages, within one deadline. Each answer is stored as soon as it is there,
// so that a crash does not ask, and pay, again (decision 4). Made by the runner for each run; on its reactor.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "llm/chat_model.hpp"
#include "pipeline/evaluator.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

/// How a model is asked.
struct ModelSettings {
  Duration deadline = 2 * kMinute;    // for all stages of a call; then the rules answer
  std::size_t batch = 50;             // questions in one request
  std::size_t window = 96 * 1024;     // bytes of a transcript in one request
  std::size_t running = 16;           // calls at once
  std::int64_t prompt_price = 0;      // of a million tokens, in hundredths of a unit of money
  std::int64_t completion_price = 0;  //
  std::string priced_url;             // the server that these prices are of
};

class ModelRun {
 public:
  /// `store` null: nothing is kept.
  ModelRun(ChatModel& model, AsyncStore* store, Clock& clock, const ModelSettings& settings, CallKey call,
           Evaluator evaluator);

  /// Takes over what was answered before a crash.
  Task<void> recall();

  /// Asks one question of a stage. `use` names its prompt.
  Task<Result<ChatAnswer>> ask(std::string_view use, const json::object& data, json::object schema,
                               std::int64_t max_tokens);

  const std::string& name() const { return evaluator_.spec.model; }
  std::string version(std::string_view use) const { return evaluator_.prompt(use).version; }
  const ModelSettings& settings() const { return settings_; }
  /// Whether it was cut off because the process stops.
  bool canceled() const { return canceled_; }
  /// Whether a stage that asked it did not get all it asked for.
  bool failed() const { return failed_; }

  /// What was used since the last time.
  const ChatUsage& usage() const { return usage_; }
  /// The same, as members of the stage's record: evaluator, prompt version, tokens, cost. `well`: whether the stage got
  /// all it asked for.
  void write_use(JsonWriter& out, bool well);

 private:
  std::string question_hash(const ChatRequest& request) const;
  Task<void> keep(const std::string& hash, const Result<ChatAnswer>& answer, const ChatUsage& usage);

  ChatModel& model_;
  AsyncStore* store_;
  Clock& clock_;
  const ModelSettings& settings_;
  CallKey call_;
  Evaluator evaluator_;
  Timestamp deadline_;
  std::map<std::string, std::string> answered_;  // JSON, by hash of the question
  ChatUsage usage_;
  bool canceled_ = false;
  bool failed_ = false;
  std::string version_;  // of the prompt asked with last; empty: nothing was asked
};

}  // namespace wrapup
