#include "app/remote_context.hpp"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <unistd.h>

#include <fmt/format.h>

#include "app/json_at.hpp"
#include "app/safe_text.hpp"
#include "base/time.hpp"

namespace wrapup {

int run_remote(const RemoteCommon& common, const Environment& environment,
               const std::function<int(RemoteContext&)>& command) {
  auto target = remote_target(common.target, environment);
  if (!target) return report_remote(target.error());
  std::signal(SIGPIPE, SIG_IGN);  // of a connection that breaks; a reader of ours that goes away is seen by print_out
  SystemClock clock;
  asio::io_context reactor(1);
  CurlClient client(remote_client_options());
  Remote remote(reactor, client, clock, std::move(*target));
  const bool can_ask = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  RemoteContext context{remote, look_of_output(environment, common.utc), common.json, can_ask};
  return command(context);
}

int report_remote(const Error& error) {
  fmt::print(stderr, "wrapup: {}\n", safe_text(error.message));
  return error.code == Code::invalid ? kWronglyCalled : kFailed;
}

int report_wrong_argument(std::string_view words) {
  fmt::print(stderr, "wrapup: {}\n", safe_text(words));
  return kWronglyCalled;
}

bool print_out(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

void print_hint(std::string_view text) { fmt::print(stderr, "{}\n", safe_text(text)); }

void hint_at_more(std::int64_t total, std::int64_t limit, const std::string& next_cursor) {
  if (next_cursor.empty() || total <= limit) return;
  print_hint(fmt::format("{} in all. Older ones: --cursor {}", shown_count(total), id_word(next_cursor)));
}

bool print_json(const RemoteContext& context, std::string_view text) {
  return print_out((context.look.terminal ? safe_json(text) : std::string(text)) + "\n");
}

bool confirmed(std::string_view question) {
  fmt::print(stderr, "{} [y/N] ", safe_line(question));
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "Y" || answer == "yes");
}

Result<std::string> time_argument(const RemoteContext& context, std::string_view option, const std::string& text) {
  if (text.empty()) return std::string();
  const auto at = parse_when(text, context.remote.now(), context.look);
  if (at) return format_utc(*at);
  return fail(
      Code::invalid, "wrong_argument",
      fmt::format("{}: {} is no time; right are 2h (that long ago), 2026-11-24, \"2026-11-24 14:00\", a time in "
                  "ISO 8601, or epoch milliseconds",
                  option, text));
}

bool is_url(std::string_view text) { return text.find("://") != std::string_view::npos; }

std::string in_path(const std::string& id) { return "/" + percent_encode(id); }

Result<std::string> endpoint_id_of(RemoteContext& context, const std::string& id_or_url) {
  if (!is_url(id_or_url)) return id_or_url;
  std::string cursor;
  do {
    const auto page =
        context.remote.get(path_with("/v2/endpoints", {{"search", id_or_url}, {"limit", "100"}, {"cursor", cursor}}));
    if (!page) return fail(page.error());
    std::string found;
    each_object(array_at(page->response, "endpoints"), [&](const json::object& endpoint) {
      if (text_at(endpoint, "url") == id_or_url) found = text_at(endpoint, "endpoint_id");
    });
    if (!found.empty()) return found;
    const std::string next = text_at(object_at(page->response, "pagination"), "next_cursor");
    if (next == cursor) break;
    cursor = next;
  } while (!cursor.empty());
  return fail(Code::not_found, "endpoint_not_found",
              "no endpoint has the URL " + id_or_url + "; `wrapup endpoint list` shows those there are");
}

}  // namespace wrapup
