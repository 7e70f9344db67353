#include "app/attempt_watch.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/attempt_text.hpp"
#include "app/json_at.hpp"
#include "app/safe_text.hpp"

namespace wrapup {

namespace {

constexpr Duration kPatience = 20 * kSecond;  // the whole of an attempt, by default, is 15 s
constexpr Duration kFirstLook = 50 * kMillisecond;
constexpr Duration kLongestLook = kSecond;

// The id of the first attempt; empty when none came in time.
Result<std::string> first_attempt(RemoteContext& context, const json::object& delivery) {
  const std::string path = path_with("/v2/logs", {{"call_id", text_at(delivery, "call_id")},
                                                  {"endpoint_id", text_at(delivery, "endpoint_id")},
                                                  {"search", text_at(delivery, "delivery_id")},
                                                  {"page_size", "100"}});
  const Timestamp until = context.remote.now() + kPatience;
  for (Duration pause = kFirstLook;; pause = std::min(pause * 3 / 2, kLongestLook)) {
    const auto page = context.remote.get(path);
    if (!page) return fail(page.error());
    std::string first;
    each_object(array_at(page->response, "items"),
                [&](const json::object& attempt) { first = text_at(attempt, "webhook_log_id"); });
    if (!first.empty() || context.remote.now() >= until) return first;
    context.remote.wait(pause);
  }
}

void say_waiting(const json::object& delivery, bool patient) {
  const std::string state = text_at(delivery, "endpoint_state");
  const std::string endpoint = id_word(text_at(delivery, "endpoint_id"));
  if (state != "active") {
    print_hint(
        fmt::format("The endpoint is {0}: the webhook is kept, and sent when you resume it: wrapup endpoint "
                    "resume {1}",
                    state, endpoint));
  } else if (patient) {
    print_hint(
        fmt::format("It is accepted, but was not tried within {0} s. Why: wrapup endpoint show {1}\n"
                    "Its attempts, when there are some: wrapup logs --search {2}",
                    kPatience / kSecond, endpoint, id_word(text_at(delivery, "delivery_id"))));
  }
}

}  // namespace

int watch_delivery(RemoteContext& context, const Remote::Answer& accepted) {
  const json::object& delivery = accepted.response;
  if (context.json) print_json(context, accepted.text);
  if (text_at(delivery, "endpoint_state") != "active") {
    say_waiting(delivery, false);
    return kFailed;
  }
  const auto id = first_attempt(context, delivery);
  if (!id) return report_remote(id.error());
  if (id->empty()) {
    say_waiting(delivery, true);
    return kFailed;
  }
  const auto attempt = context.remote.get("/v2/logs" + in_path(*id));
  if (!attempt) return report_remote(attempt.error());
  const bool good = succeeded(attempt->response);
  if (context.json) {
    print_json(context, attempt->text);
    return good ? kDone : kFailed;
  }
  print_out(outcome_text(attempt->response, context.look));
  print_hint("Everything of the attempt: wrapup logs show " + id_word(*id));
  if (!good && text_at(attempt->response, "error_class") != "gone")
    print_hint("It is tried again by the schedule: wrapup logs --search " + id_word(text_at(delivery, "delivery_id")));
  return good ? kDone : kFailed;
}

}  // namespace wrapup
