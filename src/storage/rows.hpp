// What the store takes and gives, as it stands in its tables: plain values, with the filters and pages of lists.
// Included through storage/store.hpp by whoever speaks to the store.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

namespace wrapup {

struct Workspace {
  std::string workspace_id;
  Timestamp created_at = 0;
  std::int64_t live_keys = 0;
};

/// An administrative act that was done.
struct AuditEntry {
  std::string workspace_id;
  std::string audit_id;
  Timestamp at = 0;
  std::string key_id;      // who; empty: somebody at the command line of this machine
  std::string act;         // "agent.create", …: kind of object and what was done to it
  std::string object_id;   // on which
  std::string request_id;  // of the API's answer; empty at the command line
};

struct AuditFilter {
  std::string key_id;
  std::string act;
  std::string object_id;
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;  // exclusive
  std::string before;           // keyset: only entries with a smaller id
  std::int64_t limit = 20;
  std::int64_t offset = 0;
};

struct AuditPage {
  std::int64_t total = 0;
  std::vector<AuditEntry> entries;  // newest first
};

/// What a SecretBox sealed beside the signing secrets: the key of a workspace's model, or the settings of an endpoint.
struct SealedValue {
  std::string workspace_id;
  std::string endpoint_id;  // empty: the key of the model
  std::string place;        // that it was sealed for
  std::string sealed;
};

/// Somebody who logged in to the console with a key.
struct ConsoleSession {
  std::string workspace_id;
  std::string hash;  // SHA-256 of the token, in hex
  std::string key_id;
  Timestamp used_at = 0;
};

/// How many sessions one key may have; the longest unused goes for a new one.
inline constexpr std::int64_t kMaxSessionsOfKey = 50;

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
  std::optional<Timestamp> dial_at;  // when the simulator takes it, or a relay must have taken it
  bool reanalyze = false;            // the next run makes a revision even when it says the same
  AnalyzeWith analyze_with;          // of the next run
  std::int64_t late_tries = 0;       // runs since the last webhook that went out without its model's answers
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
  std::string search;  // a call's id or external id, a whole number, or a part of the customer's name or number
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;  // exclusive
  std::optional<std::int64_t> duration_min;
  std::optional<std::int64_t> duration_max;
  std::string before;  // keyset: only calls that come after this one
  std::int64_t limit = 20;
  std::int64_t offset = 0;
  std::int64_t window = 20'000;  // calls that one page of a search looks at, and the others before they go by classes
};

/// The columns of a call that a list shows, without its request, events and payload.
struct CallBrief {
  std::string call_id;
  std::string agent_id;
  std::string external_id;
  std::string direction;
  std::string status;
  std::string end_call_reason;
  std::string phone;
  std::string name;
  std::int64_t duration_s = 0;
  std::int64_t revision = 0;
  Timestamp created_at = 0;
  Timestamp started_at = 0;
  Timestamp last_event_at = 0;
};

/// Calls that fit a filter are counted up to here; all calls of a workspace are always counted.
inline constexpr std::int64_t kMostCounted = 10'000;

struct CallPage {
  std::int64_t total = 0;
  bool exact = true;              // false: there are at least `total`
  std::string next;               // where to go on; also when a search did not fill the page; empty: the end
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

/// When a call runs once more because its model did not answer.
struct RunAgain {
  std::optional<Timestamp> at;
  std::int64_t tries = 0;  // with that one
};

/// What asking a model took; one row a workspace, UTC day (since 1970) and model.
struct ModelUse {
  std::string workspace_id;
  std::int64_t day = 0;
  std::string model;
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

/// A frozen payload with what ran to make it, as it is listed.
struct StoredRevision {
  std::int64_t revision = 1;
  Timestamp created_at = 0;
  std::string payload;
  std::string stages;  // JSON
};

/// What a delivery needs to know of its call.
struct FinishedCall {
  std::string model_id;
  std::string url;  // empty: nobody is told
  std::optional<Timestamp> ended_at;
  std::string new_endpoint_id;
  std::string findings;      // findings_digest(), to be counted
  bool asked_model = false;  // so that answers of a model are kept
  RunAgain again{};
};

/// What came of a call that ended.
struct Frozen {
  Revision revision;
  FinishedCall call;
  std::string pair;  // of a foreseen report: it and the payload as one, by pack_pair()
};

/// Where a delivery stands and what its endpoint allows.
struct DueDelivery {
  Delivery delivery;
  Endpoint endpoint;
  std::shared_ptr<const std::string> body;  // null: to be read when it is sent
};

/// An event that is no call's: its own body, to be delivered once to each URL that wants it.
struct Message {
  std::string workspace_id;
  std::string webhook_id;
  std::string type;      // "endpoint.disabled", …
  std::string call_id;   // that it tells of, if any
  std::string model_id;  //
  Timestamp created_at = 0;
  std::string body;  // JSON
};

struct Attempt {
  std::string workspace_id;
  std::string attempt_id;
  std::string delivery_id;
  std::string webhook_id;
  std::string type;  // of the event
  std::string endpoint_id;
  std::string call_id;
  std::string model_id;
  std::int64_t revision = 1;
  std::int64_t number = 1;
  Timestamp at = 0;
  std::int64_t duration_us = 0;
  std::string url;
  std::string status;  // "success" or "failed"
  std::string error;   // class of the failure, or ""
  std::int64_t response_code = 0;
  bool maybe_delivered = false;
  std::string detail;  // JSON: headers, bodies, timings (delivery/attempt_detail)
};

/// What came of a question whose answer steers a call.
struct Asked {
  std::optional<std::string> answer;  // body of a 2xx; nothing when none came
  std::string failure;                // in words, of the last attempt
  std::vector<Attempt> attempts;
};

struct AttemptFilter {
  std::string search;  // an id of an attempt, call, webhook, delivery or endpoint, or a part of the URL
  std::string status;
  std::string error;
  std::string type;
  std::string not_type;
  std::string model_id;
  std::string call_id;
  std::string endpoint_id;
  std::optional<bool> maybe_delivered;
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  std::string before;  // keyset: only attempts with a smaller id
  std::int64_t limit = 20;
  std::int64_t offset = 0;
};

struct AttemptPage {
  std::int64_t total = 0;
  std::vector<Attempt> attempts;  // newest first, without `detail`
};

struct EndpointFilter {
  std::string search;  // its id, or a part of its URL
  std::optional<EndpointState> state;
  std::optional<bool> circuit_open;
  std::string before;  // keyset: only endpoints with a smaller id
  std::int64_t limit = 20;
  std::int64_t offset = 0;
};

/// An endpoint with what waits for it and how the last attempts went.
struct EndpointRow {
  Endpoint endpoint;
  std::int64_t pending = 0;
  std::optional<Timestamp> oldest_due;  // when the first of them was or is due
  std::vector<Attempt> last_attempts;   // newest first, at most 5, without `detail`
};

struct EndpointPage {
  std::int64_t total = 0;
  std::vector<EndpointRow> endpoints;  // newest first
};

/// Which deliveries a replay takes. All conditions together.
struct DeliveryFilter {
  std::string model_id;
  std::string call_id;
  std::string endpoint_id;
  std::string failure;  // class of the last attempt's failure
  std::optional<DeliveryState> state;
  std::optional<Timestamp> from;  // by when the delivery was made
  std::optional<Timestamp> to;    // exclusive
};

enum class ReplayState { running, paused, canceled, completed };
std::string_view to_string(ReplayState state);

/// A bulk replay: a job that makes deliveries, some a second, until the filter has no more.
struct Replay {
  std::string workspace_id;
  std::string replay_id;
  ReplayState state = ReplayState::running;
  DeliveryFilter filter;
  std::string url;          // where to; empty: each to where it went first
  std::int64_t rate = 10;   // deliveries made a second
  std::int64_t total = 0;   // that fitted when it began
  std::int64_t queued = 0;  // made so far
  std::string position;     // id of the last delivery taken
  Timestamp created_at = 0;
  Timestamp updated_at = 0;
  // Of those made:
  std::int64_t delivered = 0;
  std::int64_t exhausted = 0;
  std::int64_t canceled = 0;
};

struct ReplayPage {
  std::int64_t total = 0;
  std::vector<Replay> replays;  // newest first
};

/// A bulk re-analysis: a job that has calls analyzed again, some a second, until the filter has no more.
struct Reanalysis {
  std::string workspace_id;
  std::string reanalysis_id;
  ReplayState state = ReplayState::running;
  CallFilter filter;
  AnalyzeWith with;
  std::int64_t rate = 10;   // calls a second
  std::int64_t total = 0;   // that fitted when it began
  std::int64_t queued = 0;  // made due so far
  std::string position;     // id of the last call taken
  Timestamp created_at = 0;
  Timestamp updated_at = 0;
  std::int64_t waiting = 0;  // of those made due: not analyzed yet
};

/// What waits, by how its endpoints stand: "active", "held", "open", "paused", "disabled".
struct QueueClass {
  std::string name;
  std::int64_t endpoints = 0;
  std::int64_t deliveries = 0;
  std::optional<Timestamp> oldest_due;
};

struct AnalyticsFilter {
  std::string model_id;
  std::string direction;
  Timestamp from = 0;
  Timestamp to = 0;  // exclusive
};

struct DeliveryHealth {
  std::vector<std::pair<std::string, std::int64_t>> deliveries;  // by state
  std::vector<std::pair<std::string, std::int64_t>> attempts;    // by class of failure
};

/// What happened in a span of time, counted in steps of equal length; for a chart.
struct Activity {
  struct Step {
    std::int64_t calls = 0;      // by when they started
    std::int64_t delivered = 0;  // attempts, by when they began
    std::int64_t failed = 0;
  };
  std::vector<Step> steps;
  std::map<std::string, std::int64_t> statuses;
  std::map<std::string, std::int64_t> reasons;  // of calls that have ended
  std::vector<Duration> waits;  // from hang-up to delivery, of the newest webhooks that came through; replays left out
};

/// What goes when it is old.
enum class OldKind {
  attempts,        // log entries
  calls,           // with everything of them: events, payloads, deliveries, log entries
  messages,        // with their deliveries
  endpoints,       // that nobody configured
  agent_versions,  // that no call began with
};

/// Ids of what may go, and where to go on looking.
struct OldRows {
  std::vector<std::string> ids;
  std::string next;  // to be given as `after`; empty: the end
};

struct Deleted {
  std::size_t taken = 0;  // ids done with, from the first on
  std::int64_t gone = 0;
};

/// A partition of a large table: rows with ids from `from` on up to `to`.
struct Week {
  std::string table;
  std::string partition;
  std::string from;
  std::string to;
};

struct IdempotentAnswer {
  std::string request_hash;
  std::int64_t status = 0;
  std::string body;
};

/// The nodes of a fleet, as the database has them.
struct FleetView {
  struct Node {
    std::string node_id;
    std::string name;
    Timestamp started_at = 0;
    bool lives = true;  // its lease has not run out
    std::int64_t slots = 0;
  };
  std::vector<Node> nodes;
  Slots held;             // of the one who asks
  std::int64_t free = 0;  // slots that nobody holds
};

/// How many signing secrets of a workspace may sign at a time.
inline constexpr std::int64_t kMaxSigningSecrets = 10;

/// How many inboxes a workspace may have.
inline constexpr std::int64_t kMaxInboxes = 50;

}  // namespace wrapup
