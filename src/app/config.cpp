#include "app/config.hpp"

#include <algorithm>
#include <string_view>
#include <unistd.h>

#include <toml++/toml.h>

#include "app/master_key.hpp"
#include "app/settings.hpp"
#include "app/text_file.hpp"
#include "base/fields.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxFile = 1024 * 1024;
constexpr std::size_t kMaxModelKey = 4096;

using Problems = std::vector<FieldError>;

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "a number";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::none: break;
    default: return "a date or time";
  }
  return "nothing";
}

/// What stands in the file, in the order in which it stands there.
struct Entry {
  toml::source_position at;
  const Setting* setting;  // null: `value.shown` says what is wrong
  SettingValue value;
};

class FileReader {
 public:
  explicit FileReader(std::string path) : path_(std::move(path)) {}

  void apply(const toml::table& root, Config& config, Problems& problems) {
    read_section(root, "");
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
    });
    for (const Entry& entry : entries_) {
      if (entry.setting) {
        apply_setting(*entry.setting, entry.value, config, problems);
      } else {
        problems.push_back({entry.value.place, entry.value.shown});
      }
    }
  }

  std::string place(toml::source_position at) const {
    return path_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  }

 private:
  void read_section(const toml::table& table, std::string_view section) {
    for (const auto& [key, node] : table) {
      const auto at = key.source().begin;
      const auto known = std::ranges::find_if(
          settings(), [&](const Setting& setting) { return setting.section == section && setting.key == key.str(); });
      if (known != settings().end()) {
        entries_.push_back({at, &*known, value_of(node)});
      } else if (section.empty() && is_section(key.str())) {
        const auto* inner = node.as_table();
        if (inner) {
          read_section(*inner, key.str());
        } else {
          wrong(at, std::string(key.str()) + " must be a table, written as [" + std::string(key.str()) + "], not " +
                        std::string(kind_of(node)));
        }
      } else {
        unknown(at, section, key.str(), node.is_table());
      }
    }
  }

  static bool is_section(std::string_view name) {
    return !name.empty() && std::ranges::any_of(settings(), [&](const Setting& s) { return s.section == name; });
  }

  void unknown(toml::source_position at, std::string_view section, std::string_view key, bool table) {
    const std::string name = (section.empty() ? "" : std::string(section) + ".") + std::string(key);
    std::vector<std::string_view> near;
    for (const Setting& setting : settings()) {
      if (!table && setting.section == section) near.push_back(setting.key);
      if (table && section.empty() && !setting.section.empty()) near.push_back(setting.section);
    }
    std::string words = name + " is not a known " + (table && section.empty() ? "section" : "setting");
    if (const auto nearest = nearest_name(key, near); !nearest.empty()) {
      words += "; did you mean " + std::string(nearest) + "?";
    } else if (const auto home = std::ranges::find_if(settings(), [&](const Setting& s) { return s.key == key; });
               home != settings().end()) {
      words += "; " + std::string(key) + " stands " +
               (home->section.empty() ? "at the top, before the first section"
                                      : "under [" + std::string(home->section) + "]");
    } else {
      words += "; `wrapup config print` shows all there are";
    }
    wrong(at, std::move(words));
  }

  void wrong(toml::source_position at, std::string words) {
    SettingValue value;
    value.place = place(at);
    value.shown = std::move(words);
    entries_.push_back({at, nullptr, std::move(value)});
  }

  SettingValue value_of(const toml::node& node) const {
    SettingValue value;
    value.place = place(node.source().begin);
    value.shown = kind_of(node);
    if (const auto* text = node.as_string()) {
      value.kind = SettingValue::Kind::text;
      value.text = text->get();
      value.shown = to_text(json::value(value.text));
    } else if (const auto* number = node.as_integer()) {
      value.kind = SettingValue::Kind::integer;
      value.integer = number->get();
      value.shown = "the number " + std::to_string(value.integer);
    } else if (const auto* flag = node.as_boolean()) {
      value.kind = SettingValue::Kind::flag;
      value.flag = flag->get();
      value.shown = value.flag ? "true" : "false";
    } else if (const auto* array = node.as_array()) {
      value.kind = SettingValue::Kind::list;
      // Of a list within a list no more than its kind is needed.
      for (const auto& element : *array)
        value.elements.push_back(element.is_array() ? list_in_list(element) : value_of(element));
    }
    return value;
  }

  SettingValue list_in_list(const toml::node& node) const {
    SettingValue value;
    value.place = place(node.source().begin);
    value.shown = kind_of(node);
    return value;
  }

  std::string path_;
  std::vector<Entry> entries_;
};

void apply_file(const std::string& path, Config& config, Problems& problems) {
  const auto text = read_text_file(path, kMaxFile);
  if (!text) {
    problems.push_back({path, text.error().message});
    return;
  }
  FileReader reader(path);
  try {
    const toml::table root = toml::parse(std::string_view(*text), std::string_view(path));
    reader.apply(root, config, problems);
  } catch (const toml::parse_error& error) {
    problems.push_back({reader.place(error.source().begin), "this is not TOML: " + std::string(error.description())});
  }
}

/// The keys themselves stand in the environment only, and an error does not show them.
void apply_master_key(const Environment& environment, Config& config, Problems& problems) {
  const auto found = environment.find("WRAPUP_MASTER_KEY");
  if (found == environment.end() || found->second.empty()) return;
  config.master_key = found->second;
  const auto keys = read_master_keys(config.master_key, ',');
  if (!keys) problems.push_back({found->first, keys.error().message});
}

void apply_environment(const Environment& environment, Config& config, Problems& problems) {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) {
    names.push_back(setting.variable());
    const auto found = environment.find(names.back());
    // An empty variable is how a container says that it is not set.
    if (found == environment.end() || found->second.empty()) continue;
    apply_setting(setting, setting_value(setting, found->first, found->second), config, problems);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const auto& [name, value] : environment) {
    // WRAPUP_BIN and the like are other programs' business; a name that begins like a section is meant for us.
    const bool ours = std::ranges::any_of(settings(), [&](const Setting& setting) {
      return !setting.section.empty() && name.starts_with(setting.variable().substr(0, 8 + setting.section.size()));
    });
    if (!ours || std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto nearest = nearest_name(name, known);
    problems.push_back(
        {name, "is not a known setting" + (nearest.empty() ? "" : "; did you mean " + std::string(nearest) + "?")});
  }
}

/// The key of the model's server, from where the settings say it is; an error does not show it.
void apply_model_key(const Environment& environment, Config& config, Problems& problems) {
  auto& model = config.model;
  if (!model.api_key_env.empty()) {
    const auto found = environment.find(model.api_key_env);
    if (found == environment.end() || found->second.empty())
      problems.push_back({"model.api_key_env", "names the variable " + model.api_key_env + ", which is not set"});
    else
      model.api_key = found->second;
  } else if (!model.api_key_file.empty()) {
    auto text = read_text_file(model.api_key_file, kMaxModelKey);
    if (!text) {
      problems.push_back({model.api_key_file, text.error().message});
      return;
    }
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' ')) text->pop_back();
    model.api_key = std::move(*text);
  }
  const bool printable = std::ranges::all_of(model.api_key, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable) problems.push_back({"model", "the key of its server must be printable ASCII without spaces"});
  if (model.base_url.empty() != model.name.empty())
    problems.push_back({"model", "base_url and name go together: give both, or none"});
}

void apply_flags(const ConfigSources& sources, Config& config, Problems& problems) {
  for (const auto& [name, text] : sources.flags) {
    const auto known = std::ranges::find_if(settings(), [&](const Setting& setting) { return setting.name() == name; });
    if (known != settings().end()) apply_setting(*known, setting_value(*known, "--" + name, text), config, problems);
  }
}

}  // namespace

Environment read_environment() {
  Environment environment;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

Result<Config> load_config(const ConfigSources& sources) {
  Config config;
  Problems problems;
  if (!sources.file.empty()) apply_file(sources.file, config, problems);
  apply_environment(sources.environment, config, problems);
  apply_master_key(sources.environment, config, problems);
  apply_flags(sources, config, problems);
  apply_model_key(sources.environment, config, problems);
  if (!config.database.empty() && config.retention.max_bytes > 0)
    problems.push_back({"retention.max_bytes",
                        "is for SQLite alone: PostgreSQL does not say how much of its files is free; leave it out, and "
                        "keep by age (retention.calls, retention.logs)"});
  if (problems.empty()) return config;
  Error error{Code::invalid, "invalid_config", "", "", std::move(problems)};
  for (const auto& [path, message] : error.fields) {
    error.message += (error.message.empty() ? "" : "\n") + path + ": " + message;
  }
  return fail(std::move(error));
}

}  // namespace wrapup
