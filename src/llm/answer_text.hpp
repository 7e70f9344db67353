// Reads what a server of the OpenAI protocol answered: the words of the model, and in them the JSON object that was
// asked for, also when it stands in a fence or among other words. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "llm/chat_model.hpp"

namespace wrapup {

/// What the model said, and what that took by its server's count.
struct Completion {
  std::string text;
  std::int64_t prompt_tokens = 0;      // 0: the server does not say
  std::int64_t completion_tokens = 0;  //
  bool cut_off = false;                // it ran into max_tokens
};

/// `unavailable`, name "model_answer", when the body is no chat completion.
Result<Completion> read_completion(std::string_view body);

/// The object in `text`, checked against the schema. `unavailable`, name "model_answer", when there is none.
Result<ChatAnswer> read_answer(std::string_view text, const json::object& schema);

/// The words in which a server says what it refuses; empty when it gives none. At most 500 bytes, for the log.
std::string error_words(std::string_view body);

}  // namespace wrapup
