// Inboxes as their owner sees them: made, listed, told what to answer. What comes to them is in receive.cpp and
// inbox_requests.cpp.
#include <array>

#include "api/handlers.hpp"
#include "base/time.hpp"

namespace wrapup::api {

namespace {

constexpr std::size_t kMaxName = 200;

void write_inbox(JsonWriter& out, const Services& services, const Inbox& inbox, const InboxUse& use) {
  out.member("token", inbox.token).member("url", services.inboxes.own.url_of(inbox.token)).member("name", inbox.name);
  out.member("created_at", format_utc(inbox.created_at)).member("answer", to_json(inbox.answer)).key("answers_left");
  inbox.answers_left ? out.integer(*inbox.answers_left) : out.null();
  out.member("requests", use.requests).member("bytes", use.bytes).key("last_at");
  use.last_at ? out.string(format_utc(*use.last_at)) : out.null();
  out.member("relayed", services.live.relayed(inbox.token));
}

// Changes what is there; null takes the answer back to 200.
Status read_wish(const json::object& body, Inbox& inbox) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  inbox.name = fields.text("name", kMaxName).value_or(inbox.name);
  const auto* answer = fields.object("answer");
  if (answer || body.contains("answer")) {
    inbox.answer = answer ? read_inbox_answer(*answer, "/answer", errors) : InboxAnswer();
    inbox.answers_left = inbox.answer.times;
  }
  fields.done();
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return {};
}

}  // namespace

Answer create_inbox(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  json::object body;
  if (!request.http.body.empty()) {
    auto parsed = request.object();
    if (!parsed) co_return fail(std::move(parsed.error()));
    body = std::move(*parsed);
  }
  Inbox inbox;
  inbox.workspace_id = request.workspace_id;
  std::array<unsigned char, OwnInboxes::kTokenSize / 2> random{};
  services.entropy.fill(random);
  inbox.token = to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
  inbox.created_at = services.clock.now();
  if (auto fine = read_wish(body, inbox); !fine) co_return fail(std::move(fine.error()));
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    if (auto added = store.add_inbox(inbox); !added) return fail(std::move(added.error()));
    return envelope("success", [&](JsonWriter& out) { write_inbox(out, services, inbox, {}); });
  });
}

Answer list_inboxes(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  using All = std::vector<std::pair<Inbox, InboxUse>>;
  auto all = co_await services.store.read([&](Store& store) -> Result<All> {
    auto inboxes = store.list_inboxes(request.workspace_id);
    if (!inboxes) return fail(std::move(inboxes.error()));
    All out;
    for (auto& inbox : *inboxes) {
      auto use = store.inbox_use(inbox.workspace_id, inbox.token);
      if (!use) return fail(std::move(use.error()));
      out.emplace_back(std::move(inbox), *use);
    }
    return out;
  });
  if (!all) co_return fail(std::move(all.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("inboxes").begin_array();
    for (const auto& [inbox, use] : *all) {
      out.begin_object();
      write_inbox(out, services, inbox, use);
      out.end_object();
    }
    out.end_array().member("total", static_cast<std::int64_t>(all->size()));
  }));
}

Answer get_inbox(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  using Found = std::pair<Inbox, InboxUse>;
  auto found = co_await services.store.read([&](Store& store) -> Result<Found> {
    auto inbox = store.get_inbox(request.workspace_id, request.param("token"));
    if (!inbox) return fail(std::move(inbox.error()));
    auto use = store.inbox_use(inbox->workspace_id, inbox->token);
    if (!use) return fail(std::move(use.error()));
    return Found(std::move(*inbox), *use);
  });
  if (!found) co_return fail(std::move(found.error()));
  co_return json_reply(
      envelope("ok", [&](JsonWriter& out) { write_inbox(out, services, found->first, found->second); }));
}

Answer put_inbox(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto inbox = store.get_inbox(request.workspace_id, request.param("token"));
    if (!inbox) return fail(std::move(inbox.error()));
    if (auto fine = read_wish(*body, *inbox); !fine) return fail(std::move(fine.error()));
    if (auto put = store.put_inbox(*inbox); !put) return fail(std::move(put.error()));
    auto use = store.inbox_use(inbox->workspace_id, inbox->token);
    if (!use) return fail(std::move(use.error()));
    return envelope("success", [&](JsonWriter& out) { write_inbox(out, services, *inbox, *use); });
  });
}

Answer delete_inbox(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    if (auto gone = store.delete_inbox(request.workspace_id, request.param("token")); !gone)
      return fail(std::move(gone.error()));
    return envelope("success", [](JsonWriter& out) { out.member("answer", "ok"); });
  });
}

}  // namespace wrapup::api
