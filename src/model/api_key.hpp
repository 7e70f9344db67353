// An API key: whose it is and what it may do. The key itself is nowhere but with its holder; what is kept is its hash.
// Pure. Used by the API, which checks the scope of each route, and by whatever makes keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace wrapup {

/// What a key may do. `admin` includes the others.
enum class Scope : unsigned { none = 0, calls_read = 1, calls_write = 2, events_write = 4, admin = 8 };

/// A set of them.
class Scopes {
 public:
  static Scopes all() { return Scopes(15); }
  /// Names with spaces between, as they are stored; unknown ones are left out.
  static Scopes from_text(std::string_view text);

  void add(Scope scope) { bits_ |= static_cast<unsigned>(scope); }
  bool has(Scope scope) const { return (bits_ & static_cast<unsigned>(scope)) != 0; }
  bool allows(Scope scope) const { return scope == Scope::none || has(scope) || has(Scope::admin); }
  bool empty() const { return bits_ == 0; }
  /// The names, in the order of `scope_names`, with `between` between them.
  std::string text(std::string_view between = " ") const;
  bool operator==(const Scopes&) const = default;

  Scopes() = default;

 private:
  explicit Scopes(unsigned bits) : bits_(bits) {}
  unsigned bits_ = 0;
};

std::string_view to_string(Scope scope);
/// "calls:read", "calls:write", "events:write", "admin".
std::optional<Scope> scope_from(std::string_view name);
/// All names, for messages.
inline constexpr std::string_view kScopeNames = "calls:read, calls:write, events:write, admin";

struct ApiKey {
  std::string workspace_id;
  std::string key_id;
  std::string prefix;  // the first characters, to tell keys apart in lists
  std::string name;
  Timestamp created_at = 0;
  std::optional<Timestamp> revoked_at;
  Scopes scopes = Scopes::all();
};

/// 403 `missing_scope`, which names the scope that is missing and those that are there.
Status check_scope(const Scopes& scopes, Scope wanted);

}  // namespace wrapup
