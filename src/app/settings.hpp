// Every setting, described once: this table drives the TOML file, the environment, `wrapup config print` and the
// documentation. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.hpp"

namespace wrapup {

enum class SettingKind {
  folder,
  file,
  url,
  proxy,
  database,
  text,
  listen,
  integer,
  size,
  flag,
  duration,
  durations,
  networks,
  level
};

struct Setting {
  /// Where the value lives in a Config; durations and sizes are integers.
  using Target = std::variant<std::string*, std::int64_t*, bool*, std::vector<std::int64_t>*, std::vector<std::string>*,
                              LogLevel*>;

  std::string_view section;  // empty at the top level
  std::string_view key;
  SettingKind kind;
  std::int64_t min;  // of a number, or of each element; 0 and 0: does not apply
  std::int64_t max;
  std::string_view help;
  Target (*target)(Config&);

  std::string name() const;      // "delivery.timeout"
  std::string variable() const;  // "WRAPUP_DELIVERY_TIMEOUT"
};

std::span<const Setting> settings();

/// A value as it was written, with its place: "wrapup.toml:3:5", "WRAPUP_LISTEN", "--listen".
struct SettingValue {
  enum class Kind { flag, integer, text, list, other };

  Kind kind = Kind::other;
  std::string place;
  std::string text;   // of a text
  std::string shown;  // the value in words, for errors
  std::int64_t integer = 0;
  bool flag = false;
  std::vector<SettingValue> elements;
};

/// The text of an environment variable or flag, read as `setting` needs it; a list is written with commas.
SettingValue setting_value(const Setting& setting, std::string place, std::string_view text);

/// Puts `value` into `config`, or adds to `problems` what is wrong with it.
void apply_setting(const Setting& setting, const SettingValue& value, Config& config,
                   std::vector<FieldError>& problems);

/// `config` as a TOML file with a comment on each setting; load_config reads it back.
std::string print_config(const Config& config);

}  // namespace wrapup
