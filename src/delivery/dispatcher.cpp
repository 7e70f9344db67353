#include "delivery/dispatcher.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "delivery/attempt_detail.hpp"
#include "delivery/outcome.hpp"
#include "model/payload.hpp"

namespace wrapup {

namespace {

constexpr Duration kSecretsFor = 5 * kSecond;  // how long secrets are kept before they are read again
constexpr Duration kStorageRetry = kSecond;
constexpr Duration kFull = 100 * kMillisecond;
constexpr std::size_t kMaxInFlight = 20'000;  // attempts under way or not yet stored

}  // namespace

Dispatcher::Dispatcher(Executor executor, AsyncStore& store, HttpClient& client, Clock& clock, Entropy& entropy,
                       Metrics& metrics, Settings settings)
    : executor_(std::move(executor)),
      store_(store),
      client_(client),
      clock_(clock),
      entropy_(entropy),
      metrics_(metrics),
      settings_(std::move(settings)),
      timer_(clock.timer(executor_)) {
  store_.feeds().deliveries.connect([this](DueDelivery due) { take(std::move(due)); });
}

void Dispatcher::start(TaskGroup& group) {
  group_ = &group;
  group.spawn(loop());
}

void Dispatcher::stop() {
  woken_ = true;
  timer_->cancel();
}

// A fresh delivery, straight from the commit that made it.
void Dispatcher::take(DueDelivery due) {
  auto body = std::move(due.body);
  if (body) keep(due, std::move(body));
  Lane& lane = lane_of(due.endpoint);
  lane.add(std::move(due));
  serve(lane);
}

void Dispatcher::keep(DueDelivery& due, std::shared_ptr<const std::string> body) {
  if (*kept_bytes_ + body->size() > settings_.kept_bytes) return;
  *kept_bytes_ += body->size();
  const std::string* raw = body.get();
  due.body = std::shared_ptr<const std::string>(
      raw, [total = kept_bytes_, owner = std::move(body)](const std::string* text) { *total -= text->size(); });
}

Lane& Dispatcher::lane_of(const Endpoint& endpoint) {
  const LaneKey key(endpoint.workspace_id, endpoint.endpoint_id);
  return lanes_.try_emplace(key, endpoint, settings_.concurrency).first->second;
}

// Sends what may go now, and plans the next look. The lane may be gone afterwards.
void Dispatcher::serve(Lane& lane) {
  const LaneKey key(lane.endpoint().workspace_id, lane.endpoint().endpoint_id);
  while (group_ && !group_->stopping() && in_flight_ < kMaxInFlight) {
    auto due = lane.take(clock_.now());
    if (!due) break;
    ++in_flight_;
    group_->spawn(attempt(key, std::move(*due)));
  }
  if (group_ && !group_->stopping() && lane.wants_refill()) group_->spawn(refill(key));
  plan(lane);
  if (lane.idle()) lanes_.erase(key);  // URLs come from outside: memory must not grow with each new one
}

void Dispatcher::plan(Lane& lane) {
  const LaneKey key(lane.endpoint().workspace_id, lane.endpoint().endpoint_id);
  Timestamp next = lane.next_at();
  // With all hands full what is due waits a moment, or the loop would look at it again and again.
  if (next != kNever && in_flight_ >= kMaxInFlight) next = std::max(next, clock_.now() + kFull);
  const auto known = planned_.find(key);
  if (known != planned_.end()) {
    if (known->second == next) return;
    plan_.erase({known->second, key});
    planned_.erase(known);
  }
  if (next == kNever) return;
  const bool sooner = plan_.empty() || next < plan_.begin()->first;
  plan_.insert({next, key});
  planned_.emplace(key, next);
  if (sooner) stop();  // the loop sleeps until a later time
}

Task<void> Dispatcher::loop() {
  while (!group_->stopping() && !co_await load()) co_await pause();
  while (!group_->stopping()) {
    const Timestamp now = clock_.now();
    while (!plan_.empty() && plan_.begin()->first <= now) {
      const LaneKey key = plan_.begin()->second;
      plan_.erase(plan_.begin());
      planned_.erase(key);
      serve(lanes_.at(key));
    }
    std::size_t waiting = 0;
    for (const auto& [key, at] : planned_) waiting += lanes_.at(key).waiting();
    metrics_.deliveries_waiting.Set(static_cast<double>(waiting));
    const Timestamp next = plan_.empty() ? kNever : plan_.begin()->first;
    if (!std::exchange(woken_, false)) co_await timer_->wait_until(next);
  }
}

// Before something is tried again that the store could not do.
Task<void> Dispatcher::pause() {
  const auto timer = clock_.timer(executor_);
  co_await timer->wait_until(clock_.now() + kStorageRetry);
}

Task<bool> Dispatcher::load() {
  auto endpoints = co_await store_.read([](Store& store) { return store.endpoints_with_pending(); });
  if (!endpoints) {
    log_error("delivery_load_failed", {{"error", endpoints.error().detail}});
    co_return false;
  }
  for (const auto& endpoint : *endpoints) {
    if (endpoint.state == EndpointState::disabled) continue;
    Lane& lane = lane_of(endpoint);
    lane.hold(endpoint.held_until);
    lane.mark_more();
    serve(lane);
  }
  co_return true;
}

Task<void> Dispatcher::refill(LaneKey key) {
  const std::size_t limit = lanes_.at(key).begin_refill();
  auto pending = co_await store_.read([key, limit](Store& store) {
    return store.pending_deliveries(key.first, key.second, static_cast<std::int64_t>(limit));
  });
  Lane& lane = lanes_.at(key);
  if (!pending) {
    log_warning("delivery_refill_failed", {{"error", pending.error().detail}});
    co_await pause();
    lane.end_refill({});
  } else {
    lane.end_refill(std::move(*pending));
  }
  serve(lane);
}

Task<Result<std::shared_ptr<const std::string>>> Dispatcher::body_of(const DueDelivery& due) {
  if (due.body) co_return due.body;
  auto text = co_await store_.read(
      [d = due.delivery](Store& store) { return store.payload(d.workspace_id, d.call_id, d.revision); });
  if (!text) co_return fail(std::move(text.error()));
  co_return std::make_shared<const std::string>(std::move(*text));
}

Task<Result<std::shared_ptr<const Dispatcher::Signers>>> Dispatcher::signers_of(const std::string& workspace_id) {
  const auto known = signers_.find(workspace_id);
  if (known != signers_.end() && clock_.now() - known->second->read_at < kSecretsFor) co_return known->second;
  auto secrets = co_await store_.read([workspace_id](Store& store) { return store.signing_secrets(workspace_id); });
  if (!secrets) co_return fail(std::move(secrets.error()));
  auto fresh = std::make_shared<Signers>();
  fresh->read_at = clock_.now();
  for (const auto& secret : *secrets) {
    Signer signer(secret.secret);
    if (signer.has_standard()) fresh->live.push_back(std::move(signer));
  }
  if (fresh->live.empty()) co_return fail(Code::internal, "no_signing_secret", "the workspace has no signing secret");
  signers_[workspace_id] = fresh;
  co_return std::shared_ptr<const Signers>(std::move(fresh));
}

HttpRequest Dispatcher::request_for(const Endpoint& endpoint, const Delivery& delivery, const Signers& signers,
                                    std::shared_ptr<const std::string> body) {
  const std::int64_t seconds = clock_.now() / kSecond;
  std::string signatures;
  for (const auto& signer : signers.live) {
    if (!signatures.empty()) signatures += ' ';
    signatures += signer.standard(delivery.webhook_id, seconds, *body);
  }
  const std::string call_signature = signers.live.front().call_id_signature(delivery.call_id);
  HttpRequest request;
  request.url = endpoint.url;
  request.headers = {
      {"Content-Type", "application/json"},           {"webhook-id", delivery.webhook_id},
      {"webhook-timestamp", std::to_string(seconds)}, {"webhook-signature", std::move(signatures)},
      {"Synthflow-Signature", call_signature},        {"X-Wrapup-Attempt", std::to_string(delivery.attempts + 1)},
      {"X-Wrapup-Event", std::string(kCallCompleted)}};
  if (settings_.compat_header) request.headers.emplace_back("HTTP_SYNTHFLOW_SIGNATURE", call_signature);
  request.body = std::move(body);
  request.connect_timeout = settings_.connect_timeout;
  request.total_timeout = settings_.total_timeout;
  request.reply_cap = settings_.reply_cap;
  return request;
}

Task<void> Dispatcher::attempt(LaneKey key, DueDelivery due) {
  auto body = co_await body_of(due);
  auto signers = co_await signers_of(key.first);
  if (!body || !signers) {
    log_error("delivery_not_ready",
              {{"webhook", due.delivery.webhook_id}, {"error", (body ? signers.error() : body.error()).message}});
    // Nothing was sent: it stays due in the store and is taken up again a little later.
    co_await pause();
    --in_flight_;
    Lane& lane = lanes_.at(key);
    lane.answered();
    lane.done(due.delivery.webhook_id);
    lane.mark_more();
    serve(lane);
    co_return;
  }
  const Timestamp began = clock_.now();
  HttpRequest request = request_for(lanes_.at(key).endpoint(), due.delivery, **signers, *body);
  Headers sent = request.headers;
  metrics_.deliveries_in_flight.Increment();
  HttpReply reply = co_await client_.send(std::move(request));
  metrics_.deliveries_in_flight.Decrement();
  // Not sent to the end because this process stops: it stays due in the store.
  if (reply.error != TransportError::canceled) co_await settle(key, std::move(due), began, sent, reply);
  --in_flight_;
}

// Stores what the attempt came to, and puts the delivery back in line when it is to be tried again.
Task<void> Dispatcher::settle(LaneKey key, DueDelivery due, Timestamp began, const Headers& sent,
                              const HttpReply& reply) {
  const Timestamp now = clock_.now();
  const Outcome outcome = outcome_of(reply);
  Lane& lane = lanes_.at(key);
  const std::string error_text = failure_text(reply);
  Delivery& after = due.delivery;
  ++after.attempts;
  std::optional<Timestamp> held;
  if (outcome == Outcome::delivered) {
    after.state = DeliveryState::delivered;
  } else {
    held = hold_until(reply, now, settings_.retry.max_retry_after);
    const auto wait = settings_.retry.wait_after(outcome, after.attempts, entropy_);
    if (wait || outcome == Outcome::gone) {
      after.next_at = std::max(now + wait.value_or(0), held.value_or(0));
    } else {
      after.state = DeliveryState::exhausted;
    }
  }
  if (held) lane.hold(*held);
  if (outcome == Outcome::gone) lane.disable();
  // The receiver is free for the next one while this is written down.
  lane.answered();
  serve(lane);

  Attempt log{after.workspace_id,
              new_id(clock_, entropy_),
              after.webhook_id,
              after.endpoint_id,
              after.call_id,
              after.model_id,
              after.revision,
              after.attempts,
              began,
              lane.endpoint().url,
              outcome == Outcome::delivered ? "success" : "failed",
              reply.error == TransportError::none ? "" : std::string(to_string(reply.error)),
              reply.status,
              attempt_detail(sent, reply, error_text)};
  while (true) {
    auto stored = co_await store_.write([&log, &after, &held, outcome](Store& store) -> Status {
      if (auto done = store.finish_attempt(log, after); !done) return done;
      if (outcome == Outcome::gone) return store.disable_endpoint(after.workspace_id, after.endpoint_id);
      if (held) return store.hold_endpoint(after.workspace_id, after.endpoint_id, *held);
      return {};
    });
    if (stored || group_->stopping()) break;
    log_error("attempt_not_stored", {{"webhook", after.webhook_id}, {"error", stored.error().detail}});
    co_await pause();
  }
  count(after, reply);
  lane.done(after.webhook_id);
  if (outcome != Outcome::delivered) {
    log_info("attempt_failed", {{"webhook", after.webhook_id},
                                {"attempt", std::to_string(after.attempts)},
                                {"url", log.url.substr(0, log.url.find('?'))},
                                {"error", error_text}});
  }
  if (after.state == DeliveryState::pending) {
    due.body = nullptr;  // a retry reads it again
    lane.add(std::move(due));
  }
  serve(lane);
}

void Dispatcher::count(const Delivery& after, const HttpReply& reply) {
  const double now = static_cast<double>(clock_.now());
  metrics_.attempt_seconds.Observe(static_cast<double>(reply.timings.total) / kSecond);
  if (after.state != DeliveryState::delivered) {
    metrics_.attempts_failed.Increment();
    if (after.state == DeliveryState::exhausted) metrics_.webhooks_exhausted.Increment();
    return;
  }
  metrics_.attempts_success.Increment();
  metrics_.webhooks_delivered.Increment();
  // A call that is reported long after it ended: what counts is when it became known here.
  const Timestamp since =
      after.ended_at && *after.ended_at > after.created_at - kMinute ? *after.ended_at : after.created_at;
  metrics_.hangup_to_delivered_seconds.Observe(std::max(0.0, (now - static_cast<double>(since)) / kSecond));
}

}  // namespace wrapup
