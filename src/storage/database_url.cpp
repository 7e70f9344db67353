#include "storage/database_url.hpp"

namespace wrapup {

bool is_postgres_url(std::string_view url) {
  return url.starts_with("postgres://") || url.starts_with("postgresql://");
}

std::string without_password(const std::string& url) {
  const auto host = url.find("://") + 3;
  const auto at = url.find('@', host);
  const auto colon = url.find(':', host);
  if (at == std::string::npos || colon == std::string::npos || colon > at) return url;
  return url.substr(0, colon) + url.substr(at);
}

}  // namespace wrapup
