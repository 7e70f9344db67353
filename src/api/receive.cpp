// /in/{token}: stores whatever comes and answers as the inbox is told. What is stored is never given back from here,
// and nothing that is answered can run in a browser: the console has the same origin.
#include <algorithm>

#include "api/handlers.hpp"
#include "api/inbox_json.hpp"
#include "base/utf8.hpp"

namespace wrapup::api {

namespace {

/// How long somebody elsewhere may take to answer; less than a delivery waits.
constexpr Duration kRelayTime = 12 * kSecond;
constexpr Duration kLookForListener = 200 * kMillisecond;

// The cookie of the console is no one's business, should its owner look at an inbox with a browser.
Headers shown_headers(const Headers& headers) {
  Headers out = headers;
  for (auto& [name, value] : out) {
    if (value.find(kSessionCookie) != std::string::npos) value = "***";
  }
  return out;
}

ServerReply inbox_reply(int status, const Headers& headers, std::string body) {
  ServerReply reply;
  reply.status = status;
  reply.headers = headers;
  reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
  reply.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = std::move(body);
  return reply;
}

Error no_inbox() { return {Code::not_found, "inbox_not_found", "there is no such inbox", "", {}}; }

// Finds the inbox, checks the signatures and fills `in`: on a thread of the store, since bodies may be large.
Status prepare(Store& store, const Services& services, const ServerRequest& http, InboxRequest& in) {
  auto inbox = store.find_inbox(in.token);
  if (!inbox) return fail(std::move(inbox.error()));
  if (!*inbox) return fail(no_inbox());
  in.workspace_id = (*inbox)->workspace_id;
  auto secrets = store.live_signing_secrets(in.workspace_id, in.at);
  if (!secrets) return fail(std::move(secrets.error()));
  InboxHead head;
  head.method = http.method;
  head.path = http.path.substr(std::string_view("/in/").size() + in.token.size());
  head.query = http.query;
  head.peer = http.peer;
  head.headers = shown_headers(http.headers);
  head.signature = services.inboxes.check(*secrets, http.headers, http.body, in.at);
  in.size = static_cast<std::int64_t>(http.body.size());
  in.body = utf8_beginning(http.body, static_cast<std::size_t>(services.inboxes.max_body));
  head.body_truncated = in.body.size() < http.body.size();
  in.head = to_text(head);
  return {};
}

// When the one who listens leaves, or takes too long, the sender is told to come again.
Answer relayed_answer(Services& services, const InboxRequest& in) {
  const Timestamp until = services.clock.now() + kRelayTime;
  std::optional<InboxRelay::Reply> reply;
  while (!reply && services.clock.now() < until && services.live.relayed(in.token))
    reply = co_await services.relay.wait(in.request_id, std::min(services.clock.now() + kLookForListener, until));
  services.relay.forget(in.request_id);
  if (reply) co_return inbox_reply(reply->status, reply->headers, std::move(reply->body));
  const bool late = services.clock.now() >= until;
  const int status = late ? 504 : 503;
  co_await note_answered(services, in, status);
  co_return inbox_reply(status, {},
                        late ? "the one who listens to this inbox did not answer in time\n"
                             : "the one who listened to this inbox has left\n");
}

}  // namespace

// The sender has its answer whatever becomes of this.
Task<void> note_answered(Services& services, const InboxRequest& in, int status) {
  auto noted = co_await services.store.write(
      [&](Store& store) { return store.answered_inbox_request(in.workspace_id, in.token, in.request_id, status); });
  auto& changes = services.store.feeds().changes;
  if (noted && changes.wanted()) changes.offer({Change::Kind::inbox, in.workspace_id, in.token + "/" + in.request_id});
}

Answer receive(Services& services, const ServerRequest& http) {
  const auto token = inbox_token(http.path);
  if (!token) co_return fail(no_inbox());
  InboxRequest in;
  in.token = *token;
  in.request_id = new_id(services.clock, services.entropy);
  in.at = services.clock.now();
  auto ready = co_await services.store.read([&](Store& store) { return prepare(store, services, http, in); });
  if (!ready) co_return fail(std::move(ready.error()));
  const bool relayed = services.live.relayed(in.token);
  if (relayed) services.relay.expect(in.request_id);
  auto answer =
      co_await services.store.write([&](Store& store) { return store.take_in(in, !relayed, services.inboxes.limits); });
  if (!answer) {
    services.relay.forget(in.request_id);
    co_return fail(std::move(answer.error()));
  }
  auto& changes = services.store.feeds().changes;
  if (changes.wanted()) changes.offer({Change::Kind::inbox, in.workspace_id, in.token + "/" + in.request_id});
  if (relayed) co_return co_await relayed_answer(services, in);
  if (answer->delay_ms > 0) {
    const auto timer = services.clock.timer(services.executor);
    co_await timer->wait_until(services.clock.now() + answer->delay_ms * kMillisecond);
  }
  co_return inbox_reply(static_cast<int>(answer->status), answer->headers, std::move(answer->body));
}

}  // namespace wrapup::api
