// What the commands do once the command line is read. Each returns the exit code: 0 done, 1 failed, 2 wrongly called.
// Results go to stdout; what is wrong, and the next step, goes to stderr. On the main thread, once a process.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/server.hpp"
#include "base/clock.hpp"

namespace wrapup {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWronglyCalled = 2;

/// Says what is wrong on stderr; returns the exit code that fits.
int report_error(const Error& error);

int serve_command(const ConfigSources& sources, const ServeOptions& options);

int config_check_command(const ConfigSources& sources);
int config_print_command(const ConfigSources& sources);

/// No scopes means all of them.
int key_create_command(const ConfigSources& sources, const std::string& workspace, const std::string& name,
                       const std::vector<std::string>& scopes);
int key_list_command(const ConfigSources& sources);
int key_revoke_command(const ConfigSources& sources, const std::string& key_id);

/// An empty workspace means all of them.
int secret_list_command(const ConfigSources& sources, const std::string& workspace);
int secret_create_command(const ConfigSources& sources, const std::string& workspace, const std::string& kind,
                          const std::string& name);
int secret_rotate_command(const ConfigSources& sources, const std::string& secret_id, const std::string& overlap);
int secret_revoke_command(const ConfigSources& sources, const std::string& secret_id);
int secret_reseal_command(const ConfigSources& sources, bool replace_lost);

/// Without `from` and `to` the schema of the configured database is brought up to date, or with `check` looked at.
struct MigrateOptions {
  bool check = false;
  std::string from;  // "sqlite:FOLDER" or a postgres:// URL
  std::string to;
};
int migrate_command(const ConfigSources& sources, const MigrateOptions& options);
/// "-" is standard output, or input.
int export_command(const ConfigSources& sources, const std::string& file);
int import_command(const ConfigSources& sources, const std::string& file);

/// How `wrapup eval` runs over labelled calls.
struct EvalOptions {
  std::string file;            // JSON lines
  bool model = false;          // ask the configured model; else the rules
  bool judge = false;          // judge the calls too
  bool by_identifier = false;  // show the score of each question
  std::string compare;         // predictions of a run before; empty: none
  std::string out;             // where predictions go; empty: nowhere
  std::int64_t limit = 0;      // calls; 0: all
  std::int64_t errors = 0;     // wrong answers to show
};
int eval_command(const ConfigSources& sources, const EvalOptions& options);

/// A captured request. What is given here by itself wins over what stands in the file of headers.
struct VerifyOptions {
  std::string secret;        // empty: only what the public key can check
  std::string public_key;    // empty: only what the secret can check
  std::string headers_file;  // empty: none
  std::string body_file = "-";
  std::optional<std::string> webhook_id;
  std::optional<std::string> timestamp;
  std::optional<std::string> signature;
  std::optional<std::string> call_id;
  std::optional<std::string> call_id_signature;
  std::string max_age = "5m";
};
int verify_command(const VerifyOptions& options, const Clock& clock);

}  // namespace wrapup
