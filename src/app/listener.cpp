#include "app/listener.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "app/json_at.hpp"
#include "base/crypto.hpp"
#include "base/utf8.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kLongestLine = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kSeen = 10'000;
constexpr std::size_t kLargestAnswer = 1024 * 1024 - 1024;
constexpr std::chrono::seconds kLocalTime{10};  // less than the server waits for the answer
constexpr Duration kFirstPause = kSecond;
constexpr Duration kLongestPause = 15 * kSecond;

// What belongs to the connection that the request came by (RFC 9110, section 7.6.1), and what the client here makes.
bool stays_behind(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kNames{
      "host",    "connection", "content-length", "transfer-encoding",   "keep-alive",      "te",
      "trailer", "upgrade",    "expect",         "proxy-authorization", "proxy-connection"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view known) {
    return find_header({{std::string(name), ""}}, known) != nullptr;
  });
}

}  // namespace

bool EventReader::read(std::string_view bytes, const std::function<void(Event)>& take) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (rest_.size() + std::min(end, bytes.size()) > kLongestLine) return false;
    rest_.append(bytes.substr(0, end));
    if (end == std::string_view::npos) return true;
    bytes.remove_prefix(end + 1);
    line(rest_, take);
    rest_.clear();
  }
  return true;
}

void EventReader::line(std::string_view text, const std::function<void(Event)>& take) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) {
    if (!event_.type.empty()) take(std::exchange(event_, {}));
    event_ = {};
    return;
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  std::string_view value = text.substr(std::min(colon + 1, text.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  const std::string_view name = text.substr(0, colon);
  if (name == "id") event_.id = value;
  if (name == "event") event_.type = value;
  if (name == "data") event_.data = value;
}

Listener::Listener(Remote& remote, std::string token, Url forward, std::function<void(const Relayed&)> report,
                   std::function<void(const std::string&)> say)
    : remote_(remote),
      token_(std::move(token)),
      forward_(std::move(forward)),
      report_(std::move(report)),
      say_(std::move(say)) {}

Error Listener::run() {
  Duration pause = kFirstPause;
  while (true) {
    connected_ = false;
    events_ = {};
    remote_.run(follow());
    if (refused_) return *refused_;
    if (connected_) pause = kFirstPause;
    say_(fmt::format("The connection to the server is gone; once more in {} s.", pause / kSecond));
    remote_.wait(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

Task<void> Listener::follow() {
  HttpRequest request;
  request.method = "GET";
  request.url = path_with("/v2/stream", {{"types", "inbox"}, {"token", token_}, {"bodies", "1"}, {"relay", "1"}});
  request.headers.emplace_back("Accept", "text/event-stream");
  if (!last_id_.empty()) request.headers.emplace_back("Last-Event-ID", last_id_);
  request.total_timeout = std::chrono::hours(24);
  request.quiet_timeout = std::chrono::seconds(45);  // the server says something every 15 s
  // Called on the client's thread.
  request.on_body = [this, executor = remote_.executor()](std::string_view bytes) {
    asio::post(executor, [this, text = std::string(bytes)] {
      if (!refused_ && !events_.read(text, [this](EventReader::Event event) { take(std::move(event)); }))
        refused_ = Error{Code::internal, "unexpected_answer", "the server sent a line without end", "", {}};
    });
    return true;
  };
  const HttpReply reply = co_await remote_.exchange(std::move(request));
  if (reply.error != TransportError::none && reply.status == 0) co_return;
  if (reply.status / 100 == 2 || reply.status / 100 == 5 || reply.status == 429) co_return;
  auto answer = remote_.read(reply);
  refused_ = answer ? Error{Code::internal, "unexpected_answer", "the server has no live stream", "", {}}
                    : std::move(answer.error());
}

void Listener::take(EventReader::Event event) {
  if (!event.id.empty()) last_id_ = event.id;
  if (event.type == "ready") {
    connected_ = true;
    say_("");
  }
  if (event.type != "inbox") return;
  auto parsed = parse_json(event.data);
  if (!parsed || !parsed->is_object()) return;
  json::object& request = parsed->get_object();
  const auto* answered = request.if_contains("answered");
  const std::string id = text_at(request, "id");
  const bool waits = answered && answered->is_null();
  if (!waits || !seen_.insert(id).second) return;
  seen_order_.push_back(id);
  if (seen_order_.size() > kSeen) {
    seen_.erase(seen_order_.front());
    seen_order_.pop_front();
  }
  remote_.spawn(relay(std::move(request)));
}

HttpRequest Listener::local_request(const json::object& request, std::string body) const {
  HttpRequest local;
  local.method = text_at(request, "method");
  local.url = forward_.text;
  std::string path = text_at(request, "path");
  std::string query = text_at(request, "query");
  const std::size_t mark = std::min(local.url.find('?'), local.url.size());
  if (!path.empty() && local.url.substr(0, mark).ends_with('/')) path.erase(0, 1);
  local.url.insert(mark, path);
  if (!query.empty()) local.url += (mark == forward_.text.size() ? "?" : "&") + query;
  const json::object& headers = object_at(request, "headers");
  for (const auto& [name, value] : headers) {
    if (!stays_behind(name) && value.is_string()) local.headers.emplace_back(name, value.get_string());
  }
  if (!body.empty() || local.method == "POST") local.body = std::make_shared<const std::string>(std::move(body));
  local.total_timeout = kLocalTime;
  local.reply_cap = kLargestAnswer;
  return local;
}

Task<void> Listener::relay(json::object request) {
  Relayed done;
  json::object answer{{"status", 502}};
  std::string body = text_at(request, "body");
  if (text_at(request, "body_encoding") == "base64") body = base64_decode(body).value_or("");
  if (flag_at(request, "body_truncated")) {
    done.error = "its body is larger than the inbox keeps (inbox.max_body), or than 1 MiB";
    answer["status"] = 413;
  } else {
    const HttpReply reply = co_await remote_.client().send(local_request(request, std::move(body)));
    done.millis = static_cast<double>(reply.timings.total) / kMillisecond;
    if (reply.error != TransportError::none) {
      done.error = std::string(remote_reason(reply.error)) + (reply.error_text.empty() ? "" : ": " + reply.error_text);
    } else {
      const bool text = is_utf8(reply.body);
      json::object headers;
      for (const auto& [name, value] : reply.headers) headers[valid_utf8(name)] = valid_utf8(value);
      answer = {{"status", std::max(reply.status, 200)},
                {"headers", std::move(headers)},
                {"body", text ? reply.body : base64_encode(reply.body)},
                {"body_encoding", text ? "utf-8" : "base64"}};
    }
  }
  if (!done.error.empty()) answer["body"] = "wrapup listen: " + done.error + "\n";
  HttpRequest bring;
  bring.url = "/v2/inboxes/" + token_ + "/requests/" + text_at(request, "id") + "/answer";
  bring.headers.emplace_back("Content-Type", "application/json");
  bring.body = std::make_shared<const std::string>(to_text(answer));
  const HttpReply brought = co_await remote_.exchange(std::move(bring));
  done.status = brought.status == 200 ? static_cast<int>(answer.at("status").to_number<int>()) : 0;
  done.request = std::move(request);
  report_(done);
}

}  // namespace wrapup
