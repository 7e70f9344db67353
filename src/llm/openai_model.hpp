// The models of any server that speaks the OpenAI chat completions protocol (POST {base_url}/chat/completions). How a
// server can be held to a schema is found out by its answers and remembered for each model: response_format with
// json_schema, else a tool call, else JSON mode with the schema in the words. An answer that does not fit is sent back
// once, with what is wrong. Failures that may pass are tried again until the deadline. One reactor; lives as long as
// any task that asks.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/entropy.hpp"
#include "base/metrics.hpp"
#include "llm/answer_text.hpp"
#include "llm/chat_model.hpp"
#include "llm/model_limits.hpp"
#include "net/http_client.hpp"

namespace wrapup {

class OpenAiModel final : public ChatModel {
 public:
  struct Settings {
    ModelLimits::Settings limits;
    Duration timeout = 60 * kSecond;             // of one request
    int attempts = 4;                            // of one request, failures that may pass included
    std::size_t answer_cap = 1024 * 1024;        // bytes of one answer; a longer one is cut off and refused
    std::size_t cache_bytes = 16 * 1024 * 1024;  // of answers kept in memory, to be given again for the same question
  };
  /// `trusted` dials what the operator wrote, `checked` what workspaces and agents wrote; the same, or one of another
  /// address policy.
  OpenAiModel(Executor executor, HttpClient& trusted, HttpClient& checked, Clock& clock, Entropy& entropy,
              Settings settings, Metrics* metrics = nullptr);

  Task<Result<ChatAnswer>> ask(const ModelSpec& spec, const ChatRequest& request, ChatUsage& usage) override;

  /// Sets the gauges of breakers and budget.
  void show(Metrics& metrics);
  /// Tokens that were used today before this process began.
  void count_before(std::int64_t tokens) { limits_.count_before(tokens); }

 private:
  enum class Mode { schema, schema_without_limits, tool, json };
  /// How a model wants to be spoken to.
  struct Dialect {
    Mode mode = Mode::schema;
    bool completion_tokens = false;  // max_completion_tokens in place of max_tokens
    bool temperature = true;
    bool proven = false;  // it answered so
  };
  struct Round;  // what is said to the model, and what came of it

  Task<Result<ChatAnswer>> find_answer(const ModelSpec& spec, const ChatRequest& request, ChatUsage& usage);
  void count(const HttpReply& reply, std::int64_t prompt, std::int64_t completion);
  Task<Result<ChatAnswer>> converse(const ModelSpec& spec, const ChatRequest& request, ChatUsage& usage);
  Task<Result<Completion>> exchange(const ModelSpec& spec, const ChatRequest& request, const Round& round,
                                    ChatUsage& usage);
  Task<Result<HttpReply>> send(const ModelSpec& spec, const std::string& body, const ChatRequest& request,
                               ChatUsage& usage);
  Duration pause_before(int attempt, const HttpReply& reply, Duration& asked);
  static bool other_dialect(Dialect& dialect, const std::string& complaint);
  static std::string body_of(const ModelSpec& spec, const ChatRequest& request, const Round& round,
                             const Dialect& dialect);
  Dialect& dialect_of(const ModelSpec& spec);
  void keep(const std::string& key, const json::object& value);

  Executor executor_;
  HttpClient& trusted_;
  HttpClient& checked_;
  Clock& clock_;
  Entropy& entropy_;
  Settings settings_;
  Metrics* metrics_;
  ModelLimits limits_;
  std::map<std::string, Dialect> dialects_;  // by server and model
  struct Kept {
    std::string key;
    std::string text;  // JSON
  };
  std::list<Kept> kept_;  // the one used last in front
  std::map<std::string, std::list<Kept>::iterator> kept_by_key_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace wrapup
