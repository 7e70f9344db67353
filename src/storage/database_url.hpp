// What the place of a database says about it.
#pragma once

#include <string>
#include <string_view>

namespace wrapup {

/// "postgres://…" and "postgresql://…"; anything else is the path of a SQLite file.
bool is_postgres_url(std::string_view place);

/// `url` without its password, for messages.
std::string without_password(const std::string& url);

}  // namespace wrapup
