#include "app/command_line_remote.hpp"

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

namespace wrapup {

namespace {

constexpr const char* kTimeHelp = "2h (that long ago), 2026-11-24, \"2026-11-24 14:00\", ISO 8601";
using Command = std::function<int(RemoteContext&)>;

/// Adds the commands. It is gone when they are parsed: what they do holds on to the arguments alone.
class Builder {
 public:
  Builder(CLI::App& app, RemoteArguments& arguments, int& exit_code)
      : app_(app), arguments_(arguments), exit_code_(exit_code) {}

  void add_logs();
  void add_replay();
  void add_trigger();
  void add_call();
  void add_listen();
  void add_endpoint();
  void add_calls();

 private:
  /// Lets `command` run against the server; what all of them take is added.
  void runs(CLI::App& command, Command run) {
    auto& common = arguments_.common;
    command.add_option("--server", common.target.server, "The server (WRAPUP_SERVER; default http://127.0.0.1:8787)")
        ->type_name("URL");
    command
        .add_option("--key", common.target.key,
                    "API key. Others on this machine can see it here: better set WRAPUP_API_KEY")
        ->type_name("KEY");
    command.add_flag("--json", common.json, "The API's answers as they come, one a line");
    command.add_flag("--utc", common.utc, "Times in UTC, not in the zone of this machine");
    command.callback([&common, &exit_code = exit_code_, &command, run = std::move(run)] {
      // The command above a named one is called back too.
      if (command.get_subcommands().empty()) exit_code = run_remote(common, read_environment(), run);
    });
  }

  static void text(CLI::App& command, const std::string& name, std::string& target, const std::string& type,
                   const std::string& help) {
    command.add_option(name, target, help)->type_name(type);
  }
  static void text(CLI::App& command, const std::string& name, std::optional<std::string>& target,
                   const std::string& type, const std::string& help) {
    command.add_option(name, target, help)->type_name(type);
  }
  static void limit(CLI::App& command, std::int64_t& target) {
    command.add_option("--limit", target, "How many at most, 1 to 100 (20)")->type_name("N")->check(within(1, 100));
  }
  static void times(CLI::App& command, std::string& from, std::string& to) {
    text(command, "--from", from, "TIME", std::string("Since then: ") + kTimeHelp);
    text(command, "--to", to, "TIME", "Before then");
  }
  static void cursor(CLI::App& command, std::string& target) {
    text(command, "--cursor", target, "ID", "Go on where a list stopped");
  }
  /// As CLI::Range, but silent in the help.
  static CLI::Validator within(int least, int most) {
    CLI::Validator range = CLI::Range(least, most);
    return range.description("");
  }
  void id(CLI::App& command, const std::string& name, const std::string& help) {
    command.add_option(name, arguments_.id, help)->required();
  }

  void add_endpoint_settings(CLI::App& command);

  CLI::App& app_;
  RemoteArguments& arguments_;
  int& exit_code_;
};

void Builder::add_logs() {
  auto& all = arguments_;
  auto& options = all.logs;
  auto& logs = *app_.add_subcommand("logs", "The attempts to deliver webhooks: list, follow, look into one");
  text(logs, "--status", options.status, "success|failed", "How it ended");
  text(logs, "--call", options.call, "ID", "Of one call");
  text(logs, "--endpoint", options.endpoint, "ID_OR_URL", "To one endpoint");
  text(logs, "--agent", options.agent, "ID", "Of calls of one agent");
  text(logs, "--error", options.error, "CLASS", "With this error, such as timeout_after, http_5xx or connect");
  text(logs, "--event", options.event, "TYPE", "Of this type of event, such as call.completed");
  text(logs, "--search", options.search, "TEXT", "An id of anything, or a part of the URL");
  times(logs, options.from, options.to);
  limit(logs, options.limit);
  cursor(logs, options.cursor);
  logs.add_flag("--follow,-f", options.follow, "Go on showing attempts as they come, until Ctrl-C");
  runs(logs, [&options](RemoteContext& context) { return logs_command(context, options); });

  auto& show = *logs.add_subcommand("show", "Everything of one attempt, and what to do when it failed");
  id(show, "ID", "The id that `wrapup logs` shows");
  show.add_flag("--curl", arguments_.curl, "Print the request as a curl command; secret headers are masked");
  runs(show, [&all](RemoteContext& context) { return logs_show_command(context, all.id, all.curl); });
  show.footer(
      "For example:\n"
      "  wrapup logs show 019a2f6e-5c1d-7b3e-8f00-2d5c9a7e1b44\n"
      "  wrapup logs show 019a2f6e-5c1d-7b3e-8f00-2d5c9a7e1b44 --curl | sh\n");
  logs.footer(
      "For example:\n"
      "  wrapup logs --status failed --from 2h\n"
      "  wrapup logs --follow --endpoint https://your-receiver.example.com/hook\n"
      "  wrapup logs --call ID --json\n");
}

void Builder::add_replay() {
  auto& all = arguments_;
  auto& options = all.replay;
  auto& replay = *app_.add_subcommand("replay", "Send webhooks again: one by its id, or many by filters");
  replay.add_option("ID", options.id, "Of an attempt (`wrapup logs`), a delivery or a webhook");
  text(replay, "--url", options.url, "URL", "Send to this URL, not to where it was sent before");
  text(replay, "--status", options.status, "delivered|exhausted|canceled|pending", "Many: in this state");
  text(replay, "--call", options.call, "ID", "Many: of one call");
  text(replay, "--endpoint", options.endpoint, "ID_OR_URL", "Many: sent to this endpoint");
  text(replay, "--agent", options.agent, "ID", "Many: of calls of one agent");
  text(replay, "--error", options.error, "CLASS", "Many: whose last attempt failed so, such as http_5xx");
  times(replay, options.from, options.to);
  replay.add_flag("--all", options.all, "Many: all there are");
  replay.add_option("--rate", options.rate, "Many: so many a second, 1 to 1000 (10)")
      ->type_name("N")
      ->check(within(1, 1000));
  replay.add_flag("--dry-run", options.dry_run, "Many: only say how many");
  replay.add_flag("--yes,-y", options.yes, "Many: do not ask; needed where nobody can be asked");
  runs(replay, [&options](RemoteContext& context) { return replay_command(context, options); });

  auto& list = *replay.add_subcommand("list", "The replays of many");
  limit(list, arguments_.limit);
  runs(list, [&all](RemoteContext& context) { return replay_list_command(context, all.limit); });
  const auto about_one = [&](const std::string& name, const std::string& help, Command run) {
    auto& command = *replay.add_subcommand(name, help);
    id(command, "ID", "The id that `wrapup replay list` shows");
    runs(command, std::move(run));
  };
  about_one("show", "One of them, with its progress",
            [&all](RemoteContext& context) { return replay_show_command(context, all.id); });
  about_one("pause", "Hold it",
            [&all](RemoteContext& context) { return replay_move_command(context, all.id, "pause"); });
  about_one("resume", "Let it go on",
            [&all](RemoteContext& context) { return replay_move_command(context, all.id, "resume"); });
  about_one("cancel", "End it, and take back what was not sent yet",
            [&all](RemoteContext& context) { return replay_move_command(context, all.id, "cancel"); });
  replay.footer(
      "One is sent at once, and what came of it is printed; exit code 0 when the receiver took it. Many are a job of\n"
      "the server: it asks first, shows the progress, and goes on when you leave by Ctrl-C.\n\n"
      "For example:\n"
      "  wrapup replay 019a2f6e-5c1d-7b3e-8f00-2d5c9a7e1b44\n"
      "  wrapup replay --status exhausted --endpoint https://your-receiver.example.com/hook --from 2d --dry-run\n"
      "  wrapup replay --status exhausted --error http_5xx --rate 20 --yes\n");
}

void Builder::add_trigger() {
  auto& options = arguments_.trigger;
  auto& trigger = *app_.add_subcommand("trigger", "Send a sample webhook to a URL and say what came of it");
  trigger.add_option("URL", options.url, "The receiver to try")->required();
  text(trigger, "--status", options.status, "STATUS", "Of the sample's call, such as busy (completed)");
  text(trigger, "--reason", options.reason, "TEXT", "Its end-call reason");
  text(trigger, "--agent", options.agent, "ID", "With an answer to every question of this agent");
  runs(trigger, [&options](RemoteContext& context) { return trigger_command(context, options); });
  trigger.footer(
      "The sample is signed, tried again and logged like every webhook; its metadata is {\"test\": true}.\n"
      "Exits with 0 when the receiver answered 2xx.\n\n"
      "For example:\n"
      "  wrapup trigger https://your-receiver.example.com/hook\n"
      "  wrapup trigger http://127.0.0.1:9000/hook --status left_voicemail\n");
}

void Builder::add_call() {
  auto& options = arguments_.call;
  auto& call = *app_.add_subcommand("call", "Place a simulated call and watch it until its webhook is delivered");
  call.add_option("PHONE", options.phone, "Whom to call (+15550100123); +15005550001 to +15005550012 end otherwise");
  text(call, "--agent", options.agent, "ID", "The agent that calls; the only one there is when it is left out");
  text(call, "--url", options.url, "URL",
       "Where its webhook goes, such as that of an inbox; else where the agent says");
  text(call, "--name", options.name, "TEXT", "Of the customer (Ilse Varga)");
  text(call, "--greeting", options.greeting, "TEXT", "The agent's first words");
  text(call, "--external-id", options.external_id, "ID", "Your own id for it");
  call.add_option("--variable", options.variables, "For the prompt: name=value; may be repeated")
      ->type_name("PAIR")
      ->allow_extra_args(false);
  call.add_option("--metadata", options.metadata, "Comes back in the webhook: name=value; may be repeated")
      ->type_name("PAIR")
      ->allow_extra_args(false);
  call.add_option("--timeout", options.patience_s, "Watch it for so many seconds, 1 to 3600 (60)")
      ->type_name("N")
      ->check(within(1, 3600));
  call.add_flag("--no-wait", options.no_wait, "Only place it");
  runs(call, [&options](RemoteContext& context) { return call_command(context, options); });
  call.footer(
      "Exits with 0 when the webhook was delivered, or when the call has ended and there is no URL.\n\n"
      "For example:\n"
      "  wrapup call --url http://127.0.0.1:9000/hook\n"
      "  wrapup call +15005550001 --agent 019a2f6e-5c1d-7b3e-8f00-2d5c9a7e1b44 --metadata order=NC-4410\n");
}

void Builder::add_listen() {
  auto& options = arguments_.listen;
  auto& listen = *app_.add_subcommand("listen", "Receive on this machine what a server elsewhere sends");
  listen.add_option("--forward", options.forward, "Where to hand it to, such as http://127.0.0.1:3000/hook")
      ->type_name("URL")
      ->required();
  text(listen, "--name", options.name, "TEXT",
       "Of the inbox that is used again or made (\"wrapup listen on <this machine>\")");
  text(listen, "--inbox", options.inbox, "TOKEN", "Listen to this inbox");
  runs(listen, [&options](RemoteContext& context) { return listen_command(context, options); });
  listen.footer(
      "Prints a URL of the server. What is sent there comes here over a connection that goes out from this machine, "
      "is\n"
      "posted to your port with the same bytes and headers, and your answer goes back to the sender. While nobody\n"
      "listens the sender is answered 503, so that webhooks come again. The key needs the scope admin. Ends by "
      "Ctrl-C.\n\n"
      "For example:\n"
      "  wrapup listen --forward http://127.0.0.1:3000/hook --server https://calls.example.com\n"
      "  wrapup listen --forward http://127.0.0.1:3000/hook --json\n");
}

void Builder::add_endpoint_settings(CLI::App& command) {
  auto& change = arguments_.change;
  text(command, "--name", change.name, "TEXT", "For people");
  text(command, "--preset", change.preset, "zapier|make|n8n|workato|default", "Limits that this vendor lets in");
  command.add_option("--rate", change.rates, "At most so many in such a time: 20/1s; may be repeated")
      ->type_name("N/SPAN")
      ->allow_extra_args(false);
  text(command, "--concurrency", change.concurrency, "N", "Attempts at once, 1 to 1000");
  const std::string secret = "As --header, sent and never shown. Others on this machine can see it here";
  command.add_option("--header", change.headers, "'Name: value' to send; 'Name:' removes it; may be repeated")
      ->type_name("HEADER")
      ->allow_extra_args(false);
  command.add_option("--secret-header", change.secret_headers, secret)->type_name("HEADER")->allow_extra_args(false);
  text(command, "--timeout", change.timeout, "SPAN", "For a whole attempt, such as 30s");
  text(command, "--connect-timeout", change.connect_timeout, "SPAN", "For connecting");
  text(command, "--schedule", change.schedule, "SPANS", "Waits between attempts: 5s,30s,2m");
  text(command, "--short-schedule", change.short_schedule, "SPANS", "The same after answers such as 404");
  text(command, "--max-age", change.max_age, "SPAN", "Older webhooks are given up, such as 30d");
  text(command, "--disable-after", change.disable_after, "SPAN", "Of nothing but failures, such as 5d");
  text(command, "--ca", change.ca, "FILE", "Trust this authority in place of the system's (PEM)");
  text(command, "--cert", change.cert, "FILE", "Client certificate (PEM)");
  text(command, "--cert-key", change.cert_key, "FILE", "Its key (PEM)");
}

void Builder::add_endpoint() {
  auto& all = arguments_;
  auto& endpoint = *app_.add_subcommand("endpoint", "The receivers: their state, pause and resume, settings");
  endpoint.require_subcommand(1);
  auto& options = arguments_.endpoints;
  auto& list = *endpoint.add_subcommand("list", "All of them, the newest first");
  text(list, "--state", options.state, "active|paused|disabled", "In this state");
  text(list, "--circuit", options.circuit, "open|closed", "open: nothing but failures came back");
  text(list, "--search", options.search, "TEXT", "An id, or a part of the URL");
  limit(list, options.limit);
  cursor(list, options.cursor);
  runs(list, [&options](RemoteContext& context) { return endpoint_list_command(context, options); });

  const auto about_one = [&](const std::string& name, const std::string& help, Command run) -> CLI::App& {
    auto& command = *endpoint.add_subcommand(name, help);
    id(command, "ID_OR_URL", "The endpoint");
    runs(command, std::move(run));
    return command;
  };
  about_one("show", "One: state, what waits, last answers, settings",
            [&all](RemoteContext& context) { return endpoint_show_command(context, all.id); });
  about_one("pause", "Stop sending to it; webhooks are kept",
            [&all](RemoteContext& context) { return endpoint_move_command(context, all.id, "pause"); });
  about_one("resume", "Send again, what gathered first; also enables a disabled one",
            [&all](RemoteContext& context) { return endpoint_move_command(context, all.id, "resume"); });
  auto& remove = about_one("delete", "Forget it; what waits for it is canceled", [&all](RemoteContext& context) {
    return endpoint_delete_command(context, all.id, all.yes);
  });
  remove.add_flag("--yes,-y", arguments_.yes, "Do not ask; needed where nobody can be asked");
  auto& set = about_one("set", "Change its settings; with a URL that is new, make it",
                        [&all](RemoteContext& context) { return endpoint_set_command(context, all.id, all.change); });
  add_endpoint_settings(set);
  set.footer(
      "What is not given stays as it is. The value `default` takes a setting back to that of the configuration;\n"
      "`--header default` removes all headers.\n\n"
      "For example:\n"
      "  wrapup endpoint set https://your-receiver.example.com/hook --rate 20/1s --timeout 30s\n"
      "  wrapup endpoint set ID --secret-header 'Authorization: Bearer example'\n"
      "  wrapup endpoint set ID --rate default --schedule 5s,30s,2m,10m\n");
  endpoint.footer(
      "For example:\n"
      "  wrapup endpoint list --circuit open\n"
      "  wrapup endpoint pause https://your-receiver.example.com/hook\n");
}

void Builder::add_calls() {
  auto& all = arguments_;
  auto& options = all.calls;
  auto& calls = *app_.add_subcommand("calls", "The calls: list them, look into one");
  text(calls, "--agent", options.agent, "ID", "Of one agent");
  text(calls, "--status", options.status, "STATUS", "With this status, such as completed, busy, failed");
  text(calls, "--reason", options.reason, "TEXT", "With this end-call reason");
  text(calls, "--phone", options.phone, "NUMBER", "With this number of the customer, such as +15550100123");
  text(calls, "--search", options.search, "TEXT", "An id, or a part of the customer's name or number");
  times(calls, options.from, options.to);
  calls.add_option("--duration-min", options.duration_min, "At least so many seconds long")->type_name("N");
  calls.add_option("--duration-max", options.duration_max, "At most so many seconds long")->type_name("N");
  limit(calls, options.limit);
  cursor(calls, options.cursor);
  runs(calls, [&options](RemoteContext& context) { return calls_command(context, options); });
  auto& show = *calls.add_subcommand("show", "One: facts, conversation, results, timeline, deliveries");
  id(show, "ID", "The id that `wrapup calls` shows");
  runs(show, [&all](RemoteContext& context) { return calls_show_command(context, all.id); });
  calls.footer(
      "For example:\n"
      "  wrapup calls --status failed --from 2026-11-24\n"
      "  wrapup calls show 019a2f6e-5c1d-7b3e-8f00-2d5c9a7e1b44\n");
}

}  // namespace

void add_remote_commands(CLI::App& app, RemoteArguments& arguments, int& exit_code) {
  Builder builder(app, arguments, exit_code);
  builder.add_logs();
  builder.add_replay();
  builder.add_call();
  builder.add_listen();
  builder.add_trigger();
  builder.add_endpoint();
  builder.add_calls();
}

}  // namespace wrapup
