// Lists of a million calls: pages by cursor wherever they stand, and the first page with each filter; and what one more
// call costs to store. The database is made once and kept: BENCH_CALLS (1000000) calls in BENCH_DB
// (/tmp/wrapup-bench-calls.db).
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

#include "base/entropy.hpp"
#include "storage/migrations.hpp"
#include "storage/sql/sqlite.hpp"
#include "storage/store.hpp"

namespace wrapup {
namespace {

constexpr Timestamp kFirst = 1'773'238'800 * kSecond;
constexpr const char* kReasons[] = {"human_goodbye", "agent_goodbye", "undefined", "human_pick_up_cut_off"};

std::string setting(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

std::int64_t calls_wanted() { return std::atoll(setting("BENCH_CALLS", "1000000").c_str()); }

std::string id_at(std::int64_t number, std::mt19937_64& random) {
  const auto millis = static_cast<unsigned long long>(kFirst / kMillisecond + number * 1000);
  char text[40];
  std::snprintf(text, sizeof text, "%08llx-%04llx-7%03llx-8%03llx-%012llx", millis >> 16, millis & 0xffff,
                static_cast<unsigned long long>(random() & 0xfff), static_cast<unsigned long long>(random() & 0xfff),
                static_cast<unsigned long long>(random() & 0xffffffffffff));
  return text;
}

CallRow call_at(std::int64_t number, std::mt19937_64& random) {
  CallRow row;
  row.start.workspace_id = "default";
  row.start.call_id = id_at(number, random);
  row.start.created_at = kFirst + number * kSecond;
  row.agent_id = "agent-" + std::to_string(random() % 20);
  row.start.request.phone = "+1555" + std::to_string(1'000'000 + random() % 9'000'000);
  row.start.request.name = "Customer " + std::to_string(random() % 1'000'000);
  json::object request{
      {"model_id", row.agent_id}, {"phone", row.start.request.phone}, {"name", row.start.request.name}};
  request["metadata"] = json::object{{"text", std::string(600, 'x')}};
  row.request = to_text(request);
  row.started_at = row.start.created_at - static_cast<Timestamp>(random() % 300) * kSecond;
  row.last_event_at = row.start.created_at;
  row.status = random() % 10 < 8 ? CallStatus::completed : CallStatus::busy;
  if (random() % 10'000 == 0) row.status = CallStatus::spam;
  row.end_call_reason = random() % 10'000 == 0 ? "max_duration" : kReasons[random() % std::size(kReasons)];
  row.duration_s = random() % 10'000 == 0 ? 7200 : static_cast<std::int64_t>(random() % 600);
  return row;
}

struct Database {
  Database() {
    const std::string path = setting("BENCH_DB", "/tmp/wrapup-bench-calls.db");
    const bool fresh = !std::filesystem::exists(path);
    connection = std::move(*sql::open_sqlite(path, sql::SqliteMode::write));
    if (auto done = migrate(*connection, kFirst); !done) std::abort();
    store = std::make_unique<Store>(*connection);
    if (fresh) fill();
    for (std::int64_t i = 0; i < 20; ++i) ids.push_back(id_of(calls_wanted() * (i + 1) / 21));
  }

  void fill() {
    for (int i = 0; i < 20; ++i) {
      Agent agent = *read_agent({{"type", "outbound"}, {"name", "Desk"}, {"agent", json::object()}});
      agent.workspace_id = "default";
      agent.agent_id = "agent-" + std::to_string(i);
      if (!store->put_agent(agent, kFirst)) std::abort();
    }
    for (std::int64_t done = 0; done < calls_wanted(); done += 1000) {
      if (!connection->script("BEGIN")) std::abort();
      for (std::int64_t i = done; i < std::min(done + 1000, calls_wanted()); ++i)
        if (!store->insert_call(call_at(i, random))) std::abort();
      if (!connection->script("COMMIT")) std::abort();
    }
  }

  std::string id_of(std::int64_t number) {
    CallFilter filter;
    filter.from = kFirst + number * kSecond - 300 * kSecond;
    filter.to = kFirst + number * kSecond;
    filter.limit = 1;
    const auto page = store->list_calls("default", filter);
    if (!page || page->calls.empty()) std::abort();
    return page->calls.front().row.start.call_id;
  }

  std::mt19937_64 random{7};
  std::unique_ptr<sql::Connection> connection;
  std::unique_ptr<Store> store;
  std::vector<std::string> ids;  // all over the list
};

Database& database() {
  static Database made;
  return made;
}

void list(benchmark::State& state, const CallFilter& filter) {
  Database& db = database();
  std::int64_t total = 0;
  for (auto _ : state) {
    auto page = db.store->list_calls("default", filter);
    if (!page) return state.SkipWithError(page.error().detail.c_str());
    total = page->total;
  }
  state.counters["total"] = static_cast<double>(total);
}

void page_by_cursor(benchmark::State& state) {
  Database& db = database();
  std::size_t next = 0;
  for (auto _ : state) {
    CallFilter filter;
    filter.before = db.ids[next++ % db.ids.size()];
    if (!db.store->list_calls("default", filter)) return state.SkipWithError("no page");
  }
}

// In a transaction of 50, as group commit does it; rolled back.
void one_more_call(benchmark::State& state) {
  Database& db = database();
  std::int64_t number = calls_wanted() + 1000;
  for (auto _ : state) {
    if (!db.connection->script("BEGIN")) return;
    for (int i = 0; i < 50; ++i)
      if (!db.store->insert_call(call_at(number++, db.random))) return state.SkipWithError("not stored");
    if (!db.connection->script("ROLLBACK")) return;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 50);
}

CallFilter with(const std::function<void(CallFilter&)>& set) {
  CallFilter filter;
  set(filter);
  return filter;
}

const Timestamp kMiddle = kFirst + calls_wanted() / 2 * kSecond;

const bool kRegistered = [] {
  const std::pair<const char*, CallFilter> filters[] = {
      {"all", {}},
      {"model_id", with([](CallFilter& f) { f.model_id = "agent-7"; })},
      {"call_status/frequent", with([](CallFilter& f) { f.call_status = "completed"; })},
      {"call_status/rare", with([](CallFilter& f) { f.call_status = "spam"; })},
      {"end_call_reason/frequent", with([](CallFilter& f) { f.end_call_reason = "undefined"; })},
      {"end_call_reason/rare", with([](CallFilter& f) { f.end_call_reason = "max_duration"; })},
      {"lead_phone_number", with([](CallFilter& f) { f.phone = "+15551234567"; })},
      {"from_date", with([](CallFilter& f) { f.from = kMiddle; })},
      {"to_date", with([](CallFilter& f) { f.to = kMiddle; })},
      {"a day long ago", with([](CallFilter& f) { f.from = kFirst + kDay, f.to = kFirst + 2 * kDay; })},
      {"model_id and to_date", with([](CallFilter& f) { f.model_id = "agent-7", f.to = kMiddle; })},
      {"call_status and to_date", with([](CallFilter& f) { f.call_status = "spam", f.to = kMiddle; })},
      {"duration_min/frequent", with([](CallFilter& f) { f.duration_min = 60; })},
      {"duration_min/rare", with([](CallFilter& f) { f.duration_min = 7000; })},
      {"duration_min and duration_max", with([](CallFilter& f) { f.duration_min = f.duration_max = 599; })},
      {"end_call_reason and one duration",
       with([](CallFilter& f) { f.end_call_reason = "undefined", f.duration_min = f.duration_max = 599; })},
      {"model_id, call_status and end_call_reason/rare",
       with([](CallFilter& f) { f.model_id = "agent-7", f.call_status = "spam", f.end_call_reason = "undefined"; })},
      {"call_status and duration_min/rare", with([](CallFilter& f) { f.call_status = "busy", f.duration_min = 7000; })},
      {"call_status and end_call_reason/nothing",
       with([](CallFilter& f) { f.call_status = "spam", f.end_call_reason = "max_duration"; })},
      {"model_id, from_date and to_date",
       with([](CallFilter& f) { f.model_id = "agent-7", f.from = kFirst + kDay, f.to = kMiddle; })},
      {"duration_min/rare, of an agent, to_date",
       with([](CallFilter& f) { f.model_id = "agent-7", f.duration_min = 7000, f.to = kMiddle; })},
      {"lead_phone_number and duration_min",
       with([](CallFilter& f) { f.phone = "+15551234567", f.duration_min = 60; })},
      {"search/id", with([](CallFilter& f) { f.search = "00000000-0000-7000-8000-000000000000"; })},
      {"search/number", with([](CallFilter& f) { f.search = "+15551234567"; })},
      {"search/nothing, of an agent", with([](CallFilter& f) { f.search = "nobody at all", f.model_id = "agent-7"; })},
      {"search/frequent", with([](CallFilter& f) { f.search = "customer 12"; })},
      {"search/nothing", with([](CallFilter& f) { f.search = "nobody at all"; })},
  };
  for (const auto& [name, filter] : filters) {
    benchmark::RegisterBenchmark((std::string("first_page/") + name).c_str(), [filter](benchmark::State& state) {
      list(state, filter);
    })->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("page_by_cursor", page_by_cursor)->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("one_more_call", one_more_call)->Unit(benchmark::kMicrosecond);
  return true;
}();

}  // namespace
}  // namespace wrapup
