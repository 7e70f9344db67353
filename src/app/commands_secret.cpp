#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/data_folder.hpp"
#include "app/master_key.hpp"
#include "base/entropy.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "storage/access.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kResealedAtOnce = 200;  // in one commit, so that a server beside it waits for none of them long

/// What every command on secrets needs: a data folder that is there, and the world.
struct Visit {
  Config config;
  SystemClock clock;
  SystemEntropy entropy;

  template <class Verb>
  auto run(Verb verb) {
    return visit_store(config, clock, std::move(verb));
  }
};

/// The exit code when the folder cannot be visited.
std::optional<int> enter(Visit& visit, const ConfigSources& sources) {
  auto config = load_config(sources);
  if (!config) return report_error(config.error());
  visit.config = std::move(*config);
  if (const auto there = check_database(visit.config); !there) return report_error(there.error());
  return {};
}

Result<SigningSecret> find(Store& store, const std::string& secret_id) {
  auto all = store.all_signing_secrets();
  if (!all) return fail(std::move(all.error()));
  for (auto& secret : *all) {
    if (secret.secret_id == secret_id) return std::move(secret);
  }
  return fail(Code::not_found, "secret_not_found",
              "there is no signing secret with that id; `wrapup secret list` shows the ids");
}

/// What the receiver needs goes to stdout alone, so that a script can take it. The signing key of Ed25519 stays here.
void show(const NewSecret& made) {
  const bool shared = made.row.kind == SecretKind::hmac;
  fmt::print("{}\n", shared ? made.text : made.row.public_key);
  std::fflush(stdout);
  fmt::print(stderr, "This is the {} {} of the workspace {}{}.\n", shared ? "signing secret" : "public key of",
             made.row.secret_id, made.row.workspace_id,
             shared ? ", shown only now" : "; receivers check v1a signatures with it");
}

std::string time_or_dash(const std::optional<Timestamp>& at) { return at ? format_utc(*at) : "-"; }

/// Seals again what was not sealed with the first key, and lets go of what signs no more.
Result<std::size_t> reseal_some(Store& store, const SecretBox& box, Entropy& entropy, Timestamp now,
                                const std::vector<SigningSecret>& secrets, std::size_t begin, std::size_t end) {
  std::size_t done = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const SigningSecret& secret = secrets[i];
    std::string sealed;
    if (signs(secret, now)) {
      const auto text = box.open(secret.sealed, place_of(secret));
      if (!text) return fail(text.error());
      sealed = box.seal(*text, place_of(secret), entropy);
    }
    const auto written = store.reseal_signing_secret(secret, sealed);
    if (!written) return fail(written.error());
    if (*written) ++done;
  }
  return done;
}

/// Gives up the secrets that no key opens: each has a new one of its kind in its place.
Result<std::vector<NewSecret>> replace_lost(Store& store, const AccessTools& tools) {
  const auto all = store.all_signing_secrets();
  if (!all) return fail(all.error());
  std::vector<NewSecret> made;
  for (const SigningSecret& secret : *all) {
    if (!signs(secret, tools.clock.now()) || tools.box.open(secret.sealed, place_of(secret))) continue;
    if (state_of(secret, tools.clock.now()) == SecretState::live) {
      made.push_back(make_secret(tools, secret.workspace_id, secret.kind, secret.name));
      const auto rotated = store.rotate_signing_secret(secret.secret_id, tools.clock.now(), made.back().row);
      if (!rotated) return fail(rotated.error());
    }
    const auto gone = store.revoke_signing_secret(secret.workspace_id, secret.secret_id, tools.clock.now());
    if (!gone) return fail(gone.error());
  }
  return made;
}

/// Keys of models and settings of endpoints that no key opens; each is said.
Status give_up_lost_values(Store& store, const SecretBox& box) {
  const auto values = store.sealed_values();
  if (!values) return fail(values.error());
  for (const SealedValue& value : *values) {
    if (box.open(value.sealed, value.place)) continue;
    if (auto gone = store.reseal_value(value, ""); !gone) return fail(gone.error());
    const bool model = value.endpoint_id.empty();
    fmt::print(stderr, "{} of {} {} {} lost; set {} anew.\n", model ? "The key of the model" : "The settings",
               model ? "workspace" : "endpoint", model ? value.workspace_id : value.endpoint_id, model ? "is" : "are",
               model ? "it" : "them");
  }
  return {};
}

Result<std::size_t> reseal_values(Store& store, const SecretBox& box, Entropy& entropy,
                                  const std::vector<SealedValue>& values, std::size_t begin, std::size_t end) {
  std::size_t done = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const SealedValue& value = values[i];
    const auto text = box.open(value.sealed, value.place);
    if (!text) return fail(text.error());
    const auto written = store.reseal_value(value, box.seal(*text, value.place, entropy));
    if (!written) return fail(written.error());
    if (*written) ++done;
  }
  return done;
}

int reseal_all(Visit& visit, const SecretBox& box) {
  auto secrets = visit.run([](Store& store) { return store.all_signing_secrets(); });
  if (!secrets) return report_error(secrets.error());
  auto values = visit.run([](Store& store) { return store.sealed_values(); });
  if (!values) return report_error(values.error());
  const std::size_t total = secrets->size();
  const std::size_t total_values = values->size();
  std::erase_if(*values, [&](const SealedValue& value) { return box.current(value.sealed); });
  std::erase_if(*secrets,
                [&](const SigningSecret& secret) { return secret.sealed.empty() || box.current(secret.sealed); });
  std::size_t done = 0;
  for (std::size_t begin = 0; begin < secrets->size(); begin += kResealedAtOnce) {
    const std::size_t end = std::min(begin + kResealedAtOnce, secrets->size());
    const auto some = visit.run(
        [&](Store& store) { return reseal_some(store, box, visit.entropy, visit.clock.now(), *secrets, begin, end); });
    if (!some) return report_error(some.error());
    done += *some;
    fmt::print(stderr, "{} of {}\n", end, secrets->size());
  }
  std::size_t values_done = 0;
  for (std::size_t begin = 0; begin < values->size(); begin += kResealedAtOnce) {
    const std::size_t end = std::min(begin + kResealedAtOnce, values->size());
    const auto some =
        visit.run([&](Store& store) { return reseal_values(store, box, visit.entropy, *values, begin, end); });
    if (!some) return report_error(some.error());
    values_done += *some;
  }
  const std::string key = box.key_ids().substr(0, box.key_ids().find(','));
  fmt::print("Resealed {} of {} secrets with the key {}.\n", done, total, key);
  if (total_values > 0)
    fmt::print("Resealed {} of {} keys of models and settings of endpoints with it.\n", values_done, total_values);
  return kDone;
}

}  // namespace

int secret_list_command(const ConfigSources& sources, const std::string& workspace) {
  Visit visit;
  if (const auto code = enter(visit, sources)) return *code;
  const auto secrets = visit.run([](Store& store) { return store.all_signing_secrets(); });
  if (!secrets) return report_error(secrets.error());
  constexpr auto kRow = "{:<36}  {:<12}  {:<7}  {:<8}  {:<24}  {:<24}  {:<24}  {}\n";
  fmt::print(fmt::runtime(kRow), "secret id", "workspace", "kind", "state", "created", "expires", "revoked", "name");
  for (const SigningSecret& secret : *secrets) {
    if (!workspace.empty() && secret.workspace_id != workspace) continue;
    fmt::print(fmt::runtime(kRow), secret.secret_id, secret.workspace_id, to_string(secret.kind),
               to_string(state_of(secret, visit.clock.now())), format_utc(secret.created_at),
               time_or_dash(secret.expires_at), time_or_dash(secret.revoked_at), secret.name);
  }
  return kDone;
}

int secret_create_command(const ConfigSources& sources, const std::string& workspace, const std::string& kind,
                          const std::string& name) {
  const auto wanted = secret_kind_from(kind);
  if (!wanted || !is_secret_name(name)) {
    fmt::print(stderr, "{}",
               wanted ? "wrapup: --name: at most 200 bytes, and no control characters\n"
                      : "wrapup: --kind: hmac or ed25519\n");
    return kWronglyCalled;
  }
  Visit visit;
  if (const auto code = enter(visit, sources)) return *code;
  const auto box = open_secret_box(visit.config, visit.clock, visit.entropy);
  if (!box) return report_error(box.error());
  const NewSecret made = make_secret({visit.clock, visit.entropy, *box}, workspace, *wanted, name);
  const auto added = visit.run([&](Store& store) -> Status {
    auto live = store.live_signing_secrets(workspace, made.row.created_at);
    if (!live) return fail(std::move(live.error()));
    if (!live->empty()) {
      if (auto added = store.add_signing_secret(made.row); !added) return added;
      return audit_command(store, visit.clock, visit.entropy, workspace, "secret.create", made.row.secret_id);
    }
    return fail(Code::not_found, "workspace_not_found",
                "there is no workspace " + workspace + "; `wrapup key create --workspace NAME` makes one");
  });
  if (!added) return report_error(added.error());
  show(made);
  return kDone;
}

int secret_rotate_command(const ConfigSources& sources, const std::string& secret_id, const std::string& overlap) {
  const auto span = parse_duration(overlap);
  if (!span || *span > kMaxOverlap) {
    fmt::print(stderr, "wrapup: --overlap: a duration such as 24h, from 0s to 30d\n");
    return kWronglyCalled;
  }
  Visit visit;
  if (const auto code = enter(visit, sources)) return *code;
  const auto box = open_secret_box(visit.config, visit.clock, visit.entropy);
  if (!box) return report_error(box.error());
  const AccessTools tools{visit.clock, visit.entropy, *box};
  Timestamp until = 0;
  const auto made = visit.run([&](Store& store) -> Result<NewSecret> {
    const auto old = find(store, secret_id);
    if (!old) return fail(old.error());
    NewSecret next = make_secret(tools, old->workspace_id, old->kind, old->name);
    until = next.row.created_at + *span;
    if (auto rotated = store.rotate_signing_secret(secret_id, until, next.row); !rotated) return fail(rotated.error());
    auto noted = audit_command(store, visit.clock, visit.entropy, old->workspace_id, "secret.rotate", secret_id);
    if (!noted) return fail(noted.error());
    return next;
  });
  if (!made) return report_error(made.error());
  show(*made);
  fmt::print(stderr, "The one before signs beside it until {}.\n", format_utc(until));
  return kDone;
}

int secret_revoke_command(const ConfigSources& sources, const std::string& secret_id) {
  Visit visit;
  if (const auto code = enter(visit, sources)) return *code;
  const auto revoked = visit.run([&](Store& store) -> Status {
    const auto secret = find(store, secret_id);
    if (!secret) return fail(secret.error());
    auto gone = store.revoke_signing_secret(secret->workspace_id, secret_id, visit.clock.now());
    if (!gone) return gone;
    return audit_command(store, visit.clock, visit.entropy, secret->workspace_id, "secret.revoke", secret_id);
  });
  if (!revoked) return report_error(revoked.error());
  fmt::print("Revoked {}.\n", secret_id);
  return kDone;
}

int secret_reseal_command(const ConfigSources& sources, bool replace) {
  Visit visit;
  if (const auto code = enter(visit, sources)) return *code;
  const auto box = replace ? load_master_keys(visit.config, visit.clock, visit.entropy, LostKey::make_new)
                           : open_secret_box(visit.config, visit.clock, visit.entropy);
  if (!box) return report_error(box.error());
  if (replace) {
    const AccessTools tools{visit.clock, visit.entropy, *box};
    const auto made = visit.run([&](Store& store) { return replace_lost(store, tools); });
    if (!made) return report_error(made.error());
    for (const NewSecret& secret : *made) show(secret);
    const auto given_up = visit.run([&](Store& store) { return give_up_lost_values(store, *box); });
    if (!given_up) return report_error(given_up.error());
  }
  return reseal_all(visit, *box);
}

}  // namespace wrapup
