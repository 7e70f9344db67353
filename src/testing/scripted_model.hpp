// A ChatModel that answers as a test says, in virtual time, and keeps what it was asked; also over a crash of the
// program under test. On the thread of the tasks that ask.
#pragma once

#include <functional>
#include <vector>

#include <boost/asio/this_coro.hpp>

#include "llm/chat_model.hpp"

namespace wrapup {

class ScriptedModel final : public ChatModel {
 public:
  using Script = std::function<Result<ChatAnswer>(const ChatRequest&)>;

  explicit ScriptedModel(Clock& clock) : clock_(clock) {}

  /// What is answered from now on.
  void on(Script script) { script_ = std::move(script); }

  Task<Result<ChatAnswer>> ask(const ModelSpec&, const ChatRequest& request, ChatUsage& usage) override {
    requests_.push_back(request);
    ++usage.requests;
    usage.prompt_tokens += 100;
    const auto timer = clock_.timer(co_await asio::this_coro::executor);
    co_await timer->wait_until(clock_.now() + 100 * kMillisecond);
    co_return script_ ? script_(request) : fail(Code::unavailable, "model_timeout", "the model did not answer in time");
  }

  const std::vector<ChatRequest>& requests() const { return requests_; }

 private:
  Clock& clock_;
  Script script_;
  std::vector<ChatRequest> requests_;
};

}  // namespace wrapup
