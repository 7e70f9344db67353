// Every durable fact, in verbs of the domain. Plain blocking C++ on one connection; used by one thread at a time,
// through AsyncStore. A verb that writes is part of the transaction its caller runs in: a failed verb leaves nothing
// behind. Concrete on purpose: tests use SQLite. Split over several .cpp files by noun.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/agent.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/record.hpp"
#include "storage/sql/connection.hpp"

namespace wrapup {

struct ApiKey {
  std::string workspace_id;
  std::string key_id;
  std::string prefix;  // the first characters, to tell keys apart in lists
  std::string name;
  Timestamp created_at = 0;
  std::optional<Timestamp> revoked_at;
};

struct SigningSecret {
  std::string secret_id;
  std::string secret;  // whsec_ and base64
};

struct CallKey {
  std::string workspace_id;
  std::string call_id;
  auto operator<=>(const CallKey&) const = default;
};

/// A call as it is stored: what it began with, and columns derived from the record for lists and timers.
struct CallRow {
  CallStart start;
  std::string agent_id;
  std::int64_t agent_version = 1;
  bool reported = false;  // in one request, so `request` is a report
  std::string request;    // the JSON body that made it
  Timestamp started_at = 0;
  Timestamp last_event_at = 0;
  CallStatus status = CallStatus::pending;
  std::string end_call_reason;
  std::int64_t duration_s = 0;
  std::int64_t revision = 0;         // of the newest payload; 0 when there is none
  std::optional<Timestamp> due_at;   // when the pipeline runs
  std::optional<Timestamp> dial_at;  // when the simulator takes it
};

struct StoredCall {
  CallRow row;
  std::shared_ptr<const Agent> agent;  // the version that the call began with
  std::vector<Event> events;
  std::string payload;  // of the newest revision; empty when there is none
};

/// What is known to have happened to a call, its own report first: what was merged later fills gaps only. `internal`
/// when the stored request cannot be read.
Result<Facts> stored_facts(const StoredCall& stored);

/// The record of what is stored. `internal` when the stored request cannot be read.
Result<Call> record_of(const StoredCall& stored);

struct CallFilter {
  std::string model_id;
  std::string call_status;
  std::string end_call_reason;
  std::string phone;
  std::string search;  // a call's id or external id, or a part of the customer's name or number
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;  // exclusive
  std::optional<std::int64_t> duration_min;
  std::optional<std::int64_t> duration_max;
  std::string before;  // keyset: only calls with a smaller id
  std::int64_t limit = 20;
  std::int64_t offset = 0;
};

struct CallPage {
  std::int64_t total = 0;
  std::vector<StoredCall> calls;  // newest first
};

/// A frozen payload and where it must go.
struct Revision {
  std::string workspace_id;
  std::string call_id;
  std::int64_t revision = 1;
  Timestamp created_at = 0;
  std::string payload;
  std::string stages;  // JSON: what ran, by whom, for how long
};

/// What a delivery needs to know of its call.
struct FinishedCall {
  std::string model_id;
  std::string url;  // empty: nobody is told
  std::optional<Timestamp> ended_at;
  std::string new_endpoint_id;
};

/// Where a delivery stands and what the endpoint allows.
struct DueDelivery {
  Delivery delivery;
  Endpoint endpoint;
  std::shared_ptr<const std::string> body;  // null: to be read when it is sent
};

struct Attempt {
  std::string workspace_id;
  std::string attempt_id;
  std::string webhook_id;
  std::string endpoint_id;
  std::string call_id;
  std::string model_id;
  std::int64_t revision = 1;
  std::int64_t number = 1;
  Timestamp at = 0;
  std::string url;
  std::string status;  // "success" or "failed"
  std::string error;   // class of the error, or ""
  std::int64_t response_code = 0;
  std::string detail;  // JSON: headers, bodies, timings (delivery/attempt_detail)
};

struct AttemptFilter {
  std::string search;  // an id of an attempt, call, webhook or endpoint, or a part of the URL
  std::string status;
  std::string model_id;
  std::string call_id;
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  std::int64_t limit = 20;
  std::int64_t offset = 0;
};

struct AttemptPage {
  std::int64_t total = 0;
  std::vector<Attempt> attempts;  // newest first, without `detail`
};

struct IdempotentAnswer {
  std::string request_hash;
  std::int64_t status = 0;
  std::string body;
};

class Store {
 public:
  explicit Store(sql::Connection& db) : db_(db) {}
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Workspaces, keys, secrets (store_access.cpp).
  Status ensure_workspace(const std::string& workspace_id, Timestamp now);
  Result<bool> has_keys(const std::string& workspace_id);
  /// `hash` is the SHA-256 of the key, in hex.
  Status add_key(const ApiKey& key, const std::string& hash);
  Result<std::vector<ApiKey>> list_keys();
  /// False when there is no such live key.
  Result<bool> revoke_key(const std::string& key_id, Timestamp now);
  /// The live key with that hash.
  Result<std::optional<ApiKey>> find_key(const std::string& hash);
  Result<std::vector<SigningSecret>> signing_secrets(const std::string& workspace_id);
  Status add_signing_secret(const std::string& workspace_id, const SigningSecret& secret, Timestamp now);
  Status replace_signing_secrets(const std::string& workspace_id, const SigningSecret& secret, Timestamp now);
  Result<std::optional<IdempotentAnswer>> find_idempotent(const std::string& workspace_id, const std::string& key);
  Status keep_idempotent(const std::string& workspace_id, const std::string& key, const IdempotentAnswer& answer,
                         Timestamp now);
  /// Forgets answers older than `before`, at most `limit` at once.
  Result<std::int64_t> forget_idempotent(Timestamp before, std::int64_t limit);

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
  Result<Action> get_action(const std::string& workspace_id, const std::string& action_id);
  Result<std::pair<std::int64_t, std::vector<Action>>> list_actions(const std::string& workspace_id, std::int64_t limit,
                                                                    std::int64_t offset);

  // Calls (store_calls.cpp). `call_not_found`; `conflict` when the external id is taken.
  Status insert_call(const CallRow& row);
  Result<std::optional<std::string>> call_by_external_id(const std::string& workspace_id,
                                                         const std::string& external_id);
  Result<StoredCall> get_call(const std::string& workspace_id, const std::string& call_id);
  /// As get_call, without the payload and with status-bearing events only (no turns, variables…): enough to judge a
  /// transition.
  Result<StoredCall> get_call_outline(const std::string& workspace_id, const std::string& call_id);
  Result<CallPage> list_calls(const std::string& workspace_id, const CallFilter& filter);
  /// Adds events; those whose id is known already are left out. Returns how many were new.
  Result<std::int64_t> add_events(const std::string& workspace_id, const std::string& call_id,
                                  const std::vector<Event>& events, Timestamp now);
  /// Writes the derived columns of `row` back.
  Status update_call(const CallRow& row);
  /// Calls whose pipeline is due at `now`, soonest first.
  Result<std::vector<CallKey>> calls_due(Timestamp now, std::int64_t limit);
  /// When the next call falls due after `now`; kNever when none does.
  Result<Timestamp> next_call_due(Timestamp now);
  /// Calls that the simulator must run (or go on running after a restart).
  Result<std::vector<CallKey>> calls_to_dial(std::int64_t limit);
  /// Calls that never ended and had no event since `before`.
  Result<std::vector<CallKey>> stuck_calls(Timestamp before, std::int64_t limit);

  // Pipeline results and deliveries (store_deliveries.cpp).
  /// One commit's worth: the frozen payload, and the delivery when `url` is not empty (its endpoint is made by the
  /// first use of the URL). Returns the delivery, if any. `conflict`, name "superseded", when the call is no longer due
  /// at `due_at`: something came in meanwhile, or another run was first.
  Result<std::optional<DueDelivery>> finish_stages(const Revision& revision, Timestamp due_at,
                                                   const FinishedCall& call);
  /// The call's pipeline has nothing to send. Also guarded by `due_at`.
  Status skip_stages(const CallKey& key, Timestamp due_at);
  /// One commit's worth: the attempt's log entry and where the delivery stands after it.
  Status finish_attempt(const Attempt& attempt, const Delivery& after);
  Status hold_endpoint(const std::string& workspace_id, const std::string& endpoint_id, Timestamp until);
  Status disable_endpoint(const std::string& workspace_id, const std::string& endpoint_id);
  /// Endpoints that have deliveries waiting.
  Result<std::vector<Endpoint>> endpoints_with_pending();
  /// The soonest waiting deliveries of an endpoint, without bodies.
  Result<std::vector<Delivery>> pending_deliveries(const std::string& workspace_id, const std::string& endpoint_id,
                                                   std::int64_t limit);
  /// The frozen bytes of a revision.
  Result<std::string> payload(const std::string& workspace_id, const std::string& call_id, std::int64_t revision);
  Result<AttemptPage> list_attempts(const std::string& workspace_id, const AttemptFilter& filter);
  /// `log_not_found`.
  Result<Attempt> get_attempt(const std::string& workspace_id, const std::string& attempt_id);
  /// How many deliveries wait, over all workspaces.
  Result<std::int64_t> pending_count();

 private:
  using AgentKey = std::tuple<std::string, std::string, std::int64_t>;

  sql::Connection& db_;
  std::map<AgentKey, std::shared_ptr<const Agent>> agents_;  // versions never change, so what is kept stays true
};

}  // namespace wrapup
