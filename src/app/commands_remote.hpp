// The commands that talk to a running server. Each prints results on stdout and whatever else there is to say on
// stderr, and returns the exit code: 0 done, 1 failed, 2 wrongly called, 130 left by Ctrl-C. On the main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/remote_context.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace wrapup {

struct LogsOptions {
  std::string status, call, endpoint, agent, error, event, search, from, to, cursor;
  std::int64_t limit = 20;
  bool follow = false;
};
int logs_command(RemoteContext& context, const LogsOptions& options);
/// `curl`: print the request as a curl command.
int logs_show_command(RemoteContext& context, const std::string& id, bool curl);

struct ReplayOptions {
  std::string id;  // of one; else the filters name many
  std::string status, call, endpoint, agent, error, from, to;
  std::string url;  // empty: where each was sent before
  std::optional<std::int64_t> rate;
  bool all = false;
  bool dry_run = false;
  bool yes = false;
};
int replay_command(RemoteContext& context, const ReplayOptions& options);
int replay_list_command(RemoteContext& context, std::int64_t limit);
int replay_show_command(RemoteContext& context, const std::string& id);
/// `verb`: "pause", "resume" or "cancel".
int replay_move_command(RemoteContext& context, const std::string& id, const std::string& verb);

struct TriggerOptions {
  std::string url, status, reason, agent;
};
int trigger_command(RemoteContext& context, const TriggerOptions& options);

struct CallOptions {
  std::string phone{"+15550100123"};
  std::string name{"Ilse Varga"};
  std::string agent, url, external_id, greeting;
  std::vector<std::string> variables, metadata;  // name=value
  std::int64_t patience_s = 60;
  bool no_wait = false;
};
/// Places a call and watches it until its webhook is delivered.
int call_command(RemoteContext& context, const CallOptions& options);

struct ListenOptions {
  std::string forward, inbox, name;
};
/// Hands what comes to an inbox of the server to a program on this machine, until it is interrupted.
int listen_command(RemoteContext& context, const ListenOptions& options);

struct EndpointsOptions {
  std::string state, circuit, search, cursor;
  std::int64_t limit = 20;
};
int endpoint_list_command(RemoteContext& context, const EndpointsOptions& options);
int endpoint_show_command(RemoteContext& context, const std::string& id_or_url);
/// `verb`: "pause" or "resume".
int endpoint_move_command(RemoteContext& context, const std::string& id_or_url, const std::string& verb);
int endpoint_delete_command(RemoteContext& context, const std::string& id_or_url, bool yes);

/// As they were written; what is not given stays, "default" takes a setting back.
struct EndpointChange {
  std::optional<std::string> name, preset, concurrency, timeout, connect_timeout, disable_after;
  std::optional<std::string> schedule, short_schedule, max_age, ca, cert, cert_key;
  std::vector<std::string> rates, headers, secret_headers;
};
/// The body of PUT /v2/endpoints/{id}. `known`: the headers that the endpoint has, as the API shows them.
/// Reads the files of certificates. `invalid` when something is not written as it should be.
Result<json::object> endpoint_change_body(const EndpointChange& change, const json::array& known);
int endpoint_set_command(RemoteContext& context, const std::string& id_or_url, const EndpointChange& change);

struct CallsOptions {
  std::string agent, status, reason, phone, search, from, to, cursor;
  std::optional<std::int64_t> duration_min, duration_max;
  std::int64_t limit = 20;
};
int calls_command(RemoteContext& context, const CallsOptions& options);
int calls_show_command(RemoteContext& context, const std::string& id);

}  // namespace wrapup
