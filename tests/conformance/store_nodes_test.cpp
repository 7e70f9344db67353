// What the fleet asks of PostgreSQL: leases that end by the database's clock, slots that one node holds at a time, and
// a fence that stops whoever was removed.
#include <optional>

#include <boost/asio/io_context.hpp>

#include "storage/async_store.hpp"
#include "store_fixture.hpp"

namespace wrapup {
namespace {

class StoreNodes : public StoreTest {
 protected:
  void SetUp() override {
    if (!TestDatabase::is_postgres()) GTEST_SKIP() << "SQLite is for one node";
    StoreTest::SetUp();
  }
};

TEST_F(StoreNodes, ASlotIsHeldByOneNodeAtATime) {
  ASSERT_TRUE(store().add_node("n1", "one", kMinute));
  ASSERT_TRUE(store().add_node("n2", "two", kMinute));
  const auto first = store().take_slots("n1", 100);
  const auto second = store().take_slots("n2", 300);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->count(), 100U);
  EXPECT_EQ(second->count(), 156U);
  EXPECT_EQ(first->without(*second), *first);
  EXPECT_EQ(store().take_slots("n1", 1)->count(), 0U) << "none is free";
  Slots given;
  given.add(0);
  given.add(0xff);
  ASSERT_TRUE(store().give_slots("n1", given));
  const auto view = store().view_fleet("n1");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->held, first->without(given));
  EXPECT_EQ(view->free, 1) << "the other was not its own to give";
  ASSERT_EQ(view->nodes.size(), 2U);
  EXPECT_EQ(view->nodes[0].name, "one");
  EXPECT_EQ(view->nodes[0].slots, 99);
  EXPECT_EQ(view->nodes[1].slots, 156);
}

TEST_F(StoreNodes, OfOneWhoseLeaseRanOutAllIsFree) {
  ASSERT_TRUE(store().add_node("n1", "one", kMinute));
  ASSERT_TRUE(store().add_node("n2", "two", -kSecond));
  ASSERT_TRUE(store().take_slots("n2", 256));
  EXPECT_FALSE(store().view_fleet("n1")->nodes[1].lives);
  EXPECT_EQ(*store().bury_nodes(), 1);
  EXPECT_EQ(store().view_fleet("n1")->nodes.size(), 1U);
  EXPECT_EQ(store().view_fleet("n1")->free, 256);
  EXPECT_FALSE(*store().renew_node("n2", kMinute)) << "and it does not come back under that id";
  EXPECT_EQ(store().take_slots("n2", 1)->count(), 0U);
  EXPECT_TRUE(*store().renew_node("n1", kMinute));
  EXPECT_EQ(*store().bury_nodes(), 0);
}

TEST_F(StoreNodes, ARestartedNodeTakesThePlaceOfItsOldSelf) {
  ASSERT_TRUE(store().add_node("n1", "one", kMinute));
  ASSERT_TRUE(store().take_slots("n1", 256));
  ASSERT_TRUE(store().add_node("n2", "one", kMinute));
  EXPECT_EQ(store().view_fleet("n2")->free, 256);
  ASSERT_TRUE(store().remove_node("n2"));
  EXPECT_TRUE(store().view_fleet("n2")->nodes.empty());
}

TEST_F(StoreNodes, SlotsNarrowWhatIsDueDown) {
  for (const char* end : {"00", "7f", "ff"}) {
    CallRow row = call_row("a", id_of(0).substr(0, 34) + end);
    row.due_at = kNow;
    row.dial_at = kNow + kSecond;
    ASSERT_TRUE(store().insert_call(row));
  }
  Slots slots;
  slots.add(0x7f);
  const auto due = store().calls_due(kNow, 10, slots);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_EQ(Slots::of(due->front().call_id), 0x7fU);
  EXPECT_EQ(store().calls_due(kNow, 10)->size(), 3U);
  EXPECT_TRUE(store().calls_due(kNow, 10, Slots())->empty());
  EXPECT_EQ(*store().next_dial(kNow, slots), kNow + kSecond);
  EXPECT_EQ(*store().next_dial(kNow, Slots()), kNever);
}

// A write through an AsyncStore of its own, to the end.
template <class Verb>
auto write(AsyncStore& store, asio::io_context& io, Verb verb) {
  std::optional<std::invoke_result_t<Verb&, Store&>> out;
  TaskGroup tasks(io.get_executor());
  const auto task = [&]() -> Task<void> { out.emplace(co_await store.write(std::move(verb))); };
  tasks.spawn(task());
  io.restart();
  while (!out) io.run_one();
  return std::move(*out);
}

TEST_F(StoreNodes, WhoWasRemovedWritesNothingMore) {
  asio::io_context io;
  AsyncStore::Options options;
  options.database = database_.place();
  auto cut_off = std::move(*AsyncStore::open(io.get_executor(), std::move(options), kNow));
  const auto insert = [](const std::string& id) {
    return [id](Store& inner) { return inner.insert_call(call_row("a", id)); };
  };
  ASSERT_TRUE(store().add_node("n1", "one", -kSecond));
  cut_off->fence("n1");
  EXPECT_TRUE(write(*cut_off, io, insert(id_of(1)))) << "its lease is over, but nobody has taken it yet";
  ASSERT_EQ(*store().bury_nodes(), 1);
  const auto refused = write(*cut_off, io, insert(id_of(2)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, kNodeFenced);
  EXPECT_TRUE(store().get_call("a", id_of(1)));
  EXPECT_FALSE(store().get_call("a", id_of(2)));
  ASSERT_TRUE(store().add_node("n2", "one", kMinute));
  cut_off->fence("n2");
  EXPECT_TRUE(write(*cut_off, io, insert(id_of(3)))) << "back as a new one";
}

}  // namespace
}  // namespace wrapup
