#include <array>
#include <unistd.h>

#include <fmt/format.h>

#include "app/commands_remote.hpp"
#include "app/json_at.hpp"
#include "app/listener.hpp"
#include "app/safe_text.hpp"

namespace wrapup {

namespace {

std::string usual_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return "wrapup listen";
  return "wrapup listen on " + std::string(host.data());
}

/// The inbox that is listened to: the one that is named, the one of an earlier run, or a new one. While nobody listens
/// it answers 503, so that webhooks come again.
Result<json::object> inbox_of(RemoteContext& context, const ListenOptions& options) {
  if (!options.inbox.empty()) {
    auto inbox = context.remote.get("/v2/inboxes" + in_path(options.inbox));
    if (!inbox) return fail(std::move(inbox.error()));
    return std::move(inbox->response);
  }
  const std::string name = options.name.empty() ? usual_name() : options.name;
  auto list = context.remote.get("/v2/inboxes");
  if (!list) return fail(std::move(list.error()));
  std::optional<json::object> found;
  each_object(array_at(list->response, "inboxes"), [&](const json::object& inbox) {
    if (text_at(inbox, "name") == name && !found) found = inbox;
  });
  if (found) return std::move(*found);
  const json::object answer{{"status", 503}, {"body", "nobody listens to this inbox\n"}};
  auto made = context.remote.send("POST", "/v2/inboxes", {{"name", name}, {"answer", answer}});
  if (!made) return fail(std::move(made.error()));
  return std::move(made->response);
}

void print_relayed(const RemoteContext& context, const Relayed& relayed) {
  const json::object& request = relayed.request;
  const std::string webhook = text_at(object_at(request, "headers"), "webhook-id");
  if (context.json) {
    json::object line{{"id", text_at(request, "id")},
                      {"at", text_at(request, "at")},
                      {"method", text_at(request, "method")},
                      {"path", text_at(request, "path")},
                      {"webhook_id", webhook},
                      {"size", whole_at(request, "size")},
                      {"signature", text_at(object_at(request, "signature"), "verdict")},
                      {"status", relayed.status},
                      {"duration_ms", relayed.millis},
                      {"error", relayed.error}};
    print_json(context, to_text(line));
    return;
  }
  const bool good = relayed.status / 100 == 2;
  const std::string status = relayed.status == 0 ? "too late" : std::to_string(relayed.status);
  const std::string what = relayed.error.empty() ? shown_millis(relayed.millis) : safe_line(relayed.error);
  print_out(
      fmt::format("{}  {} {}  {}  {}  {}\n", short_time(text_at(request, "at"), context.remote.now(), context.look),
                  safe_line(text_at(request, "method")),
                  safe_line("/" + text_at(request, "path").substr(text_at(request, "path").empty() ? 0 : 1)),
                  painted(context.look.color, good ? Paint::green : Paint::red, status), what, safe_line(webhook)));
}

}  // namespace

int listen_command(RemoteContext& context, const ListenOptions& options) {
  auto forward = parse_url(options.forward);
  if (!forward)
    return report_wrong_argument("--forward: " + forward.error().message + ", such as http://127.0.0.1:3000/hook");
  const auto inbox = inbox_of(context, options);
  if (!inbox) return report_remote(inbox.error());
  if (context.json) {
    print_json(context, to_text(json::object{{"token", text_at(*inbox, "token")}, {"url", text_at(*inbox, "url")}}));
  } else {
    print_out("Webhooks to   " + safe_line(text_at(*inbox, "url")) + "\nare posted to " + safe_line(forward->text) +
              "\n");
    print_hint(
        "Give the first as external_webhook_url of a call or an agent. Ctrl-C ends this; meanwhile webhooks wait and "
        "are tried again.");
  }
  bool lost = false;
  Listener listener(
      context.remote, text_at(*inbox, "token"), std::move(*forward),
      [&](const Relayed& relayed) { print_relayed(context, relayed); },
      [&](const std::string& words) {
        if (words.empty() && lost) print_hint("The connection is there again.");
        if (!words.empty()) print_hint(words);
        lost = !words.empty();
      });
  return report_remote(listener.run());
}

}  // namespace wrapup
