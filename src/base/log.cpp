#include "base/log.hpp"

#include <atomic>
#include <cstdio>

#include "base/clock.hpp"
#include "base/time.hpp"

namespace wrapup {

namespace {

std::atomic<LogLevel> g_level{LogLevel::info};

void append_value(std::string& line, std::string_view value) {
  const bool bare = !value.empty() && value.find_first_of(" =\"\\\n\r\t") == std::string_view::npos;
  if (!bare) line += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      line += escaped;
    } else {
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
  }
  if (!bare) line += '"';
}

void write(LogLevel level, std::string_view name, std::string_view event, LogFields fields) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  std::string line = format_utc(SystemClock().now());
  line.append(" level=").append(name).append(" event=").append(event);
  for (const auto& [key, value] : fields) {
    line.append(" ").append(key).append("=");
    append_value(line, value);
  }
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void set_log_level(LogLevel level) { g_level = level; }

void log_debug(std::string_view event, LogFields fields) { write(LogLevel::debug, "debug", event, fields); }
void log_info(std::string_view event, LogFields fields) { write(LogLevel::info, "info", event, fields); }
void log_warning(std::string_view event, LogFields fields) { write(LogLevel::warning, "warning", event, fields); }
void log_error(std::string_view event, LogFields fields) { write(LogLevel::error, "error", event, fields); }

}  // namespace wrapup
