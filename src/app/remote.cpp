#include "app/remote.hpp"

#include <algorithm>
#include <csignal>

#include <boost/asio/as_tuple.hpp>
#include <fmt/format.h>

#include "app/json_at.hpp"
#include "base/version.hpp"
#include "net/url.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kUsualServer = "http://127.0.0.1:8787";
constexpr std::size_t kMaxAnswer = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kMaxKey = 1000;

tl::unexpected<Error> wrong(std::string words) { return fail(Code::invalid, "wrong_argument", std::move(words)); }

/// The option, else the variable, else nothing; with the name under which it was given.
std::pair<std::string, std::string> given(const std::string& option, std::string option_name,
                                          const Environment& environment, const std::string& variable) {
  if (!option.empty()) return {std::move(option_name), option};
  const auto found = environment.find(variable);
  return {variable, found == environment.end() ? std::string() : found->second};
}

Code code_of(int status) {
  switch (status) {
    case 400: return Code::invalid;
    case 401: return Code::unauthorized;
    case 403: return Code::forbidden;
    case 404: return Code::not_found;
    case 409: return Code::conflict;
    case 413: return Code::too_large;
    case 429: return Code::rate_limited;
    case 503: return Code::unavailable;
    case 507: return Code::out_of_space;
    default: return Code::internal;
  }
}

}  // namespace

std::string_view remote_reason(TransportError error) {
  switch (error) {
    case TransportError::dns: return "its name does not resolve";
    case TransportError::connect: return "nothing accepts connections there";
    case TransportError::tls_name: return "its certificate is for another name";
    case TransportError::tls_expired: return "its certificate has expired";
    case TransportError::tls_untrusted: return "its certificate is not signed by an authority that is trusted here";
    case TransportError::tls: return "the TLS handshake failed; is it an http:// address?";
    case TransportError::timeout_before: return "time ran out before it took the request";
    case TransportError::timeout_after: return "it took the request, and time ran out before it answered";
    case TransportError::reset_before:
    case TransportError::reset_after: return "the connection broke; is it an https:// address?";
    case TransportError::protocol: return "what comes from there is not HTTP; is it an https:// address?";
    default: return "the request could not be sent";
  }
}

Result<RemoteTarget> remote_target(const RemoteOptions& options, const Environment& environment) {
  RemoteTarget target;
  auto [server_name, server] = given(options.server, "--server", environment, "WRAPUP_SERVER");
  if (server.empty()) server = kUsualServer;
  const auto url = parse_url(server);
  if (!url) return wrong(server_name + ": " + url.error().message + ", such as " + std::string(kUsualServer));
  if (url->target.find('?') != std::string::npos) return wrong(server_name + ": the address of a server has no query");
  target.base = url->text;
  while (target.base.ends_with('/')) target.base.pop_back();
  auto [key_name, key] = given(options.key, "--key", environment, "WRAPUP_API_KEY");
  if (key.empty()) {
    return wrong(
        "an API key is needed: set WRAPUP_API_KEY, or give --key KEY (which others on this machine can see).\n"
        "`wrapup key create`, where the server's data is, makes one; its first start has printed one.");
  }
  const bool fits = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
  if (!fits || key.size() > kMaxKey)
    return wrong(key_name + ": a key has no spaces, line breaks or special characters");
  target.key = std::move(key);
  return target;
}

CurlClient::Options remote_client_options() {
  CurlClient::Options options;
  options.policy = *AddressPolicy::with_allowed({"0.0.0.0/0", "::/0"});
  options.user_agent = std::string("wrapup-cli/") + kProgramVersion;
  return options;
}

std::string path_with(std::string_view path, const QueryPairs& query) {
  std::string out(path);
  char before = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    out += before + name + "=" + percent_encode(value);
    before = '&';
  }
  return out;
}

Remote::Remote(asio::io_context& reactor, HttpClient& client, Clock& clock, RemoteTarget target)
    : reactor_(reactor),
      client_(client),
      clock_(clock),
      target_(std::move(target)),
      tasks_(reactor.get_executor()),
      timer_(clock.timer(reactor.get_executor())) {}

Remote::~Remote() {
  signals_.reset();
  reactor_.restart();
  reactor_.poll();  // what watched for signals ends
}

void Remote::run(Task<void> task) {
  bool done = false;
  const auto whole = [&done](Task<void> inner) -> Task<void> {
    co_await std::move(inner);
    done = true;
  };
  tasks_.spawn(whole(std::move(task)));
  reactor_.restart();
  while (!done && reactor_.run_one() > 0) continue;
  reactor_.poll();  // the group forgets the task
}

Result<Remote::Answer> Remote::get(const std::string& path) {
  HttpRequest request;
  request.method = "GET";
  request.url = target_.base + path;
  return ask(std::move(request));
}

Result<Remote::Answer> Remote::send(const std::string& method, const std::string& path, const json::object& body) {
  HttpRequest request;
  request.method = method;
  request.url = target_.base + path;
  if (method != "DELETE") {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::make_shared<const std::string>(to_text(body));
  }
  return ask(std::move(request));
}

Result<Remote::Answer> Remote::ask(HttpRequest request) {
  if (request.url.size() > kMaxUrl) return wrong("the filters are too long for one request");
  request.headers.emplace_back("Authorization", "Bearer " + target_.key);
  request.total_timeout = std::chrono::minutes(1);
  request.reply_cap = kMaxAnswer;
  HttpReply reply;
  const auto exchange = [&]() -> Task<void> { reply = co_await client_.send(std::move(request)); };
  run(exchange());
  return read(reply);
}

Task<HttpReply> Remote::exchange(HttpRequest request) {
  request.url = target_.base + request.url;
  request.headers.emplace_back("Authorization", "Bearer " + target_.key);
  if (!request.on_body) request.total_timeout = std::chrono::minutes(1);
  co_return co_await client_.send(std::move(request));
}

Error Remote::unreachable(const HttpReply& reply) const {
  return {Code::unavailable,
          "no_answer",
          fmt::format(
              "the server at {} does not answer: {}{}.\nIs it running (`wrapup serve`), and is this its address? "
              "Another one is given by --server or WRAPUP_SERVER.",
              target_.base, remote_reason(reply.error), reply.error_text.empty() ? "" : " (" + reply.error_text + ")"),
          "",
          {}};
}

Result<Remote::Answer> Remote::read(const HttpReply& reply) const {
  if (reply.error != TransportError::none) return fail(unreachable(reply));
  if (reply.truncated) return wrong("the answer is larger than 64 MiB; ask for less with --limit");
  auto parsed = parse_json(reply.body);
  static const json::value kNothing;
  const json::object& root = as_object(parsed ? *parsed : kNothing);
  const auto* response = root.if_contains("response");
  if (reply.status / 100 == 2 && response && response->is_object()) return Answer{reply.body, response->get_object()};
  const json::object& detail = object_at(root, "detail");
  const std::string words = text_at(detail, "description");
  if (words.empty()) {
    const auto* place = find_header(reply.headers, "Location");
    const std::string why = !parsed && reply.status / 100 == 2 ? ": " + parsed.error().message : "";
    return fail(Code::internal, "unexpected_answer",
                fmt::format("{} answered {}{}, but not as a wrapup server does{}. Is this its address (--server, "
                            "WRAPUP_SERVER)?",
                            target_.base, reply.status, place ? " (" + *place + ")" : "", why));
  }
  std::string message = words;
  if (const auto id = text_at(detail, "request_id"); !id.empty()) message += " (request " + id + ")";
  if (reply.status == 401) message += "\nThe key is that of WRAPUP_API_KEY or --key.";
  return fail(code_of(reply.status), text_at(detail, "code"), std::move(message));
}

void Remote::catch_interrupt() {
  signals_ = std::make_unique<asio::signal_set>(reactor_, SIGINT);
  tasks_.spawn(watch_interrupt());
}

Task<void> Remote::watch_interrupt() {
  const auto [error, signal] = co_await signals_->async_wait(asio::as_tuple(asio::use_awaitable));
  if (error) co_return;
  interrupted_ = true;
  timer_->cancel();
  signals_.reset();
}

void Remote::wait(Duration span) {
  if (interrupted_) return;
  const auto pause = [&]() -> Task<void> { co_await timer_->wait_until(clock_.now() + span); };
  run(pause());
}

}  // namespace wrapup
