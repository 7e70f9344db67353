#include "delivery/dispatcher.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/time.hpp"
#include "delivery/attempt_detail.hpp"
#include "delivery/operations.hpp"
#include "delivery/outcome.hpp"
#include "model/engine_request.hpp"
#include "model/payload.hpp"

namespace wrapup {

namespace {

constexpr Duration kStorageRetry = kSecond;
constexpr Duration kLongestStorageRetry = 4 * kSecond;  // of what an attempt came to

}  // namespace

// What is written when an attempt is over.
struct Dispatcher::Settled {
  Attempt log;
  Delivery after;
  Endpoint endpoint;  // as it is now
  bool health_changed = false;
  bool disabled = false;
  std::vector<Message> messages;
  std::string new_endpoint_id;
};

Dispatcher::Dispatcher(Executor executor, AsyncStore& store, HttpClient& client, Clock& clock, Entropy& entropy,
                       Metrics& metrics, const SecretBox& secrets, Settings settings)
    : executor_(std::move(executor)),
      store_(store),
      client_(client),
      clock_(clock),
      secrets_(secrets),
      entropy_(entropy),
      metrics_(metrics),
      settings_(std::move(settings)),
      plain_policy_(std::make_shared<const LanePolicy>(settings_.lane)),
      timer_(clock.timer(executor_)),
      signers_(store, secrets, clock, settings_.compat_header) {
  store_.feeds().deliveries.connect([this](DueDelivery due) { take(std::move(due)); });
  store_.feeds().endpoints.connect([this](Endpoint endpoint) { changed(std::move(endpoint)); });
  store_.feeds().lanes.connect([this](EndpointKey key) {
    if (group_ && !group_->stopping() && asked_.insert(key).second) group_->spawn(changed_elsewhere(std::move(key)));
  });
}

void Dispatcher::start(TaskGroup& group) {
  group_ = &group;
  group.spawn(loop());
}

void Dispatcher::stop() {
  woken_ = true;
  timer_->cancel();
}

void Dispatcher::look(bool all) {
  let_go();
  look_due_ = true;
  look_at_all_ = look_at_all_ || all;
  stop();
}

bool Dispatcher::at_rest(const Slots& slots) const {
  for (std::size_t slot = 0; slot < Slots::kCount; ++slot) {
    if (slots.has(slot) && running_in_[slot] > 0) return false;
  }
  return true;
}

bool Dispatcher::holds(const std::string& endpoint_id) const {
  return !store_.is_shared() || store_.holds(endpoint_id, clock_.monotonic());
}

// What runs in a lane that is gone runs to its end, and then nobody knows it here.
void Dispatcher::let_go() {
  for (auto known = lines_.begin(); known != lines_.end();) {
    const LinePtr line = known->second;
    if (holds(known->first.second)) {
      ++known;
      continue;
    }
    line->gone = true;
    if (line->planned != kNever) plan_.erase({std::exchange(line->planned, kNever), line});
    known = lines_.erase(known);
  }
}

// A fresh delivery, straight from the commit that made it.
void Dispatcher::take(DueDelivery due) {
  auto body = std::move(due.body);
  if (body) keep(due, std::move(body));
  const LinePtr line = line_of(due.endpoint);
  if (due.endpoint.version > line->lane.endpoint().version) {
    line->lane.change(due.endpoint, policy_of(due.endpoint));
  }
  line->lane.add(std::move(due));
  serve(line);
}

// Its owner paused, enabled or set something, or an answer disabled it.
void Dispatcher::changed(Endpoint endpoint) {
  const LinePtr line = line_of(endpoint);
  auto policy = policy_of(endpoint);
  line->lane.change(std::move(endpoint), std::move(policy));
  serve(line);
}

// Another node changed the endpoint, or made deliveries to it.
Task<void> Dispatcher::changed_elsewhere(EndpointKey key) {
  auto endpoint = co_await store_.read([&key](Store& store) { return store.get_endpoint(key.first, key.second); });
  asked_.erase(key);
  if (!endpoint || !holds(key.second)) co_return;
  const LinePtr line = line_of(*endpoint);
  if (endpoint->version > line->lane.endpoint().version) {
    auto policy = policy_of(*endpoint);
    line->lane.change(std::move(*endpoint), std::move(policy));
  }
  line->lane.mark_more();
  serve(line);
}

void Dispatcher::keep(DueDelivery& due, std::shared_ptr<const std::string> body) {
  if (*kept_bytes_ + body->size() > settings_.kept_bytes) return;
  *kept_bytes_ += body->size();
  const std::string* raw = body.get();
  due.body = std::shared_ptr<const std::string>(
      raw, [total = kept_bytes_, owner = std::move(body)](const std::string* text) { *total -= text->size(); });
}

Dispatcher::LinePtr Dispatcher::line_of(const Endpoint& endpoint) {
  const LaneKey key(endpoint.workspace_id, endpoint.endpoint_id);
  const auto known = lines_.find(key);
  if (known != lines_.end()) return known->second;
  const LinePtr line = lines_.emplace(key, std::make_shared<Line>(endpoint, policy_of(endpoint), clock_)).first->second;
  line->epoch = store_.epoch();
  return line;
}

std::shared_ptr<const LanePolicy> Dispatcher::policy_of(const Endpoint& endpoint) {
  if (endpoint.settings.empty()) return plain_policy_;
  auto settings = open_settings(endpoint, secrets_);
  if (!settings) {
    log_error("endpoint_settings_unreadable",
              {{"endpoint", endpoint.endpoint_id}, {"error", settings.error().message}});
    return plain_policy_;
  }
  LanePolicy policy = settings_.lane;
  policy.concurrency =
      static_cast<std::size_t>(settings->concurrency.value_or(static_cast<std::int64_t>(policy.concurrency)));
  if (settings->schedule) policy.retry.schedule = *settings->schedule;
  if (settings->short_schedule) policy.retry.short_schedule = *settings->short_schedule;
  policy.retry.max_age = settings->max_age.value_or(policy.retry.max_age);
  policy.disable_after = settings->disable_after.value_or(policy.disable_after);
  policy.connect_timeout = settings->connect_timeout.value_or(policy.connect_timeout);
  policy.timeout = settings->timeout.value_or(policy.timeout);
  if (!settings->ca.empty() || !settings->certificate.empty())
    policy.tls = std::make_shared<const TlsOptions>(TlsOptions{settings->ca, settings->certificate, settings->key});
  policy.settings = std::move(*settings);
  return std::make_shared<const LanePolicy>(std::move(policy));
}

bool Dispatcher::has_place(bool proven) const {
  if (!group_ || group_->stopping() || in_flight_ >= settings_.at_once) return false;
  return proven || others_in_flight_ < std::max<std::size_t>(1, settings_.at_once / 2);
}

// Sends what may go now, and plans the next look.
void Dispatcher::serve(const LinePtr& line) {
  if (line->gone) return;
  Lane& lane = line->lane;
  const Timestamp now = clock_.now();
  while (!line->queued && lane.next_at(now) <= now) {
    if (has_place(lane.proven()) && waiting_for_place(lane.proven()).empty()) {
      send(line, now);
    } else {
      queue(line);
    }
  }
  if (group_ && !group_->stopping() && lane.wants_refill()) group_->spawn(refill(line));
  plan(line);
  forget_if_idle(line);
}

void Dispatcher::send(const LinePtr& line, Timestamp now) {
  const bool proven = line->lane.proven();
  ++in_flight_;
  ++running_in_[Slots::of(line->lane.endpoint().endpoint_id)];
  if (!proven) ++others_in_flight_;
  group_->spawn(attempt(line, *line->lane.take(now), proven));
}

FairQueue<Dispatcher::LinePtr>& Dispatcher::waiting_for_place(bool proven) {
  return proven ? proven_waiting_ : others_waiting_;
}

void Dispatcher::queue(const LinePtr& line) {
  line->queued = true;
  waiting_for_place(line->lane.proven()).push(line->lane.endpoint().workspace_id, line);
}

// A place is free: those who wait for one take turns, and so do the proven and the others.
void Dispatcher::give_places() {
  const auto can_give = [this](bool proven) { return !waiting_for_place(proven).empty() && has_place(proven); };
  while (can_give(true) || can_give(false)) {
    const bool proven = can_give(true) && (proven_turn_ || !can_give(false));
    proven_turn_ = !proven;
    const LinePtr line = *waiting_for_place(proven).pop();
    line->queued = false;
    if (line->gone) continue;
    const Timestamp now = clock_.now();
    if (line->lane.next_at(now) <= now && has_place(line->lane.proven())) send(line, now);
    if (line->lane.next_at(now) <= now) {
      queue(line);  // behind the others
    } else {
      serve(line);
    }
  }
}

void Dispatcher::plan(const LinePtr& line) {
  const Timestamp next = line->queued ? kNever : line->lane.next_at(clock_.now());
  if (line->planned == next) return;
  if (line->planned != kNever) plan_.erase({line->planned, line});
  line->planned = next;
  if (next == kNever) return;
  const bool sooner = plan_.empty() || next < plan_.begin()->first;
  plan_.insert({next, line});
  if (sooner) stop();  // the loop sleeps until a later time
}

// URLs come from outside: memory must not grow with each new one.
void Dispatcher::forget_if_idle(const LinePtr& line) {
  if (lines_.size() <= settings_.idle_lanes || line->queued || line->planned != kNever || !line->lane.idle()) return;
  lines_.erase({line->lane.endpoint().workspace_id, line->lane.endpoint().endpoint_id});
}

Task<void> Dispatcher::loop() {
  while (!group_->stopping()) {
    if (std::exchange(look_due_, false) && !co_await load()) {
      look_due_ = look_at_all_ = true;
      co_await pause(kStorageRetry);
      continue;
    }
    const Timestamp now = clock_.now();
    while (!plan_.empty() && plan_.begin()->first <= now) {
      const LinePtr line = plan_.begin()->second;
      plan_.erase(plan_.begin());
      line->planned = kNever;
      serve(line);
    }
    const Timestamp next = plan_.empty() ? kNever : plan_.begin()->first;
    if (!std::exchange(woken_, false)) co_await timer_->wait_until(next);
  }
}

// Before something is tried again that the store could not do.
Task<void> Dispatcher::pause(Duration wait) {
  const auto timer = clock_.timer(executor_);
  co_await timer->wait_until(clock_.now() + wait);
}

Task<bool> Dispatcher::load() {
  const Slots slots = store_.held(clock_.monotonic());
  const bool all = std::exchange(look_at_all_, false);
  auto endpoints = co_await store_.read([slots](Store& store) { return store.endpoints_with_pending(slots); });
  if (!endpoints) {
    log_error("delivery_load_failed", {{"error", endpoints.error().detail}});
    co_return false;
  }
  for (const auto& endpoint : *endpoints) {
    if (!holds(endpoint.endpoint_id)) continue;
    const LinePtr line = line_of(endpoint);
    if (!all && (line->queued || line->planned != kNever)) continue;
    line->lane.mark_more();
    serve(line);
  }
  co_return true;
}

Task<void> Dispatcher::refill(LinePtr line) {
  Lane& lane = line->lane;
  const std::size_t limit = lane.begin_refill();
  const LaneKey key(lane.endpoint().workspace_id, lane.endpoint().endpoint_id);
  auto pending = co_await store_.read([key, limit](Store& store) {
    return store.pending_deliveries(key.first, key.second, static_cast<std::int64_t>(limit));
  });
  if (!pending) {
    log_warning("delivery_refill_failed", {{"error", pending.error().detail}});
    co_await pause(kStorageRetry);
    lane.end_refill({});
  } else {
    lane.end_refill(std::move(*pending));
  }
  serve(line);
}

// What was kept in memory since it was made is pending for sure while it is young; of others that is read with the
// body. A null body: it was canceled meanwhile, or has ended by its age.
Task<Result<std::shared_ptr<const std::string>>> Dispatcher::body_of(const DueDelivery& due, Duration max_age) {
  if (due.body && clock_.now() < due.delivery.created_at + max_age) co_return due.body;
  using Body = std::shared_ptr<const std::string>;
  co_return co_await store_.read([d = due.delivery](Store& store) -> Result<Body> {
    auto stands = store.get_delivery(d.workspace_id, d.delivery_id);
    if (!stands && stands.error().code == Code::not_found) return Body();
    if (!stands) return fail(std::move(stands.error()));
    if (stands->state != DeliveryState::pending) return Body();
    auto text = store.body_of(d);
    if (!text) return fail(std::move(text.error()));
    return std::make_shared<const std::string>(std::move(*text));
  });
}

HttpRequest Dispatcher::request_for(const Lane& lane, const Delivery& delivery, const Signers& signers,
                                    std::shared_ptr<const std::string> body, Timestamp now) {
  const std::int64_t seconds = now / kSecond;
  std::string signatures = signers.webhook_signature(delivery.webhook_id, seconds, *body);
  HttpRequest request;
  request.url = lane.endpoint().url;
  if (settings_.own) settings_.own->reach(request);
  request.headers.reserve(9 + lane.policy()->settings.headers.size());
  request.headers.emplace_back("Content-Type", "application/json");
  request.headers.emplace_back("webhook-id", delivery.webhook_id);
  request.headers.emplace_back("webhook-timestamp", std::to_string(seconds));
  request.headers.emplace_back("webhook-signature", std::move(signatures));
  request.headers.emplace_back("X-Wrapup-Attempt", std::to_string(delivery.attempts + 1));
  request.headers.emplace_back("X-Wrapup-First-Sent", format_utc(delivery.first_sent_at.value_or(now)));
  request.headers.emplace_back("X-Wrapup-Event", delivery.type);
  if (!delivery.call_id.empty()) {
    std::string call_signature = signers.call_id_signature(delivery.call_id);
    if (signers.compat_header()) request.headers.emplace_back("HTTP_SYNTHFLOW_SIGNATURE", call_signature);
    request.headers.emplace_back("Synthflow-Signature", std::move(call_signature));
  }
  const LanePolicy& policy = *lane.policy();
  for (const auto& header : policy.settings.headers) request.headers.emplace_back(header.name, header.value);
  request.body = std::move(body);
  request.connect_timeout = std::chrono::milliseconds(policy.connect_timeout / kMillisecond);
  request.total_timeout = std::chrono::milliseconds(policy.timeout / kMillisecond);
  request.reply_cap = settings_.reply_cap;
  request.tls = policy.tls;
  return request;
}

Task<void> Dispatcher::attempt(LinePtr line, DueDelivery due, bool proven) {
  Lane& lane = line->lane;
  auto body = co_await body_of(due, lane.policy()->retry.max_age);
  auto signers = co_await signers_.of(due.delivery.workspace_id);
  if (!holds(lane.endpoint().endpoint_id)) {
    // Another node sends it.
    lane.not_sent(due.delivery.delivery_id);
    release(line, proven);
    co_return;
  }
  if (!body || !signers || !*body) {
    if (!body || !signers) {
      log_error("delivery_not_ready",
                {{"webhook", due.delivery.webhook_id}, {"error", (body ? signers.error() : body.error()).message}});
      // Nothing was sent: it stays due in the store and is taken up again a little later.
      co_await pause(kStorageRetry);
      lane.mark_more();
    }
    lane.not_sent(due.delivery.delivery_id);
    release(line, proven);
    co_return;
  }
  const Timestamp began = clock_.now();
  HttpRequest request = request_for(lane, due.delivery, **signers, *body, began);
  std::string sent = shown_headers(request, lane.policy()->settings.headers);
  metrics_.deliveries_in_flight.Increment();
  HttpReply reply = co_await client_.send(std::move(request));
  metrics_.deliveries_in_flight.Decrement();
  // Not sent to the end because this process stops: it stays due in the store.
  if (reply.error != TransportError::canceled)
    co_await settle(line, std::move(due), began, std::move(sent), std::move(reply));
  release(line, proven);
}

void Dispatcher::release(const LinePtr& line, bool proven) {
  --in_flight_;
  --running_in_[Slots::of(line->lane.endpoint().endpoint_id)];
  if (!proven) --others_in_flight_;
  serve(line);
  give_places();
}

// What the attempt came to, for the lane, the delivery and those who must hear of it.
Dispatcher::Settled Dispatcher::judge(Lane& lane, Delivery& after, Timestamp began, const std::string& sent,
                                      const HttpReply& reply) {
  const Timestamp now = clock_.now();
  const Outcome outcome = outcome_of(reply);
  const EndpointHealth before = lane.endpoint().health;
  const auto hold = hold_until(reply, now, lane.policy()->retry.max_retry_after);
  if (!after.first_sent_at) after.first_sent_at = began;
  after.failure = failure_class(reply);
  lane.policy()->retry.after(after, outcome, hold, now, entropy_);
  // An engine that refuses a call does not want it later; its caller is told at once.
  const bool refused = outcome == Outcome::retry_soon || outcome == Outcome::gone;
  if (after.type == kCallRequested && refused) after.state = DeliveryState::exhausted;
  lane.answered(after.delivery_id, outcome, timed_out(reply.error), hold, now, entropy_);

  Settled settled;
  const bool active = lane.endpoint().state == EndpointState::active;
  const EndpointHealth& health = lane.endpoint().health;
  // A machine that was off for days must see more than one failure.
  const bool failing_too_long = health.open && now >= health.failing_since.value_or(now) + lane.policy()->disable_after;
  const auto tell = [&](Message message) { settled.messages.push_back(std::move(message)); };
  if (active && (outcome == Outcome::gone || failing_too_long)) {
    lane.disable(outcome == Outcome::gone ? "the receiver answered 410 Gone" : "nothing but failures for too long",
                 now);
    lane.told(true);
    settled.disabled = true;
    tell(endpoint_message(kEndpointDisabled, lane.endpoint(), new_id(clock_, entropy_), now));
  } else if (active && outcome == Outcome::delivered && before.told_disabled) {
    lane.told(false);
    tell(endpoint_message(kEndpointRecovered, lane.endpoint(), new_id(clock_, entropy_), now));
  }
  if (after.state == DeliveryState::exhausted && after.type == kCallCompleted)
    tell(exhausted_message(after, lane.endpoint(), new_id(clock_, entropy_), now));
  settled.endpoint = lane.endpoint();
  settled.health_changed = !(settled.endpoint.health == before);
  if (!settled.messages.empty()) settled.new_endpoint_id = new_id(clock_, entropy_);

  Attempt& log = settled.log;
  log.workspace_id = after.workspace_id;
  log.attempt_id = new_id(clock_, entropy_);
  log.delivery_id = after.delivery_id;
  log.webhook_id = after.webhook_id;
  log.type = after.type;
  log.endpoint_id = after.endpoint_id;
  log.call_id = after.call_id;
  log.model_id = after.model_id;
  log.revision = after.revision;
  log.number = after.attempts;
  log.at = began;
  log.duration_us = reply.timings.total;
  log.url = settled.endpoint.url;
  log.status = outcome == Outcome::delivered ? "success" : "failed";
  log.error = after.failure;
  log.response_code = reply.status;
  log.maybe_delivered = maybe_delivered(reply.error);
  log.detail = attempt_detail(sent, reply, failure_text(reply));
  settled.after = after;
  return settled;
}

// Stores what the attempt came to, however long that takes. Meanwhile it holds its place among those under way: when
// the disk is full, thousands may wait here, so each asks less and less often, and only the first says so.
Task<void> Dispatcher::record(const LinePtr& line, const Settled& settled) {
  struct Stored {
    std::vector<DueDelivery> told;
    std::optional<Endpoint> disabled;
  };
  Duration wait = kStorageRetry;
  for (bool first = true;; first = false) {
    if (line->epoch != store_.epoch()) {
      if (!first) --unstored_;
      log_warning("attempt_given_up", {{"webhook", settled.after.webhook_id}, {"error", "the lane is another node's"}});
      co_return;
    }
    auto stored = co_await store_.write_bare([&settled](Store& store) -> Result<Stored> {
      Stored out;
      if (auto done = store.finish_attempt(settled.log, settled.after); !done) return fail(std::move(done.error()));
      if (settled.disabled) {
        auto endpoint = store.get_endpoint(settled.endpoint.workspace_id, settled.endpoint.endpoint_id);
        if (!endpoint && endpoint.error().code == Code::not_found) return out;
        if (!endpoint) return fail(std::move(endpoint.error()));
        endpoint->state = settled.endpoint.state;
        endpoint->state_reason = settled.endpoint.state_reason;
        endpoint->state_at = settled.endpoint.state_at;
        endpoint->health = settled.endpoint.health;
        if (auto done = store.update_endpoint(*endpoint); !done) return fail(std::move(done.error()));
        out.disabled = std::move(*endpoint);
      } else if (settled.health_changed) {
        if (auto done = store.update_health(settled.endpoint); !done) return fail(std::move(done.error()));
      }
      auto told = tell_operations(store, settled.messages, settled.endpoint.url, settled.new_endpoint_id);
      if (!told) return fail(std::move(told.error()));
      out.told = std::move(*told);
      return out;
    });
    if (stored) {
      // Its owner may have changed something in between: the lane goes by what is stored.
      if (stored->disabled) changed(std::move(*stored->disabled));
      auto& feeds = store_.feeds();
      for (auto& due : stored->told) feeds.deliveries.offer(std::move(due));
      if (feeds.changes.wanted())
        feeds.changes.offer({Change::Kind::attempt, settled.log.workspace_id, settled.log.attempt_id});
      if (settled.after.type == kCallRequested && settled.after.state == DeliveryState::exhausted)
        feeds.dials.offer({settled.after.workspace_id, settled.after.call_id});
      if (!first && --unstored_ == 0) log_info("attempts_stored_again");
      co_return;
    }
    // Another node has the lane and sends it again; or an earlier try was stored, and its answer was lost.
    if (stored.error().name == kNodeFenced || (!first && stored.error().code == Code::conflict)) {
      if (!first) --unstored_;
      log_warning("attempt_given_up", {{"webhook", settled.after.webhook_id}, {"error", stored.error().name}});
      co_return;
    }
    if (first && unstored_++ == 0) {
      log_error("attempt_not_stored", {{"webhook", settled.after.webhook_id}, {"error", stored.error().detail}});
    }
    if (group_->stopping()) co_return;
    co_await pause(wait);
    wait = std::min(wait * 2, kLongestStorageRetry);
  }
}

// Stores what the attempt came to, and puts the delivery back in line when it is to be tried again.
Task<void> Dispatcher::settle(LinePtr line, DueDelivery due, Timestamp began, std::string sent, HttpReply reply) {
  Lane& lane = line->lane;
  const Settled settled = judge(lane, due.delivery, began, sent, reply);
  due.body = nullptr;  // a retry reads it again
  // The receiver is free for the next one while this is written down.
  serve(line);
  co_await record(line, settled);
  const Delivery& after = settled.after;
  count(after, reply);
  lane.done(after.delivery_id);
  if (after.state != DeliveryState::delivered) {
    log_info("attempt_failed", {{"webhook", after.webhook_id},
                                {"attempt", std::to_string(after.attempts)},
                                {"url", settled.log.url.substr(0, settled.log.url.find('?'))},
                                {"error", failure_text(reply)}});
  }
  if (after.state == DeliveryState::pending) lane.add(std::move(due));
}

void Dispatcher::count(const Delivery& after, const HttpReply& reply) {
  const double now = static_cast<double>(clock_.now());
  metrics_.attempt_seconds.Observe(static_cast<double>(reply.timings.total) / kSecond);
  metrics_.count_attempt(after.failure);
  if (after.state != DeliveryState::delivered) {
    if (after.state == DeliveryState::exhausted) metrics_.webhooks_exhausted.Increment();
    return;
  }
  metrics_.webhooks_delivered.Increment();
  if (after.delivery_id != after.webhook_id || after.revision == 0) return;
  // A call that is reported long after it ended: what counts is when it became known here.
  const Timestamp since =
      after.ended_at && *after.ended_at > after.created_at - kMinute ? *after.ended_at : after.created_at;
  metrics_.hangup_to_delivered_seconds.Observe(std::max(0.0, (now - static_cast<double>(since)) / kSecond));
}

}  // namespace wrapup
