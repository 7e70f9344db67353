#include "delivery/asker.hpp"

#include <utility>

#include "delivery/attempt_detail.hpp"
#include "delivery/outcome.hpp"

namespace wrapup {

Asker::Asker(Executor executor, HttpClient& client, SignerCache& signers, Clock& clock, Entropy& entropy,
             Settings settings)
    : executor_(std::move(executor)),
      client_(client),
      signers_(signers),
      clock_(clock),
      entropy_(entropy),
      settings_(settings) {}

HttpRequest Asker::request_for(const Message& question, const std::string& url, const Signers& signers,
                               std::int64_t number) {
  const std::int64_t seconds = clock_.now() / kSecond;
  HttpRequest request;
  request.url = url;
  if (settings_.own) settings_.own->reach(request);
  request.headers = {{"Content-Type", "application/json"},
                     {"webhook-id", question.webhook_id},
                     {"webhook-timestamp", std::to_string(seconds)},
                     {"webhook-signature", signers.webhook_signature(question.webhook_id, seconds, question.body)},
                     {"X-Wrapup-Attempt", std::to_string(number)},
                     {"X-Wrapup-Event", question.type}};
  const std::string call_signature = signers.call_id_signature(question.call_id);
  if (signers.compat_header()) request.headers.emplace_back("HTTP_SYNTHFLOW_SIGNATURE", call_signature);
  request.headers.emplace_back("Synthflow-Signature", call_signature);
  request.body = std::make_shared<const std::string>(question.body);
  request.connect_timeout = std::chrono::milliseconds(settings_.connect_timeout / kMillisecond);
  request.total_timeout = std::chrono::milliseconds(settings_.timeout / kMillisecond);
  request.reply_cap = settings_.reply_cap;
  return request;
}

Attempt Asker::log_of(const Message& question, const std::string& url, std::string_view sent, Timestamp began,
                      std::int64_t number, const HttpReply& reply) {
  Attempt log;
  log.workspace_id = question.workspace_id;
  log.attempt_id = new_id(clock_, entropy_);
  log.delivery_id = log.webhook_id = question.webhook_id;
  log.type = question.type;
  log.call_id = question.call_id;
  log.model_id = question.model_id;
  log.revision = 0;
  log.number = number;
  log.at = began;
  log.duration_us = reply.timings.total;
  log.url = url;
  log.status = outcome_of(reply) == Outcome::delivered ? "success" : "failed";
  log.error = failure_class(reply);
  log.response_code = reply.status;
  log.maybe_delivered = maybe_delivered(reply.error);
  log.detail = attempt_detail(sent, reply, failure_text(reply));
  return log;
}

Task<Result<Asked>> Asker::ask(Message question, std::string url) {
  auto signers = co_await signers_.of(question.workspace_id);
  if (!signers) co_return fail(std::move(signers.error()));
  Asked asked;
  for (std::int64_t number = 1; number <= settings_.tries; ++number) {
    if (number > 1) {
      const auto timer = clock_.timer(executor_);
      co_await timer->wait_until(clock_.now() + settings_.pause);
    }
    const Timestamp began = clock_.now();
    HttpRequest request = request_for(question, url, **signers, number);
    const std::string sent = shown_headers(request, {});
    HttpReply reply = co_await client_.send(std::move(request));
    asked.attempts.push_back(log_of(question, url, sent, began, number, reply));
    const Outcome outcome = outcome_of(reply);
    if (outcome == Outcome::delivered) {
      if (!reply.truncated) asked.answer = std::move(reply.body);
      asked.failure = reply.truncated ? "the answer is too long" : "";
      co_return asked;
    }
    asked.failure = failure_text(reply);
    // Anything else will not be answered differently a moment later, and somebody is on the line.
    if ((outcome != Outcome::retry && outcome != Outcome::slow_down) || reply.error == TransportError::blocked ||
        reply.error == TransportError::canceled)
      break;
  }
  co_return asked;
}

}  // namespace wrapup
