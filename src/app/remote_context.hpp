// What the commands that talk to a running server have in common: the server, the look of what they print, and how they
// ask, refuse and report. On the main thread of a command.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "app/commands.hpp"
#include "app/remote.hpp"
#include "app/terminal.hpp"

namespace wrapup {

inline constexpr int kInterrupted = 130;  // left by Ctrl-C, as shells have it

struct RemoteContext {
  Remote& remote;
  Look look;
  bool json = false;     // the API's answers as they come
  bool can_ask = false;  // somebody sits at the terminal
};

/// The options that all of these commands have.
struct RemoteCommon {
  RemoteOptions target;
  bool json = false;
  bool utc = false;
};
/// Runs a command against the server that is named; says what is wrong when none is, or no key.
int run_remote(const RemoteCommon& common, const Environment& environment,
               const std::function<int(RemoteContext&)>& command);

/// Says on stderr what went wrong; returns the exit code that fits.
int report_remote(const Error& error);
int report_wrong_argument(std::string_view words);

/// To stdout, at once; false when nobody reads any more.
bool print_out(std::string_view text);
/// What to know or to do next, to stderr.
void print_hint(std::string_view text);
/// How a list goes on that has more than `limit` rows.
void hint_at_more(std::int64_t total, std::int64_t limit, const std::string& next_cursor);
/// An answer as it came, on a line; on a terminal with what could steer it escaped.
bool print_json(const RemoteContext& context, std::string_view text);

/// A question on stderr; true for "y" or "yes".
bool confirmed(std::string_view question);

/// A time as the API takes it; empty stays empty. `option`: its name, for the error.
Result<std::string> time_argument(const RemoteContext& context, std::string_view option, const std::string& text);

/// A URL names the endpoint that has it; what is none is taken as an id, and empty stays empty. `not_found` when no
/// endpoint has the URL.
Result<std::string> endpoint_id_of(RemoteContext& context, const std::string& id_or_url);
bool is_url(std::string_view text);
/// An id as part of a path.
std::string in_path(const std::string& id);

}  // namespace wrapup
