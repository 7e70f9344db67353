#include <array>

#include "api/embedded.hpp"
#include "api/handlers.hpp"
#include "base/utf8.hpp"
#include "base/version.hpp"
#include "model/embedded.hpp"

namespace wrapup::api {

namespace {

constexpr auto kSchemas = std::to_array<std::string_view>(
    {"post-call-webhook", "call-requested", "call-inbound", "call-inbound-answer", "operations", "events", "report"});

ServerReply status_reply(std::string_view status) {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .key("status")
      .string(status)
      .member("version", std::string(kProgramVersion))
      .end_object();
  return json_reply(std::move(body));
}

}  // namespace

Answer health(Services&, const ApiRequest&) { co_return status_reply("ok"); }

// Ready means: the store answers, and would take new work. With for=reads the first of them will do.
Answer ready(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const std::string what = query.text("for");
  if (!what.empty() && what != "reads") query.wrong("for", "must be reads, or left out");
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto answered = co_await services.store.read([](Store& store) { return store.ping(); });
  if (!answered) co_return fail(Code::unavailable, "not_ready", "the store does not answer", answered.error().detail);
  if (what == "reads") co_return status_reply("ready");
  if (services.store.read_only()) {
    co_return fail(Code::unavailable, std::string(kReadOnly),
                   "this server only reads (read_only is set): it takes nothing new and delivers nothing; "
                   "/readyz?for=reads says whether it serves reads");
  }
  if (!services.store.has_lease(services.clock.monotonic())) {
    co_return fail(Code::unavailable, "not_ready",
                   "this node has lost its place among the others, and takes it again as soon as the database answers");
  }
  if (services.store.out_of_space()) {
    co_return fail(
        Code::unavailable, "not_ready",
        "the disk of the data folder is full or cannot be written to: nothing can be stored; make room there, "
        "and it goes on by itself");
  }
  if (services.intake.refuses_new()) {
    co_return fail(Code::unavailable, "not_ready",
                   "the database is as large as retention.max_bytes allows and nothing in it may go yet: new calls are "
                   "refused; raise retention.max_bytes, or let waiting deliveries end");
  }
  co_return status_reply("ready");
}

Answer metrics(Services& services, const ApiRequest&) {
  ServerReply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = services.metrics.text();
  co_return reply;
}

// Those beside the payload's are made from docs/openapi.yaml when the program is built.
Answer schemas(Services&, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  co_return json_reply(envelope("ok", [](JsonWriter& out) {
    out.key("schemas").begin_array();
    for (const auto name : kSchemas) out.string("/v2/schemas/" + std::string(name) + ".json");
    out.end_array();
  }));
}

Answer schema(Services&, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  const std::string& wanted = request.param("schema");
  for (const auto name : kSchemas) {
    if (wanted != std::string(name) + ".json") continue;
    ServerReply reply;
    reply.content_type = "application/schema+json";
    reply.body = name == kSchemas.front() ? model_file("schemas/post-call-webhook.schema.json").value_or("")
                                          : api_file("schemas/" + wanted).value_or("");
    co_return reply;
  }
  co_return fail(Code::not_found, "schema_not_found",
                 "there is no schema " + std::string(utf8_beginning(wanted, 100)) + "; GET /v2/schemas lists them");
}

Answer openapi(Services&, const ApiRequest&) {
  ServerReply reply;
  reply.body = api_file("schemas/openapi.json").value_or("");
  co_return reply;
}

Answer asyncapi(Services&, const ApiRequest&) {
  ServerReply reply;
  reply.body = api_file("schemas/asyncapi.json").value_or("");
  co_return reply;
}

}  // namespace wrapup::api
