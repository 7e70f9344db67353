// One connection of libpq, and how every one is made. Private to the driver.
#pragma once

#include <array>
#include <libpq-fe.h>
#include <memory>
#include <string>

namespace wrapup::sql {

struct FinishLink {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Link = std::unique_ptr<PGconn, FinishLink>;

/// To the primary of the URL's hosts, or as `target` says; PQstatus says whether it stands. A peer that is gone is
/// noticed within seconds. `application` and the times can be set otherwise by the URL; `options` cannot.
inline Link make_link(const std::string& url, const char* application, const std::string& options,
                      const char* target = "primary") {
  const std::array<const char*, 11> keys{"fallback_application_name",
                                         "connect_timeout",
                                         "tcp_user_timeout",
                                         "keepalives_idle",
                                         "keepalives_interval",
                                         "keepalives_count",
                                         "dbname",
                                         "options",
                                         "client_encoding",
                                         "target_session_attrs",
                                         nullptr};
  const std::array<const char*, 11> values{application,     "3",    "5000", "5",    "2", "3", url.c_str(),
                                           options.c_str(), "UTF8", target, nullptr};
  return Link(PQconnectdbParams(keys.data(), values.data(), 1));
}

}  // namespace wrapup::sql
