#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/data_folder.hpp"
#include "app/master_key.hpp"
#include "app/progress.hpp"
#include "app/server_parts.hpp"
#include "app/table.hpp"
#include "base/crypto.hpp"
#include "base/entropy.hpp"
#include "base/time.hpp"
#include "storage/database_url.hpp"
#include "storage/move.hpp"

namespace wrapup {

namespace {

namespace fs = std::filesystem;

/// Says where a database is: "sqlite:" and a data folder, or the file in one; or a URL. Empty when it is neither.
std::string place_of(const std::string& named) {
  if (is_postgres_url(named)) return named;
  constexpr std::string_view kSqlite = "sqlite:";
  if (!named.starts_with(kSqlite) || named.size() == kSqlite.size()) return {};
  std::error_code problem;  // none: what is not there yet is named all the same
  const fs::path path = fs::weakly_canonical(fs::absolute(named.substr(kSqlite.size()), problem), problem);
  return path.extension() == ".db" && !fs::is_directory(path, problem) ? path.string() : (path / "wrapup.db").string();
}

/// Holds off servers and other commands of this machine. PostgreSQL is looked at where it is opened.
Status take_place(const std::string& place) {
  if (is_postgres_url(place)) return {};
  const fs::path folder = fs::path(place).parent_path();
  auto locked = lock_folder(folder.empty() ? "." : folder.string());
  if (locked || locked.error().name != "data_folder_in_use") return locked;
  return fail(Code::unavailable, "data_folder_in_use",
              "the data folder " + folder.string() +
                  " is being served; stop that server first (with --read-only another one may serve it meanwhile)");
}

std::string shown(const std::string& place) { return is_postgres_url(place) ? without_password(place) : place; }

std::string rate_text(std::int64_t rows, Duration taken) {
  const double seconds = std::max(static_cast<double>(taken) / kSecond, 0.001);
  return fmt::format("{} in {:.1f} s, {} rows/s", shown_count(rows, "row"), seconds,
                     shown_count(static_cast<std::int64_t>(static_cast<double>(rows) / seconds)));
}

int check_schema(const std::string& place) {
  const auto state = schema_of(place);
  if (!state) return report_error(state.error());
  const auto there = static_cast<std::int64_t>(state->applied.size());
  fmt::print("{} has {} of {} steps.\n", shown(place), there, state->newest);
  if (!state->moving_from.empty()) {
    fmt::print(stderr, "wrapup: data is being moved into it from {}, and not all of it has come.\n",
               state->moving_from);
    return kFailed;
  }
  if (state->current()) return kDone;
  fmt::print(stderr, "wrapup: {} missing; `wrapup migrate` adds them.\n",
             shown_count(state->newest - there, "step") + (state->newest - there == 1 ? " is" : " are"));
  return kFailed;
}

int update(const std::string& place, Clock& clock) {
  if (auto taken = take_place(place); !taken) return report_error(taken.error());
  const auto before = update_schema(place, clock.now());
  if (!before) return report_error(before.error());
  const auto there = static_cast<std::int64_t>(before->applied.size());
  for (std::int64_t step = 1; step <= before->newest; ++step) {
    if (!before->applied.contains(step)) fmt::print("Applied step {}.\n", step);
  }
  fmt::print("{}: {} of {} steps were there, {} applied.\n", shown(place), there, before->newest,
             before->newest - there);
  return kDone;
}

std::string side(const TableDigest& digest) { return shown_count(digest.rows()); }

void show_pairs(const MoveDone& done) {
  Table table({{"TABLE"}, {"FROM"}, {"TO"}, {"DIGEST FROM"}, {"DIGEST TO"}, {"", 0}},
              look_of_output(read_environment(), true));
  for (const auto& pair : done.tables) {
    const bool same = pair.from == pair.to;
    table.add({{pair.name, Paint::none},
               {side(pair.from), Paint::none},
               {side(pair.to), Paint::none},
               {pair.from.hex(), Paint::none},
               {pair.to.hex(), Paint::none},
               {same ? "same" : "DIFFERS", same ? Paint::green : Paint::red}});
  }
  fmt::print("{}", table.take());
}

int move(const MigrateOptions& options, Clock& clock) {
  const std::string from = place_of(options.from);
  const std::string to = place_of(options.to);
  for (const auto& [flag, place] : {std::pair("--from", &from), std::pair("--to", &to)}) {
    if (!place->empty()) continue;
    fmt::print(stderr, "wrapup: {}: sqlite:FOLDER or a postgres:// URL\n", flag);
    return kWronglyCalled;
  }
  std::error_code problem;
  if (from == to || (!is_postgres_url(from) && fs::equivalent(from, to, problem))) {
    fmt::print(stderr, "wrapup: --from and --to are the same database\n");
    return kWronglyCalled;
  }
  if (!is_postgres_url(from) && !fs::exists(from, problem))
    return report_error({Code::not_found, "no_database", "there is no database at " + from, "", {}});
  for (const auto* place : {&from, &to}) {
    if (auto taken = take_place(*place); !taken) return report_error(taken.error());
  }
  Result<MoveDone> done;
  Duration took = 0;
  {
    Progress progress(clock);
    done = move_database(from, to, clock.now(), [&](const MoveProgress& now) { progress.show(now); });
    took = progress.taken();
  }
  if (!done) {
    report_error(done.error());
    if (done.error().code != Code::conflict)
      fmt::print(stderr, "What was moved is kept: the same command goes on where it was.\n");
    return kFailed;
  }
  show_pairs(*done);
  std::fflush(stdout);
  if (!done->agree) {
    fmt::print(stderr,
               "wrapup: the two sides differ: the source was changed between two runs, or the destination by another "
               "program. Empty the destination and move again.\n");
    return kFailed;
  }
  fmt::print(stderr, "Both sides agree. Stored and compared {}.\n", rate_text(done->stored, took));
  fmt::print(stderr, "Serve {} now, with the master key that served the other; never both.\n", shown(to));
  return kDone;
}

/// Whether what the file holds sealed can be opened here.
Status check_keys(const Config& config, const ExportHeader& header) {
  if (header.sealed_by.empty()) return {};
  const auto box = existing_master_keys(config);
  const std::string here = box ? box->key_ids() : "";
  for (const auto& id : header.sealed_by) {
    if (here.find(id) != std::string::npos) continue;
    return fail(Code::unavailable, "master_key_missing",
                "secrets in the file are sealed with the master key " + id + ", which is not here (here: " +
                    (here.empty() ? "none" : here) + "); copy the master.key of where the export was made to " +
                    own_key_file(config.data) + ", or set master_key_file or WRAPUP_MASTER_KEY");
  }
  return {};
}

}  // namespace

int migrate_command(const ConfigSources& sources, const MigrateOptions& options) {
  SystemClock clock;
  if (options.from.empty() != options.to.empty() || (options.check && !options.from.empty())) {
    fmt::print(stderr, "wrapup: --from and --to go together, and without --check\n");
    return kWronglyCalled;
  }
  if (!options.from.empty()) return move(options, clock);
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  if (const auto there = check_database(*config); !there) return report_error(there.error());
  const std::string place = database_of(*config);
  return options.check ? check_schema(place) : update(place, clock);
}

int export_command(const ConfigSources& sources, const std::string& file) {
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  if (const auto there = check_database(*config); !there) return report_error(there.error());
  SystemClock clock;
  SystemEntropy entropy;
  Result<ExportDone> done;
  Duration took = 0;
  {
    Progress progress(clock);
    done = export_database(database_of(*config), file, new_id(clock, entropy), clock.now(),
                           [&](const MoveProgress& now) { progress.show(now); });
    took = progress.taken();
  }
  if (!done) return report_error(done.error());
  if (done->found > 0)
    fmt::print(stderr, "An export before had written {}, which are still right.\n", shown_bytes(done->found));
  fmt::print(stderr, "Exported {}, {}.\n", rate_text(done->rows, took), shown_bytes(done->bytes));
  return kDone;
}

int import_command(const ConfigSources& sources, const std::string& file) {
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  SystemClock clock;
  SystemEntropy entropy;
  const std::string place = database_of(*config);
  if (auto taken = take_place(place); !taken) return report_error(taken.error());
  Result<ImportDone> done;
  Duration took = 0;
  {
    Progress progress(clock);
    done = import_database(
        file, place, clock.now(), [&](const ExportHeader& header) { return check_keys(*config, header); },
        [&](const MoveProgress& now) { progress.show(now); });
    took = progress.taken();
  }
  if (!done) return report_error(done.error());
  if (done->rows > done->stored)
    fmt::print(stderr, "{} there already.\n",
               shown_count(done->rows - done->stored, "row") + (done->rows - done->stored == 1 ? " was" : " were"));
  fmt::print(stderr, "Imported {}.\n", rate_text(done->stored, took));
  if (done->header.sealed_by.empty()) return kDone;
  if (const auto box = open_secret_box(*config, clock, entropy); !box) return report_error(box.error());
  fmt::print(stderr, "Every secret opens with the master key that is here.\n");
  return kDone;
}

}  // namespace wrapup
