#include "model/api_key.hpp"

#include <array>
#include <utility>

namespace wrapup {

namespace {

constexpr auto kNames = std::to_array<std::pair<Scope, std::string_view>>({{Scope::calls_read, "calls:read"},
                                                                           {Scope::calls_write, "calls:write"},
                                                                           {Scope::events_write, "events:write"},
                                                                           {Scope::admin, "admin"}});

}  // namespace

std::string_view to_string(Scope scope) {
  for (const auto& [known, name] : kNames) {
    if (known == scope) return name;
  }
  return "";
}

std::optional<Scope> scope_from(std::string_view name) {
  for (const auto& [scope, known] : kNames) {
    if (known == name) return scope;
  }
  return {};
}

Scopes Scopes::from_text(std::string_view text) {
  Scopes scopes;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    if (const auto scope = scope_from(text.substr(0, end))) scopes.add(*scope);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return scopes;
}

std::string Scopes::text(std::string_view between) const {
  std::string out;
  for (const auto& [scope, name] : kNames) {
    if (has(scope)) out.append(out.empty() ? "" : between).append(name);
  }
  return out;
}

Status check_scope(const Scopes& scopes, Scope wanted) {
  if (scopes.allows(wanted)) return {};
  const std::string name(to_string(wanted));
  return fail(Code::forbidden, "missing_scope",
              "this needs a key with the scope " + name + "; this one has " + scopes.text(", ") +
                  " (POST /v2/keys or wrapup key create --scope " + name + " makes one)");
}

}  // namespace wrapup
