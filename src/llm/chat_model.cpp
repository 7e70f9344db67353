#include "llm/chat_model.hpp"

namespace wrapup {

ChatUsage& ChatUsage::operator+=(const ChatUsage& other) {
  requests += other.requests;
  prompt_tokens += other.prompt_tokens;
  completion_tokens += other.completion_tokens;
  cached += other.cached;
  micros += other.micros;
  return *this;
}

}  // namespace wrapup
