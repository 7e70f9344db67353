#include "api/console.hpp"

#include "api/handlers.hpp"
#include "base/utf8.hpp"

namespace wrapup::api {

namespace {

// Everything comes from here, and nothing is run or styled that does not stand in a file of ours: text of callers and
// receivers that reaches the page in whatever way stays text.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types "
    "'none'";

const ConsoleFile* find(std::string_view path) {
  for (const auto& file : console_files()) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

bool takes_gzip(const ServerRequest& request) {
  const auto* accept = request.header("Accept-Encoding");
  return accept && accept->find("gzip") != std::string::npos && accept->find("gzip;q=0") == std::string::npos;
}

ServerReply reply_with(const ConsoleFile& file, const ServerRequest& request, std::string_view caching) {
  ServerReply reply;
  reply.content_type = file.type;
  reply.headers = {{"Cache-Control", std::string(caching)},
                   {"Vary", "Accept-Encoding"},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Referrer-Policy", "no-referrer"},
                   {"Cross-Origin-Opener-Policy", "same-origin"},
                   {"Cross-Origin-Resource-Policy", "same-origin"},
                   {"Content-Security-Policy", std::string(kPolicy)}};
  if (!file.gzip.empty() && takes_gzip(request)) {
    reply.headers.emplace_back("Content-Encoding", "gzip");
    reply.body = file.gzip;
  } else {
    reply.body = file.bytes;
  }
  return reply;
}

}  // namespace

Answer console_index(Services&, const ApiRequest& request) {
  const auto* file = find("index.html");
  if (!file) co_return fail(Code::internal, "internal_error", "the console was not built in");
  co_return reply_with(*file, request.http, "no-store");
}

// The names of assets change with their content.
Answer console_asset(Services&, const ApiRequest& request) {
  const auto* file = find("assets/" + request.param("file"));
  if (!file)
    co_return fail(Code::not_found, "route_not_found",
                   "there is no file /assets/" + std::string(utf8_beginning(request.param("file"), 100)));
  co_return reply_with(*file, request.http, "public, max-age=31536000, immutable");
}

}  // namespace wrapup::api
