#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "app/attempt_text.hpp"
#include "app/json_at.hpp"
#include "app/safe_text.hpp"
#include "net/http.hpp"

namespace wrapup {

namespace {

// `key`: a class of failure (docs/delivery.md), or the status of an answer, which is looked for first. In `next`, {} is
// the endpoint's id.
struct Words {
  std::string_view key;
  std::string_view what;
  std::string_view next;
};

constexpr std::array kWords{
    Words{"blocked", "The address may not be dialled from the server.",
          "If it is meant to be, name its network in the setting delivery.allow_addresses; `wrapup serve --dev` allows "
          "this machine."},
    Words{"dns", "The name of the host does not resolve.",
          "Check the host in the URL, and that the machine of the server can resolve it."},
    Words{"connect", "Nothing accepts connections there.",
          "Start the receiver, or check its port and the firewall in between."},
    Words{"proxy", "The egress proxy cannot be reached, or does not let the request through.",
          "Check the proxy in the server's configuration."},
    Words{"tls_name", "The certificate of the receiver is for another name.",
          "Use the name that the certificate has, or get one for this name."},
    Words{"tls_expired", "The certificate of the receiver has expired.", "Renew it."},
    Words{"tls_untrusted", "The certificate of the receiver is not signed by a trusted authority.",
          "Let the receiver send the whole chain; or trust its authority: wrapup endpoint set {} --ca FILE"},
    Words{"tls", "The TLS handshake failed.",
          "Check that TLS 1.2 or later is spoken on that port. A receiver that wants to see a client certificate gets "
          "one by: wrapup endpoint set {} --cert FILE --cert-key FILE"},
    Words{"timeout_before", "Time ran out before the whole request was sent.",
          "Look at what keeps the receiver from accepting it. More time: wrapup endpoint set {} --timeout 30s"},
    Words{"timeout_after", "The receiver took the request and did not answer in time.",
          "Let it answer 2xx as soon as it has stored the body, and work on it afterwards. More time: wrapup endpoint "
          "set {} --timeout 30s"},
    Words{"reset_before", "The connection broke before the whole request was sent.",
          "Look in the log of the receiver, or of the proxy in front of it."},
    Words{"reset_after", "The connection broke before a whole answer came.",
          "Look in the log of the receiver, or of the proxy in front of it."},
    Words{"protocol", "What came back is not HTTP, or its header is too large.",
          "Check that the port speaks HTTP, and that http:// or https:// is right."},
    Words{"canceled", "The server was stopping.", "It is sent again when the server runs."},
    Words{"400", "The receiver does not like the request.",
          "Its answer may say why; every field of the body is in docs/payload.md."},
    Words{"401", "The receiver wants to know who sends.",
          "If it checks the signature: see `wrapup verify --help`. If it wants a header: wrapup endpoint set {} "
          "--secret-header 'Authorization: …'"},
    Words{"403", "The receiver does not let the request in.",
          "If it checks the signature: see `wrapup verify --help`. If it wants a header: wrapup endpoint set {} "
          "--secret-header 'Authorization: …'. It may also have a list of addresses."},
    Words{"404", "The receiver has nothing at this path.", "Check the path of the URL."},
    Words{"405", "The path does not take POST.", "Check the path of the URL, and that its handler takes POST."},
    Words{"408", "The receiver says that the request came too slowly.", "It is tried again by the schedule."},
    Words{"413", "The body is larger than the receiver takes.",
          "Raise the limit for bodies there; 1 MiB is a good one."},
    Words{"415", "The receiver does not take this type of body.", "Let it take Content-Type: application/json."},
    Words{"422", "The receiver does not like the body.",
          "Its answer may say why; every field of the body is in docs/payload.md."},
    Words{"502", "A proxy in front of the receiver got no proper answer from it.", "Look whether the receiver runs."},
    Words{"503", "The receiver, or a proxy in front of it, is overloaded or down.",
          "See whether it passes: the endpoint is sent to more slowly from now on, and tried again."},
    Words{"504", "A proxy in front of the receiver waited for it in vain.",
          "Let it answer 2xx as soon as it has stored the body, and work on it afterwards."},
    Words{"gone", "The receiver says that it is gone for good: the endpoint is disabled, and collects.",
          "When it is back: wrapup endpoint resume {}"},
    Words{"rate_limited", "The receiver gets more than it takes.",
          "The endpoint is sent to more slowly from now on. A fixed limit: wrapup endpoint set {} --rate 5/1s"},
    Words{"http_5xx", "The receiver has a fault of its own.", "Look in its log for the webhook-id."},
    Words{"http_4xx", "The receiver refuses the request.", "Its answer may say why."},
    Words{"redirect", "The receiver sends on to another URL; redirects are not followed.", "Use the final URL."},
};

const Words* words_for(const std::string& key) {
  const auto* found = std::ranges::find(kWords, key, &Words::key);
  return found == kWords.end() ? nullptr : found;
}

// Where a redirect points to; names of headers have no case.
std::string location_of(const json::object& attempt) {
  const json::object& headers = object_at(attempt, "response_headers");
  Headers pairs;
  for (const auto& [name, value] : headers) pairs.emplace_back(name, text_at(headers, name));
  const auto* place = find_header(pairs, "Location");
  return place ? *place : std::string();
}

}  // namespace

std::vector<std::string_view> failure_classes() {
  std::vector<std::string_view> classes;
  for (const auto& words : kWords) {
    if (words.key.front() > '9') classes.push_back(words.key);
  }
  return classes;
}

FailureWords failure_words(const json::object& attempt) {
  if (succeeded(attempt)) return {};
  const std::string error = text_at(attempt, "error_class");
  const auto* words = words_for(std::to_string(whole_at(attempt, "response_status_code")));
  // An answer that broke off is no answer, whatever its status.
  const bool whole_answer = error.starts_with("http_") || error == "redirect";
  if (!words || !whole_answer) words = words_for(error);
  if (!words) return {error.empty() ? "It failed." : "It failed: " + safe_line(error) + ".", ""};
  FailureWords said{std::string(words->what),
                    fmt::format(fmt::runtime(words->next), id_word(text_at(attempt, "endpoint_id")))};
  const std::string place = location_of(attempt);
  if (error == "redirect" && !place.empty()) said.next = "Use the final URL: " + safe_line(place);
  if (flag_at(attempt, "maybe_delivered")) said.what += " It may have the webhook: take each webhook-id once.";
  return said;
}

}  // namespace wrapup
