// The documentation, rendered from docs/ when the program was built.
#include "api/embedded.hpp"
#include "api/handlers.hpp"
#include "base/utf8.hpp"

namespace wrapup::api {

namespace {

// No script runs there at all.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

ServerReply page_reply(std::string_view bytes, std::string_view type) {
  ServerReply reply;
  reply.body = bytes;
  reply.content_type = type;
  reply.headers = {{"Cache-Control", "no-cache"},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Referrer-Policy", "no-referrer"},
                   {"Content-Security-Policy", std::string(kPolicy)}};
  return reply;
}

}  // namespace

Answer docs_index(Services&, const ApiRequest&) {
  co_return page_reply(api_file("docs/quick-start.html").value_or(""), "text/html; charset=utf-8");
}

Answer docs_page(Services&, const ApiRequest& request) {
  const std::string& page = request.param("page");
  if (page == "style.css") co_return page_reply(api_file("docs/style.css").value_or(""), "text/css; charset=utf-8");
  const auto found = api_file("docs/" + page + ".html");
  if (found) co_return page_reply(*found, "text/html; charset=utf-8");
  co_return fail(Code::not_found, "route_not_found",
                 "there is no page " + std::string(utf8_beginning(page, 100)) + "; /docs shows those there are");
}

}  // namespace wrapup::api
