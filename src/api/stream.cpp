// GET /v2/stream: what happens, as it happens. See api/live.hpp.
#include <charconv>

#include "api/handlers.hpp"

namespace wrapup::api {

namespace {

// Which kinds of events are wanted; all of them when nothing is said.
void read_types(Query& query, LiveWish& wish) {
  const std::string types = query.text("types");
  if (types.empty()) return;
  wish.calls = wish.attempts = wish.inbox = false;
  for (std::string_view rest = types; !rest.empty();) {
    const std::string_view type = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(type.size() + 1, rest.size()));
    if (type == "call") {
      wish.calls = true;
    } else if (type == "attempt") {
      wish.attempts = true;
    } else if (type == "inbox") {
      wish.inbox = true;
    } else {
      return query.wrong("types", "must be some of call, attempt, inbox, with a comma between");
    }
  }
}

bool read_flag(Query& query, std::string_view name) {
  const std::string text = query.text(name);
  if (!text.empty() && text != "0" && text != "1") query.wrong(name, "must be 0 or 1");
  return text == "1";
}

Result<std::optional<Timestamp>> last_event(const ApiRequest& request) {
  const auto* text = request.http.header("Last-Event-ID");
  if (!text || text->empty()) return std::optional<Timestamp>();
  Timestamp at = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), at);
  if (read.ec != std::errc() || read.ptr != text->data() + text->size() || at < 0) {
    return fail(Code::invalid, "invalid_request", "Last-Event-ID must be the id of an event of this stream");
  }
  return std::optional<Timestamp>(at);
}

}  // namespace

Answer live_stream(Services& services, const ApiRequest& request) {
  Query query(request.query);
  LiveWish wish;
  wish.workspace_id = request.workspace_id;
  wish.key_id = request.key_id;
  wish.session = request.session;
  read_types(query, wish);
  wish.call_id = query.text("call_id");
  wish.token = query.text("token");
  wish.bodies = read_flag(query, "bodies");
  wish.relay = read_flag(query, "relay");
  if (wish.relay && wish.token.empty())
    query.wrong("relay", "needs the token of the inbox whose requests are answered");
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  if (wish.relay) {
    if (auto may = check_scope(request.scopes, Scope::admin); !may) co_return fail(std::move(may.error()));
    auto inbox =
        co_await services.store.read([&](Store& store) { return store.get_inbox(wish.workspace_id, wish.token); });
    if (!inbox) co_return fail(std::move(inbox.error()));
  }
  auto after = last_event(request);
  if (!after) co_return fail(std::move(after.error()));
  wish.after = *after;
  auto stream = services.live.open(std::move(wish));
  if (!stream) co_return fail(std::move(stream.error()));
  ServerReply reply;
  reply.content_type = "text/event-stream";
  // nginx would gather it.
  reply.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  reply.stream = std::move(*stream);
  co_return reply;
}

}  // namespace wrapup::api
