#include "storage/store.hpp"

namespace wrapup {

namespace {

// The database's clock alone decides when a lease has run out: those of the nodes may differ.
constexpr std::string_view kNowSql = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

}  // namespace

Status Store::add_node(const std::string& node_id, const std::string& name, Duration lease) {
  // One process holds the data folder, and with it the name: who had it before is gone.
  if (auto gone = db_.run("DELETE FROM node WHERE name = $1", {name}); !gone) return fail(std::move(gone.error()));
  auto added = db_.run("INSERT INTO node (node_id, name, started_at, expires_at) VALUES ($1, $2, " +
                           std::string(kNowSql) + ", " + std::string(kNowSql) + " + $3)",
                       {node_id, name, lease});
  if (!added) return fail(std::move(added.error()));
  auto slots = db_.run(
      "INSERT INTO slot (slot, node_id) SELECT n, '' FROM generate_series(0, 255) AS n ON CONFLICT (slot) DO NOTHING");
  if (!slots) return fail(std::move(slots.error()));
  return free_slots();
}

Status Store::free_slots() {
  auto freed = db_.run(
      "UPDATE slot SET node_id = '' WHERE node_id <> '' AND NOT EXISTS "
      "(SELECT 1 FROM node WHERE node.node_id = slot.node_id)");
  if (!freed) return fail(std::move(freed.error()));
  return {};
}

Result<bool> Store::renew_node(const std::string& node_id, Duration lease) {
  auto renewed =
      db_.run("UPDATE node SET expires_at = " + std::string(kNowSql) + " + $1 WHERE node_id = $2", {lease, node_id});
  if (!renewed) return fail(std::move(renewed.error()));
  return *renewed == 1;
}

Result<std::int64_t> Store::bury_nodes() {
  auto gone = db_.run("DELETE FROM node WHERE expires_at < " + std::string(kNowSql));
  if (!gone || *gone == 0) return gone;
  if (auto freed = free_slots(); !freed) return fail(std::move(freed.error()));
  return gone;
}

Status Store::remove_node(const std::string& node_id) {
  auto gone = db_.run("DELETE FROM node WHERE node_id = $1", {node_id});
  if (!gone) return fail(std::move(gone.error()));
  return free_slots();
}

Result<FleetView> Store::view_fleet(const std::string& node_id) {
  FleetView view;
  auto read = db_.run("SELECT node_id, name, started_at, expires_at < " + std::string(kNowSql) +
                          ", (SELECT count(*) FROM slot WHERE slot.node_id = node.node_id) FROM node ORDER BY name",
                      {}, [&](const sql::Row& row) {
                        view.nodes.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2),
                                              row.integer(3) == 0, row.integer(4)});
                      });
  if (!read) return fail(std::move(read.error()));
  read = db_.run("SELECT slot, node_id FROM slot", {}, [&](const sql::Row& row) {
    const auto slot = static_cast<std::size_t>(row.integer(0));
    if (slot >= Slots::kCount) return;
    if (row.text(1) == node_id) view.held.add(slot);
    if (row.text(1).empty()) ++view.free;
  });
  if (!read) return fail(std::move(read.error()));
  return view;
}

Result<Slots> Store::take_slots(const std::string& node_id, std::int64_t most) {
  Slots taken;
  auto done = db_.run(
      "UPDATE slot SET node_id = $1 WHERE slot IN (SELECT slot FROM slot WHERE node_id = '' ORDER BY slot LIMIT $2 "
      "FOR UPDATE SKIP LOCKED) AND EXISTS (SELECT 1 FROM node WHERE node.node_id = $1) RETURNING slot",
      {node_id, most},
      [&](const sql::Row& row) { taken.add(static_cast<std::size_t>(row.integer(0)) % Slots::kCount); });
  if (!done) return fail(std::move(done.error()));
  return taken;
}

Status Store::give_slots(const std::string& node_id, const Slots& slots) {
  auto done =
      db_.run("UPDATE slot SET node_id = '' WHERE node_id = $1 AND $2 LIKE '%,' || lpad(to_hex(slot), 2, '0') || ',%'",
              {node_id, slots.text()});
  if (!done) return fail(std::move(done.error()));
  return {};
}

Status Store::notify(const std::string& text) {
  auto told = db_.run("SELECT pg_notify('wrapup', $1)", {text});
  if (!told) return fail(std::move(told.error()));
  return {};
}

}  // namespace wrapup
