// A language model that answers a question about data with one JSON object. Asked by the pipeline's stages. One
// reactor; the asking task waits there. What a model says is hostile: it comes back as checked JSON, with what does not
// fit the schema named place by place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace wrapup {

/// Where a model is.
struct ModelSpec {
  std::string base_url;  // such as "https://models.example.com/v1"
  std::string model;     // by the name its server knows
  std::string api_key;   // sent as a bearer token; empty: none
  bool trusted = false;  // the operator wrote base_url: it may be on a private network, and without TLS
  bool operator==(const ModelSpec&) const = default;
};

struct ChatRequest {
  std::string name;     // of the answer, as a schema or a tool is named: letters, digits, '_'
  std::string system;   // what to do
  std::string user;     // the data, as JSON, and a reminder of what to do
  json::object schema;  // of the answer; what schema_check.hpp knows
  std::int64_t max_tokens = 1000;
  Timestamp deadline = 0;  // no request is under way after it
};

/// What asking took; added up over the requests that one question needed.
struct ChatUsage {
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t cached = 0;  // answers that were known and cost nothing
  Duration micros = 0;      // from asking to the answer, waiting in line included

  std::int64_t tokens() const { return prompt_tokens + completion_tokens; }
  ChatUsage& operator+=(const ChatUsage& other);
};

struct ChatAnswer {
  json::object value;
  std::vector<FieldError> problems;  // what does not fit the schema; the rest of `value` does
};

class ChatModel {
 public:
  virtual ~ChatModel() = default;
  /// Errors are `unavailable` with words fit for a webhook: "model_timeout", "model_unreachable", "model_refused" (its
  /// server answered with an error), "model_answer" (no JSON object after one repair), "model_limited" (a limit of
  /// rate, budget or breaker does not let it go before the deadline), "model_canceled" (the process stops). `usage`
  /// counts also what failed.
  virtual Task<Result<ChatAnswer>> ask(const ModelSpec& spec, const ChatRequest& request, ChatUsage& usage) = 0;
};

}  // namespace wrapup
