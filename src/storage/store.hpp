// Every durable fact, in verbs of the domain. Plain blocking C++ on one connection; used by one thread at a time,
// through AsyncStore. A verb that writes is part of the transaction its caller runs in: a failed verb leaves nothing
// behind. Concrete on purpose: tests use SQLite. Split over several .cpp files by noun.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/agent.hpp"
#include "model/analytics.hpp"
#include "model/api_key.hpp"
#include "model/delivery.hpp"
#include "model/endpoint.hpp"
#include "model/event.hpp"
#include "model/inbox.hpp"
#include "model/record.hpp"
#include "model/signing_secret.hpp"
#include "model/slots.hpp"
#include "storage/rows.hpp"
#include "storage/sql/connection.hpp"

namespace wrapup {

class Store {
 public:
  /// `node`: a name of the program among those that use the database at a time.
  explicit Store(sql::Connection& db, std::string node = "") : db_(db), node_(std::move(node)) {}
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Workspaces, keys, answers kept (store_access.cpp); signing secrets (store_secrets.cpp).
  /// Whether the database answers.
  Status ping();
  /// Rows that were changed since it was made, without what atomically() took back.
  std::int64_t changes() const { return db_.changes() - undone_; }
  /// Runs a verb of which nothing stays when it fails, for callers without a savepoint of their own.
  template <class Verb>
  auto atomically(Verb verb) -> std::invoke_result_t<Verb&> {
    if (auto mark = db_.run("SAVEPOINT part"); !mark) return fail(std::move(mark.error()));
    const std::int64_t before = db_.changes();
    auto result = verb();
    if (!result) {
      if (auto undone = db_.run("ROLLBACK TO part"); !undone) return fail(std::move(undone.error()));
      undone_ += db_.changes() - before;
    }
    if (auto released = db_.run("RELEASE part"); !released) return fail(std::move(released.error()));
    return result;
  }
  /// Forgets what it read in a transaction that was rolled back.
  void forget() { agents_.clear(); }
  Status ensure_workspace(const std::string& workspace_id, Timestamp now);
  /// What the workspace's owner set, as a JSON object. `workspace_not_found`.
  Result<json::object> workspace_settings(const std::string& workspace_id);
  Status put_workspace_settings(const std::string& workspace_id, const json::object& settings);
  /// By name, with their number.
  Result<std::pair<std::int64_t, std::vector<Workspace>>> list_workspaces(std::int64_t limit, std::int64_t offset);
  Result<bool> has_workspace(const std::string& workspace_id);
  Result<bool> has_keys(const std::string& workspace_id);
  /// `hash` is the SHA-256 of the key, in hex.
  Status add_key(const ApiKey& key, const std::string& hash);
  /// Of every workspace, by workspace, oldest first.
  Result<std::vector<ApiKey>> list_keys();
  /// All there ever were of a workspace, newest first, with their number.
  Result<std::pair<std::int64_t, std::vector<ApiKey>>> list_keys(const std::string& workspace_id, std::int64_t limit,
                                                                 std::int64_t offset);
  /// Live or revoked.
  Result<std::optional<ApiKey>> get_key(const std::string& key_id);
  /// False when there is no such live key.
  Result<bool> revoke_key(const std::string& key_id, Timestamp now);
  /// The live key with that hash.
  Result<std::optional<ApiKey>> find_key(const std::string& hash);
  Status add_audit(const AuditEntry& entry);
  Result<AuditPage> list_audit(const std::string& workspace_id, const AuditFilter& filter);
  /// Those that sign at `now`, newest first.
  Result<std::vector<SigningSecret>> live_signing_secrets(const std::string& workspace_id, Timestamp now);
  /// All there ever were, newest first, with their number.
  Result<std::pair<std::int64_t, std::vector<SigningSecret>>> list_signing_secrets(const std::string& workspace_id,
                                                                                   std::int64_t limit,
                                                                                   std::int64_t offset);
  /// Of every workspace, by workspace, newest first.
  Result<std::vector<SigningSecret>> all_signing_secrets();
  /// `secret_not_found`.
  Result<SigningSecret> get_signing_secret(const std::string& workspace_id, const std::string& secret_id);
  /// `conflict`, name "too_many_secrets", when kMaxSigningSecrets of the workspace sign already.
  Status add_signing_secret(const SigningSecret& secret);
  /// Adds `next` in the place of a live secret, which signs on until `until`. `secret_not_found`; `conflict`, name
  /// "secret_not_live", when that one was rotated or revoked before.
  Status rotate_signing_secret(const std::string& secret_id, Timestamp until, const SigningSecret& next);
  /// Ends a secret at once. `secret_not_found`; `conflict`, name "last_secret", when it is the only live one of the
  /// kind hmac: webhooks are never sent unsigned.
  Status revoke_signing_secret(const std::string& workspace_id, const std::string& secret_id, Timestamp now);
  /// Replaces what is sealed, unless it changed meanwhile: then false.
  Result<bool> reseal_signing_secret(const SigningSecret& secret, const std::string& sealed);
  /// Seals what an earlier version kept in plain text: `seal` fills a row in from the text. Returns how many there
  /// were.
  Result<std::int64_t> seal_plain_secrets(const std::function<void(SigningSecret&, const std::string& text)>& seal);
  /// Of every workspace.
  Result<std::vector<SealedValue>> sealed_values();
  /// As reseal_signing_secret(); an empty `sealed` gives the value up.
  Result<bool> reseal_value(const SealedValue& value, const std::string& sealed);
  /// Whether anything is kept that a SecretBox sealed.
  Result<bool> has_sealed();
  Result<std::optional<IdempotentAnswer>> find_idempotent(const std::string& workspace_id, const std::string& key);
  Status keep_idempotent(const std::string& workspace_id, const std::string& key, const IdempotentAnswer& answer,
                         Timestamp now);
  /// Forgets answers older than `before`, at most `limit` at once.
  Result<std::int64_t> forget_idempotent(Timestamp before, std::int64_t limit);

  // Sessions of the console, and what its live stream reads (store_console.cpp).
  /// Forgets those that were not used since `idle_before`.
  Status add_session(const ConsoleSession& session, Timestamp idle_before);
  /// With its key, while that is live.
  Result<std::optional<std::pair<ConsoleSession, ApiKey>>> find_session(const std::string& hash, Timestamp idle_before);
  Status touch_session(const std::string& hash, Timestamp now);
  Status end_session(const std::string& hash);
  /// Nothing when there is no such call.
  Result<std::optional<CallBrief>> brief_call(const std::string& workspace_id, const std::string& call_id);
  /// Of the calls made at `made_since` or later those with something new at `since` or later, by when they were made.
  Result<std::vector<CallBrief>> calls_changed_since(const std::string& workspace_id, Timestamp made_since,
                                                     Timestamp since, std::int64_t limit);
  /// Log entries made at `since` or later, oldest first.
  Result<std::vector<std::string>> attempts_since(const std::string& workspace_id, Timestamp since, std::int64_t limit);

  // Inboxes (store_inboxes.cpp). `inbox_not_found`, `inbox_request_not_found`.
  /// `conflict`, name "too_many_inboxes".
  Status add_inbox(const Inbox& inbox);
  /// Writes name and answer back.
  Status put_inbox(const Inbox& inbox);
  Status delete_inbox(const std::string& workspace_id, const std::string& token);
  /// Deletes what is in it; returns how many there were.
  Result<std::int64_t> clear_inbox(const std::string& workspace_id, const std::string& token);
  Result<std::vector<Inbox>> list_inboxes(const std::string& workspace_id);
  Result<Inbox> get_inbox(const std::string& workspace_id, const std::string& token);
  /// In whatever workspace.
  Result<std::optional<Inbox>> find_inbox(const std::string& token);
  Result<InboxUse> inbox_use(const std::string& workspace_id, const std::string& token);
  /// Stores a request, deletes what is beyond the limits by it, and says what the inbox answers. Without `answer`
  /// somebody else does.
  Result<InboxAnswer> take_in(const InboxRequest& request, bool answer, const InboxLimits& limits);
  Status answered_inbox_request(const std::string& workspace_id, const std::string& token,
                                const std::string& request_id, std::int64_t status);
  /// Newest first, with ids below `before`.
  Result<std::vector<InboxRequest>> list_inbox_requests(const std::string& workspace_id, const std::string& token,
                                                        const std::string& before, std::int64_t limit);
  Result<InboxRequest> get_inbox_request(const std::string& workspace_id, const std::string& token,
                                         const std::string& request_id);
  /// Tokens and ids, oldest first.
  Result<std::vector<std::pair<std::string, std::string>>> inbox_requests_since(const std::string& workspace_id,
                                                                                Timestamp since, std::int64_t limit);
  /// Of all inboxes those older than `before`, at most `limit` at once.
  Result<std::int64_t> forget_inbox_requests(Timestamp before, std::int64_t limit);

  // Agents and actions (store_agents.cpp). `agent_not_found`, `action_not_found`.
  /// Stores `agent` as the next version of its id; returns the version.
  Result<std::int64_t> put_agent(const Agent& agent, Timestamp now);
  Result<std::shared_ptr<const Agent>> latest_agent(const std::string& workspace_id, const std::string& agent_id);
  Result<std::shared_ptr<const Agent>> agent_version(const std::string& workspace_id, const std::string& agent_id,
                                                     std::int64_t version);
  Result<std::pair<std::int64_t, std::vector<std::shared_ptr<const Agent>>>> list_agents(
      const std::string& workspace_id, std::int64_t limit, std::int64_t offset);
  Status delete_agent(const std::string& workspace_id, const std::string& agent_id, Timestamp now);
  Status put_action(const std::string& workspace_id, const Action& action, Timestamp now);
  Status delete_action(const std::string& workspace_id, const std::string& action_id);
  Result<Action> get_action(const std::string& workspace_id, const std::string& action_id);
  Result<std::pair<std::int64_t, std::vector<Action>>> list_actions(const std::string& workspace_id, std::int64_t limit,
                                                                    std::int64_t offset);

  // Calls (store_calls.cpp). `call_not_found`; `conflict` when the external id is taken.
  Status insert_call(const CallRow& row);
  /// Makes the external id that of a call about to be inserted. Nothing when it is its own now, else the call that has
  /// it.
  Result<std::optional<std::string>> take_external_id(const std::string& workspace_id, const std::string& external_id,
                                                      const std::string& call_id);
  /// A call together with what came of it: its webhook is due, its pipeline is not. The webhook's delivery, if it has a
  /// URL. Its external id, if any, has been taken.
  Result<std::optional<DueDelivery>> insert_finished_call(const CallRow& row, const Frozen& frozen);
  Result<std::optional<std::string>> call_by_external_id(const std::string& workspace_id,
                                                         const std::string& external_id);
  Result<StoredCall> get_call(const std::string& workspace_id, const std::string& call_id);
  /// As get_call, without the payload and with status-bearing events only (no turns, variables…): enough to judge a
  /// transition.
  Result<StoredCall> get_call_outline(const std::string& workspace_id, const std::string& call_id);
  /// Newest start first (store_call_lists.cpp).
  Result<CallPage> list_calls(const std::string& workspace_id, const CallFilter& filter);
  /// Adds events; those whose id is known already are left out. Returns how many were new.
  Result<std::int64_t> add_events(const std::string& workspace_id, const std::string& call_id,
                                  const std::vector<Event>& events, Timestamp now);
  /// The newest turns among a call's events, at most `most`, in the order in which they happened.
  Result<std::vector<Event>> last_turns(const std::string& workspace_id, const std::string& call_id, std::int64_t most);
  /// Writes the bodies of stored events anew. What was there is gone, also from free pages of the file.
  Status replace_events(const std::string& workspace_id, const std::string& call_id, const std::vector<Event>& events);
  /// The same for the request that a call was made by, and what is searched of it.
  Status replace_request(const std::string& workspace_id, const std::string& call_id, const std::string& request,
                         const std::string& phone, const std::string& name);
  /// The same for the body of a message about a call; nothing when there is none.
  Status redact_message(const std::string& workspace_id, const std::string& webhook_id, PiiSet kinds);
  /// Whether something stored was written anew to be rid of what it said, since this was asked before.
  bool take_erased() { return std::exchange(erased_, false); }
  /// Writes the derived columns of `row` back.
  Status update_call(const CallRow& row);
  /// Calls whose pipeline is due at `now`, soonest first.
  Result<std::vector<CallKey>> calls_due(Timestamp now, std::int64_t limit, const Slots& slots = Slots::all());
  /// When the next call falls due after `now`; kNever when none does.
  Result<Timestamp> next_call_due(Timestamp now, const Slots& slots = Slots::all());
  /// Calls that an engine here must see to at `now`: the simulator runs them (or goes on after a restart), the relay
  /// ends those that nobody took.
  Result<std::vector<CallKey>> calls_to_dial(Timestamp now, std::int64_t limit, const Slots& slots = Slots::all());
  /// When the next one is to be seen to after `now`; kNever when none is.
  Result<Timestamp> next_dial(Timestamp now, const Slots& slots = Slots::all());
  /// Hands every call that started within the filter's times, of its agent and direction, to `analytics`.
  Status count_calls(const std::string& workspace_id, const AnalyticsFilter& filter, Analytics& analytics);
  /// Deliveries by state and attempts by failure ("" for success), by when they were made.
  Result<DeliveryHealth> delivery_health(const std::string& workspace_id, const AnalyticsFilter& filter);
  /// Counts `steps` steps of length `step` from `from` on.
  Result<Activity> activity(const std::string& workspace_id, Timestamp from, Duration step, std::int64_t steps);
  /// Calls that never ended and had no event since `before`.
  Result<std::vector<CallKey>> stuck_calls(Timestamp before, std::int64_t limit);

  // Pipeline results and deliveries (store_deliveries.cpp).
  /// One commit's worth: the frozen payload, and the delivery when `url` is not empty (its endpoint is made by the
  /// first use of the URL). Returns the delivery, if any. `conflict`, name "superseded", when the call is no longer due
  /// at `due_at`: something came in meanwhile, or another run was first.
  Result<std::optional<DueDelivery>> finish_stages(const Revision& revision, Timestamp due_at,
                                                   const FinishedCall& call);
  /// The call's pipeline has nothing to send. Also guarded by `due_at`.
  Status skip_stages(const CallKey& key, Timestamp due_at, const RunAgain& again = {});
  /// One commit's worth: the attempt's log entry and where the delivery stands after it. A delivery that was canceled
  /// meanwhile stays so, unless the receiver took it after all.
  Status finish_attempt(const Attempt& attempt, const Delivery& after);
  /// A delivery of a message to a URL, whose endpoint is made by the first use.
  Result<DueDelivery> send_message(const Message& message, const std::string& url, const std::string& new_endpoint_id);
  /// A question that was asked, with the log of its attempts.
  Status keep_question(const Message& question, const std::vector<Attempt>& attempts);
  /// A delivery that waits is not sent any more. Nothing when it does not wait.
  Status cancel_delivery(const std::string& workspace_id, const std::string& delivery_id);
  /// The soonest waiting deliveries of an endpoint, without bodies.
  Result<std::vector<Delivery>> pending_deliveries(const std::string& workspace_id, const std::string& endpoint_id,
                                                   std::int64_t limit);
  /// The bytes that a delivery sends.
  Result<std::string> body_of(const Delivery& delivery);
  /// The frozen bytes of a revision.
  Result<std::string> payload(const std::string& workspace_id, const std::string& call_id, std::int64_t revision);
  /// `delivery_not_found`.
  Result<Delivery> get_delivery(const std::string& workspace_id, const std::string& delivery_id);
  Result<AttemptPage> list_attempts(const std::string& workspace_id, const AttemptFilter& filter);
  /// As list_attempts, without counting them all.
  Result<std::vector<Attempt>> latest_attempts(const std::string& workspace_id, const AttemptFilter& filter);
  /// `log_not_found`.
  Result<Attempt> get_attempt(const std::string& workspace_id, const std::string& attempt_id);

  // Endpoints (store_endpoints.cpp). `endpoint_not_found`.
  /// The endpoint of a URL, made when there is none.
  Result<Endpoint> endpoint_of(const std::string& workspace_id, const std::string& url, const std::string& new_id,
                               Timestamp now);
  Result<Endpoint> get_endpoint(const std::string& workspace_id, const std::string& endpoint_id);
  Result<EndpointRow> describe_endpoint(const std::string& workspace_id, const std::string& endpoint_id);
  Result<EndpointPage> list_endpoints(const std::string& workspace_id, const EndpointFilter& filter);
  /// Endpoints that have deliveries waiting.
  Result<std::vector<Endpoint>> endpoints_with_pending(const Slots& slots = Slots::all());
  /// Writes state, health and settings back, and counts the version on.
  Status update_endpoint(Endpoint& endpoint);
  /// Writes the health alone.
  Status update_health(const Endpoint& endpoint);
  /// What waits for its next attempt is due at once, and has the place in line that it had when it was made.
  Status make_due(const std::string& workspace_id, const std::string& endpoint_id);
  /// Forgets the endpoint; what waits for it is canceled. Returns how many.
  Result<std::int64_t> delete_endpoint(const std::string& workspace_id, const std::string& endpoint_id);
  /// What waits, over all workspaces.
  Result<std::vector<QueueClass>> queue_classes(Timestamp now);

  // Replays (store_replays.cpp). `replay_not_found`.
  /// A new delivery of what `delivery` sent, to `url` or to where it went. A bulk replay sets the `replay_id` of the
  /// first delivery that it gives.
  Result<DueDelivery> replay_delivery(const Delivery& delivery, const std::string& url, const std::string& new_id,
                                      const std::string& new_endpoint_id, Timestamp now);
  Result<std::int64_t> count_deliveries(const std::string& workspace_id, const DeliveryFilter& filter);
  Status add_replay(const Replay& replay);
  Result<Replay> get_replay(const std::string& workspace_id, const std::string& replay_id);
  Result<ReplayPage> list_replays(const std::string& workspace_id, std::int64_t limit, std::int64_t offset);
  /// Replays that are running, over all workspaces.
  Result<std::vector<Replay>> running_replays();
  /// The deliveries after `replay.position` that fit, by id.
  Result<std::vector<Delivery>> next_to_replay(const Replay& replay, std::int64_t limit);
  /// Writes state, rate and progress back.
  Status update_replay(const Replay& replay);
  /// Cancels what the replay made and was not sent yet. Returns how many.
  Result<std::int64_t> cancel_replayed(const std::string& workspace_id, const std::string& replay_id);

  // Models and analyzing again (store_models.cpp, store_reanalyses.cpp). `reanalysis_not_found`.
  /// What models answered in a run that has not ended: JSON by the hash of the question.
  Result<std::map<std::string, std::string>> kept_answers(const CallKey& key);
  /// Keeps an answer until the call's stages are finished (unless it is empty), and counts what it took.
  Status keep_answer(const CallKey& key, const std::string& hash, const std::string& answer, const ModelUse& use,
                     Timestamp now);
  Status forget_answers(const CallKey& key);
  /// Tokens that all workspaces used that day.
  Result<std::int64_t> tokens_of_day(std::int64_t day);
  /// What one workspace used that day, by model.
  Result<std::vector<ModelUse>> model_use(const std::string& workspace_id, std::int64_t day);
  /// Revisions from `first` on, in their order, with how many there are. `call_not_found`.
  Result<std::pair<std::int64_t, std::vector<StoredRevision>>> list_revisions(const std::string& workspace_id,
                                                                              const std::string& call_id,
                                                                              std::int64_t first, std::int64_t limit);
  /// Calls that have ended and fit.
  Result<std::int64_t> count_ended_calls(const std::string& workspace_id, const CallFilter& filter);
  Status add_reanalysis(const Reanalysis& job);
  Result<Reanalysis> get_reanalysis(const std::string& workspace_id, const std::string& reanalysis_id);
  /// Newest first, with how many there are.
  Result<std::pair<std::int64_t, std::vector<Reanalysis>>> list_reanalyses(const std::string& workspace_id,
                                                                           std::int64_t limit, std::int64_t offset);
  /// Jobs that are running, over all workspaces.
  Result<std::vector<Reanalysis>> running_reanalyses();
  /// The calls after `job.position` that fit, by id.
  Result<std::vector<std::string>> next_to_reanalyze(const Reanalysis& job, std::int64_t limit);
  /// Notes that a call was made due by a job.
  Status mark_reanalysis(const CallKey& key, const std::string& reanalysis_id);
  /// Writes state, rate and progress back.
  Status update_reanalysis(const Reanalysis& job);
  /// What the job made due and was not analyzed yet is due no more. Returns how many.
  Result<std::int64_t> cancel_reanalyzed(const std::string& workspace_id, const std::string& reanalysis_id);

  // Nodes of a fleet (store_nodes.cpp); on PostgreSQL only. The database's clock says when a lease ends.
  /// In the place of the one that had the name before.
  Status add_node(const std::string& node_id, const std::string& name, Duration lease);
  /// False when it was buried.
  Result<bool> renew_node(const std::string& node_id, Duration lease);
  /// Removes the nodes whose lease has run out, once no transaction of theirs stands; what they held is free. Returns
  /// how many there were.
  Result<std::int64_t> bury_nodes();
  Status remove_node(const std::string& node_id);
  Result<FleetView> view_fleet(const std::string& node_id);
  /// At most so many of the free ones, for a node that lives.
  Result<Slots> take_slots(const std::string& node_id, std::int64_t most);
  Status give_slots(const std::string& node_id, const Slots& slots);
  /// Says something to every node that listens; at most 7999 bytes.
  Status notify(const std::string& text);

  // Retention (store_retention.cpp). Ids are UUIDv7, so that what is old stands together in the primary keys.
  /// Bytes of the database that hold something.
  Result<std::int64_t> used_bytes();
  /// Writes something and takes it back, to see whether the disk takes it.
  Status try_write();
  Result<std::vector<std::string>> workspaces();
  /// When the oldest call or attempt of a workspace was made.
  Result<std::optional<Timestamp>> oldest_kept(const std::string& workspace_id);
  /// Looks at `limit` rows of a kind that were made before `before`, with ids behind `after`, and names those that may
  /// go: no call that has not ended, whose pipeline is due or that has a delivery waiting; no message that waits; no
  /// endpoint that was used since, has deliveries waiting, is paused or has settings. For agent_versions the ids are
  /// those of agents with versions that may go.
  Result<OldRows> old_rows(OldKind kind, const std::string& workspace_id, Timestamp before, const std::string& after,
                           std::int64_t limit);
  /// Deletes what `ids` name, as far as it may go still; stops early when that is enough for one commit.
  Result<Deleted> delete_old(OldKind kind, const std::string& workspace_id, std::span<const std::string> ids,
                             Timestamp before);
  /// Deliveries that wait for an endpoint and were made before `before`, soonest due first.
  Result<std::vector<Delivery>> pending_before(const std::string& workspace_id, const std::string& endpoint_id,
                                               Timestamp before, std::int64_t limit);
  /// Ends a delivery that waits. False when it does not, or not any more.
  Result<bool> exhaust_delivery(const std::string& workspace_id, const std::string& delivery_id,
                                const std::string& failure);

  // Weeks of the large tables (store_weeks.cpp); where these have no partitions nothing is done.
  /// Makes one of those that lack for the weeks until kWeeksAhead behind `now`; false when none does. A transaction of
  /// its own for each, so that nobody waits for long.
  Result<bool> make_week(Timestamp now);
  /// Those in which all was made before `calls_before`, log entries before `logs_before`, and nothing has to stay, in
  /// the order in which they are to be dropped.
  Result<std::vector<Week>> old_weeks(Timestamp calls_before, Timestamp logs_before);
  /// Deletes what a workspace has of a week's calls in other places, at most `limit` rows a table. Returns how many.
  Result<std::int64_t> delete_beside(const std::string& workspace_id, const Week& week, std::int64_t limit);
  /// Drops it, unless something in it has to stay by now, or it is gone: then nothing. Returns how many calls it had,
  /// if it is one of calls. In a transaction of its own.
  Result<std::optional<std::int64_t>> drop_week(const Week& week);

 private:
  Status free_slots();
  /// For statements with conditions that leave out little or much, as they come: a plan is worth its time.
  void plan_by_values();
  Status count_call(const std::string& workspace_id, const std::string& call_id, std::int64_t more);
  Result<Timestamp> start_of(const std::string& workspace_id, const std::string& call_id);
  Status count_listed(const std::string& workspace_id, const CallFilter& filter, CallPage& page);
  Status add_message(const Message& message);
  Status add_attempt(const Attempt& attempt);
  Status add_engine_attempt(const Attempt& attempt);

  using AgentKey = std::tuple<std::string, std::string, std::int64_t>;

  Status insert_call(const CallRow& row, std::string_view packed_request, std::string_view findings);
  Result<std::optional<DueDelivery>> freeze(const Revision& revision, std::string_view packed_payload,
                                            const FinishedCall& call);
  Result<std::string> open_payload(const std::string& workspace_id, const std::string& call_id, std::string packed);

  Status trim_inbox(const InboxRequest& newest, const InboxLimits& limits);
  Result<std::int64_t> delete_call(const std::string& workspace_id, const std::string& call_id);
  Result<std::int64_t> delete_message(const std::string& workspace_id, const std::string& webhook_id);
  Result<std::int64_t> delete_old_row(OldKind kind, const std::string& workspace_id, const std::string& id,
                                      Timestamp before);

  sql::Connection& db_;
  const std::string node_;
  std::int64_t undone_ = 0;
  bool erased_ = false;
  std::map<AgentKey, std::shared_ptr<const Agent>> agents_;  // versions never change, so what is kept stays true
};

}  // namespace wrapup
