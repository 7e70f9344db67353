// The log: one line an event on stderr, logfmt (key=value) with the time first. Thread-safe. Secrets are never passed
// in.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace wrapup {

enum class LogLevel { debug, info, warning, error, off };

void set_log_level(LogLevel level);

using LogFields = std::initializer_list<std::pair<std::string_view, std::string>>;

/// `event` is snake_case: "delivery_failed". Values are quoted where needed; control characters are escaped.
void log_debug(std::string_view event, LogFields fields = {});
void log_info(std::string_view event, LogFields fields = {});
void log_warning(std::string_view event, LogFields fields = {});
void log_error(std::string_view event, LogFields fields = {});

}  // namespace wrapup
