// What the Store promises of agents, calls and their events.
#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "model/inbound.hpp"
#include "store_fixture.hpp"

namespace wrapup {
namespace {

std::vector<std::string> ids_of(const CallPage& page) {
  std::vector<std::string> ids;
  for (const auto& call : page.calls) ids.push_back(call.row.start.call_id);
  return ids;
}

TEST_F(StoreTest, ACallComesBackAsItWasPut) {
  CallRow row = call_row("a", id_of(1), "crm-1");
  row.start.direction = Direction::inbound;
  row.request = to_text(to_announcement({.model_id = "agent-1",
                                         .phone = "+15550100123",
                                         .name = "Dana Reyes",
                                         .from_phone_number = "+15550100199",
                                         .external_id = "crm-1",
                                         .registered = true}));
  row.status = CallStatus::in_progress;
  row.end_call_reason = "human_goodbye";
  row.duration_s = 42;
  row.due_at = kNow + 1;
  row.dial_at = kNow + 2;
  row.last_event_at = kNow + 3;
  ASSERT_TRUE(store().insert_call(row));
  const auto stored = store().get_call("a", id_of(1));
  ASSERT_TRUE(stored) << stored.error().detail;
  const CallRow& back = stored->row;
  EXPECT_EQ(back.start.direction, Direction::inbound);
  EXPECT_EQ(back.start.created_at, kNow);
  EXPECT_EQ(back.start.request.external_id, "crm-1");
  EXPECT_EQ(back.start.request.name, "Dana Reyes");
  EXPECT_TRUE(back.start.request.registered);
  EXPECT_EQ(back.request, row.request);
  EXPECT_EQ(back.status, CallStatus::in_progress);
  EXPECT_EQ(back.end_call_reason, "human_goodbye");
  EXPECT_EQ(back.duration_s, 42);
  EXPECT_EQ(back.due_at, kNow + 1);
  EXPECT_EQ(back.dial_at, kNow + 2);
  EXPECT_EQ(back.last_event_at, kNow + 3);
  EXPECT_EQ(stored->agent->name, "Mika of a");
  EXPECT_EQ(stored->payload, "");
  EXPECT_FALSE(store().insert_call(row)) << "the id is taken";
}

TEST_F(StoreTest, ACallKeepsTheVersionOfTheAgentThatItBeganWith) {
  ASSERT_TRUE(store().insert_call(call_row("a", id_of(1))));
  EXPECT_EQ(store().put_agent(agent_named("a", "agent-1", "Mika the second"), kNow), 2);
  EXPECT_EQ((*store().latest_agent("a", "agent-1"))->name, "Mika the second");
  EXPECT_EQ(store().get_call("a", id_of(1))->agent->name, "Mika of a");
  ASSERT_TRUE(store().delete_agent("a", "agent-1", kNow));
  EXPECT_FALSE(store().latest_agent("a", "agent-1"));
  EXPECT_EQ(store().get_call("a", id_of(1))->agent->name, "Mika of a");
  EXPECT_EQ(store().put_agent(agent_named("a", "agent-1", "Mika is back"), kNow), 3) << "no version is given twice";
}

TEST_F(StoreTest, AnAgentComesBackWithItsDocumentAndActions) {
  auto agent = agent_named("a", "agent-2", "Mia");
  agent.document["voice"] = json::object{{"id", 7}};
  Extractor question;
  question.identifier = "wants pickup";
  agent.actions.push_back({"action-1", question});
  ASSERT_TRUE(store().put_agent(agent, kNow));
  Store fresh(*db_);
  const auto back = fresh.latest_agent("a", "agent-2");
  ASSERT_TRUE(back);
  EXPECT_EQ(to_text((*back)->document), to_text(agent.document));
  ASSERT_EQ((*back)->actions.size(), 1u);
  EXPECT_EQ((*back)->actions[0].action_id, "action-1");
  EXPECT_EQ((*back)->actions[0].name(), "info_extractor_wants pickup");
}

TEST_F(StoreTest, AnExternalIdNamesOneCallOfAWorkspace) {
  ASSERT_TRUE(store().insert_call(call_row("a", id_of(1), "crm-1")));
  const auto second = store().insert_call(call_row("a", id_of(2), "crm-1"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  EXPECT_EQ(store().call_by_external_id("a", "crm-1"), id_of(1));
  EXPECT_EQ(store().call_by_external_id("b", "crm-1"), std::nullopt);
  EXPECT_TRUE(store().insert_call(call_row("b", id_of(3), "crm-1")));
  EXPECT_TRUE(store().insert_call(call_row("a", id_of(4))) && store().insert_call(call_row("a", id_of(5))))
      << "none is no id";
  EXPECT_EQ(store().call_by_external_id("a", ""), std::nullopt);
}

TEST_F(StoreTest, EventsAreTakenOnce) {
  ASSERT_TRUE(store().insert_call(call_row("a", id_of(1))));
  const std::string long_text(20'000, 'x');
  const std::vector<Event> events{event_of("1", EventType::ringing, kNow),
                                  event_of("2", EventType::turn, kNow + 1000, {{"role", "bot"}, {"text", long_text}})};
  EXPECT_EQ(store().add_events("a", id_of(1), events, kNow), 2);
  EXPECT_EQ(store().add_events("a", id_of(1), events, kNow), 0);
  const std::vector<Event> more{event_of("2", EventType::turn, kNow, {{"role", "bot"}, {"text", "another"}}),
                                event_of("3", EventType::ended, kNow), event_of("3", EventType::ended, kNow)};
  EXPECT_EQ(store().add_events("a", id_of(1), more, kNow), 1);
  const auto stored = store().get_call("a", id_of(1));
  ASSERT_EQ(stored->events.size(), 3u);
  const Facts facts = facts_of(stored->events);
  ASSERT_EQ(facts.transcript.size(), 1u);
  EXPECT_TRUE(facts.transcript[0].text == long_text) << "the first report of an id stays";
  EXPECT_EQ(record_of(*stored)->status, CallStatus::completed);
  EXPECT_EQ(store().get_call_outline("a", id_of(1))->events.size(), 2u) << "turns are not in the outline";
}

TEST_F(StoreTest, TheSameEventIdMayStandInTwoCalls) {
  ASSERT_TRUE(store().insert_call(call_row("a", id_of(1))) && store().insert_call(call_row("a", id_of(2))));
  EXPECT_EQ(store().add_events("a", id_of(1), {event_of("1", EventType::ringing, kNow)}, kNow), 1);
  EXPECT_EQ(store().add_events("a", id_of(2), {event_of("1", EventType::ringing, kNow)}, kNow), 1);
}

TEST_F(StoreTest, PagesCoverAllCallsOnceWhateverTheirSize) {
  std::vector<std::string> expected;
  for (int i = 0; i < 47; ++i) {
    const std::string id = id_of(i * 7 % 47);
    ASSERT_TRUE(store().insert_call(call_row("a", id)));
    expected.push_back(id);
  }
  std::sort(expected.rbegin(), expected.rend());
  for (const std::int64_t limit : {1, 2, 7, 46, 47, 100}) {
    std::vector<std::string> keyset, offset;
    CallFilter filter;
    filter.limit = limit;
    while (true) {
      const auto page = store().list_calls("a", filter);
      ASSERT_TRUE(page) << page.error().detail;
      EXPECT_EQ(page->total, 47) << "all that match, wherever the page stands";
      if (page->calls.empty()) break;
      for (const auto& id : ids_of(*page)) keyset.push_back(id);
      filter.before = keyset.back();
    }
    CallFilter by_offset;
    by_offset.limit = limit;
    for (; by_offset.offset < 47; by_offset.offset += limit) {
      for (const auto& id : ids_of(*store().list_calls("a", by_offset))) offset.push_back(id);
    }
    EXPECT_EQ(keyset, expected) << limit;
    EXPECT_EQ(offset, expected) << limit;
  }
}

TEST_F(StoreTest, ACursorIsStableUnderInserts) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(store().insert_call(call_row("a", id_of(i))));
  CallFilter filter;
  filter.limit = 3;
  std::vector<std::string> seen;
  for (int fresh = 100;; ++fresh) {
    const auto page = store().list_calls("a", filter);
    if (page->calls.empty()) break;
    for (const auto& id : ids_of(*page)) seen.push_back(id);
    filter.before = seen.back();
    ASSERT_TRUE(store().insert_call(call_row("a", id_of(fresh))));
  }
  ASSERT_EQ(seen.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], id_of(19 - i));
}

TEST_F(StoreTest, FiltersFindWhatTheySay) {
  CallRow one = call_row("a", id_of(1), "crm_1%");
  one.status = CallStatus::completed;
  one.end_call_reason = "human_goodbye";
  one.duration_s = 30;
  CallRow two = call_row("a", id_of(2));
  two.start.request.phone = "+15550100456";
  two.start.request.name = "Kim O'Hara 100%";
  two.agent_id = "agent-2";
  two.started_at = kNow + kHour;
  two.request = R"({"model_id":"agent-2","phone":"+15550100456","name":"Kim O'Hara 100%"})";
  ASSERT_TRUE(store().put_agent(agent_named("a", "agent-2", "Mia"), kNow));
  ASSERT_TRUE(store().insert_call(one) && store().insert_call(two));
  const auto found = [&](auto set) {
    CallFilter filter;
    set(filter);
    const auto page = store().list_calls("a", filter);
    EXPECT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page->total, static_cast<std::int64_t>(page->calls.size()));
    return ids_of(*page);
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(found([](CallFilter&) {}), (Ids{id_of(2), id_of(1)}));
  EXPECT_EQ(found([](CallFilter& f) { f.model_id = "agent-2"; }), Ids{id_of(2)});
  EXPECT_EQ(found([](CallFilter& f) { f.call_status = "completed"; }), Ids{id_of(1)});
  EXPECT_EQ(found([](CallFilter& f) { f.end_call_reason = "human_goodbye"; }), Ids{id_of(1)});
  EXPECT_EQ(found([](CallFilter& f) { f.phone = "+15550100456"; }), Ids{id_of(2)});
  EXPECT_EQ(found([](CallFilter& f) { f.from = kNow + 1; }), Ids{id_of(2)});
  EXPECT_EQ(found([](CallFilter& f) { f.to = kNow + kHour; }), Ids{id_of(1)}) << "the end is exclusive";
  EXPECT_EQ(found([](CallFilter& f) { f.duration_min = 30; }), Ids{id_of(1)});
  EXPECT_EQ(found([](CallFilter& f) { f.duration_max = 29; }), Ids{id_of(2)});
  EXPECT_EQ(found([](CallFilter& f) { f.search = "crm_1%"; }), Ids{id_of(1)});
  EXPECT_EQ(found([](CallFilter& f) { f.search = "o'hara"; }), Ids{id_of(2)});
  EXPECT_EQ(found([](CallFilter& f) { f.search = "00%"; }), Ids{id_of(2)}) << "a percent sign is no wildcard";
  EXPECT_EQ(found([](CallFilter& f) { f.search = "_"; }), Ids{}) << "nor is an underscore";
  EXPECT_EQ(found([](CallFilter& f) { f.search = "' OR 1=1 --"; }), Ids{});
  EXPECT_EQ(found([](CallFilter& f) {
              f.search = id_of(1);
              f.model_id = "agent-1";
              f.from = kNow;
              f.duration_min = 1;
            }),
            Ids{id_of(1)});
}

// Calls whose values repeat in all combinations, and what a filter must find among them by looking at each.
struct ListedCalls {
  std::vector<CallRow> rows;  // newest first

  explicit ListedCalls(Store& store) {
    const char* const agents[] = {"agent-1", "agent-2", "agent-3"};
    const CallStatus statuses[] = {CallStatus::completed, CallStatus::busy, CallStatus::spam};
    const char* const reasons[] = {"human_goodbye", "undefined"};
    const std::int64_t durations[] = {0, 9, 10, 59, 60, 599, 600, 3599, 3600, 7200};
    for (const char* agent : agents) EXPECT_TRUE(store.put_agent(agent_named("a", agent, agent), kNow));
    std::mt19937 random{11};
    for (int i = 0; i < 300; ++i) {
      CallRow row = call_row("a", id_of(i));
      row.agent_id = agents[random() % 3];
      row.status = statuses[random() % 20 == 0 ? 2 : random() % 2];
      row.end_call_reason = reasons[random() % 2];
      row.duration_s = durations[random() % 10];
      row.started_at = kNow + static_cast<Timestamp>(random() % 100) * kMinute;
      row.start.request.phone = "+1555010012" + std::to_string(random() % 5);
      row.start.request.name = random() % 7 == 0 ? "Kim O'Hara" : "Ilse Varga";
      EXPECT_TRUE(store.insert_call(row));
      rows.push_back(std::move(row));
    }
    std::sort(rows.begin(), rows.end(), [](const CallRow& one, const CallRow& other) {
      return std::tie(one.started_at, one.start.call_id) > std::tie(other.started_at, other.start.call_id);
    });
  }

  std::vector<std::string> that_fit(const CallFilter& filter) const {
    std::vector<std::string> ids;
    for (const auto& row : rows) {
      const bool fits = (filter.model_id.empty() || row.agent_id == filter.model_id) &&
                        (filter.call_status.empty() || to_string(row.status) == filter.call_status) &&
                        (filter.end_call_reason.empty() || row.end_call_reason == filter.end_call_reason) &&
                        (filter.phone.empty() || row.start.request.phone == filter.phone) &&
                        (filter.search.empty() || row.start.request.name.find(filter.search) != std::string::npos) &&
                        (!filter.from || row.started_at >= *filter.from) &&
                        (!filter.to || row.started_at < *filter.to) &&
                        (!filter.duration_min || row.duration_s >= *filter.duration_min) &&
                        (!filter.duration_max || row.duration_s <= *filter.duration_max);
      if (fits) ids.push_back(row.start.call_id);
    }
    return ids;
  }
};

CallFilter some_filter(std::mt19937& random) {
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  CallFilter filter;
  if (one_in(3)) filter.model_id = "agent-" + std::to_string(1 + random() % 4);
  if (one_in(3)) filter.call_status = one_in(3) ? "spam" : "completed";
  if (one_in(3)) filter.end_call_reason = one_in(4) ? "error" : "undefined";
  if (one_in(4)) filter.duration_min = static_cast<std::int64_t>(random() % 5'000);
  if (one_in(4)) filter.duration_max = static_cast<std::int64_t>(random() % 5'000);
  if (one_in(6)) filter.phone = "+15550100121";
  if (one_in(6)) filter.search = "O'Hara";
  if (one_in(4)) filter.from = kNow + static_cast<Timestamp>(random() % 100) * kMinute;
  if (one_in(4)) filter.to = kNow + static_cast<Timestamp>(random() % 100) * kMinute;
  filter.limit = 1 + static_cast<std::int64_t>(random() % 30);
  filter.window = 1 + static_cast<std::int64_t>(random() % 60);
  return filter;
}

TEST_F(StoreTest, PagesOfAnyFilterCoverWhatFitsOnceAndInOrder) {
  const ListedCalls listed(store());
  std::mt19937 random{5};
  for (int round = 0; round < 400; ++round) {
    CallFilter filter = some_filter(random);
    const auto expected = listed.that_fit(filter);
    std::vector<std::string> seen;
    for (int pages = 0; pages < 400; ++pages) {
      const auto page = store().list_calls("a", filter);
      ASSERT_TRUE(page) << page.error().detail;
      if (filter.search.empty()) {
        EXPECT_TRUE(page->exact);
        ASSERT_EQ(page->total, std::ssize(expected)) << round;
        EXPECT_TRUE(page->next.empty() || std::ssize(page->calls) == filter.limit) << "full, or the last";
      } else {
        EXPECT_TRUE(!page->exact || page->total == std::ssize(expected));
      }
      for (const auto& id : ids_of(*page)) seen.push_back(id);
      filter.before = page->next;
      if (filter.before.empty()) break;
    }
    ASSERT_EQ(seen, expected) << round;
    if (!filter.search.empty()) continue;
    filter.offset = static_cast<std::int64_t>(random() % 40);
    const auto skip = std::min<std::ptrdiff_t>(filter.offset, std::ssize(expected));
    const auto size = std::min<std::ptrdiff_t>(filter.limit, std::ssize(expected) - skip);
    const std::vector<std::string> slice(expected.begin() + skip, expected.begin() + skip + size);
    ASSERT_EQ(ids_of(*store().list_calls("a", filter)), slice) << round;
  }
}

TEST_F(StoreTest, ASearchFindsAnIdOrANumberHoweverOldAndNamesAsFarAsItLooks) {
  for (int i = 0; i < 50; ++i) {
    CallRow row = call_row("a", id_of(i), "crm-" + std::to_string(i));
    if (i == 3) row.start.request.phone = "+15550100999";
    if (i == 3) row.start.request.name = "Kim O'Hara";
    ASSERT_TRUE(store().insert_call(row));
  }
  CallFilter filter;
  filter.window = 10;
  for (const auto& search : {id_of(3), std::string("crm-3"), std::string("+15550100999")}) {
    filter.search = search;
    const auto page = store().list_calls("a", filter);
    EXPECT_EQ(ids_of(*page), std::vector{id_of(3)}) << search;
    EXPECT_TRUE(page->exact && page->next.empty());
  }
  filter.search = "o'hara";
  int pages = 1;
  auto page = store().list_calls("a", filter);
  for (; page->calls.empty() && !page->next.empty(); ++pages) {
    EXPECT_FALSE(page->exact);
    filter.before = page->next;
    page = store().list_calls("a", filter);
  }
  EXPECT_EQ(ids_of(*page), std::vector{id_of(3)});
  EXPECT_EQ(pages, 5);
}

TEST_F(StoreTest, KnowsWhatIsDueAndWhatIsStuck) {
  for (int i = 1; i <= 4; ++i) {
    CallRow row = call_row("a", id_of(i));
    if (i < 4) row.due_at = kNow + (4 - i) * kSecond;
    if (i == 4) row.dial_at = kNow;
    row.last_event_at = kNow + i;
    if (i == 2) row.status = CallStatus::completed;
    ASSERT_TRUE(store().insert_call(row));
  }
  EXPECT_EQ(store().calls_due(kNow + 2 * kSecond, 10), (std::vector<CallKey>{{"a", id_of(3)}, {"a", id_of(2)}}))
      << "soonest first";
  EXPECT_EQ(store().calls_due(kNow + kDay, 1)->size(), 1u);
  EXPECT_EQ(store().next_call_due(kNow), kNow + kSecond);
  EXPECT_EQ(store().next_call_due(kNow + 3 * kSecond), kNever);
  EXPECT_EQ(store().calls_to_dial(kNow, 10), (std::vector<CallKey>{{"a", id_of(4)}}));
  EXPECT_EQ(store().calls_to_dial(kNow - 1, 10), std::vector<CallKey>());
  EXPECT_EQ(store().next_dial(kNow - 1), kNow);
  EXPECT_EQ(store().next_dial(kNow), kNever);
  EXPECT_EQ(store().stuck_calls(kNow + 4, 10), (std::vector<CallKey>{{"a", id_of(1)}, {"a", id_of(3)}}))
      << "an ended one is not stuck";
}

TEST_F(StoreTest, AnUpdateOfACallThatIsNotThereSaysSo) {
  const auto updated = store().update_call(call_row("a", id_of(9)));
  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().name, "call_not_found");
  EXPECT_EQ(store().get_call("a", id_of(9)).error().name, "call_not_found");
}

TEST_F(StoreTest, ListsOfAgentsAndActionsCoverAllOnce) {
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(store().put_agent(agent_named("a", id_of(i), "Mia"), kNow));
    ASSERT_TRUE(store().put_action(
        "a", {id_of(i), Extractor{ExtractorKind::yes_no, "q" + std::to_string(i), "?", {}, {}}}, kNow));
  }
  std::set<std::string> agents, actions;
  for (std::int64_t offset = 0; offset < 12; offset += 2) {
    const auto agent_page = store().list_agents("a", 2, offset);
    EXPECT_EQ(agent_page->first, 10);
    for (const auto& agent : agent_page->second) EXPECT_TRUE(agents.insert(agent->agent_id).second);
    const auto action_page = store().list_actions("a", 2, offset);
    EXPECT_EQ(action_page->first, 9);
    for (const auto& action : action_page->second) EXPECT_TRUE(actions.insert(action.action_id).second);
  }
  EXPECT_EQ(agents.size(), 10u);
  EXPECT_EQ(actions.size(), 9u);
}

TEST_F(StoreTest, AWorkspaceSeesNothingOfAnother) {
  ASSERT_TRUE(store().insert_call(call_row("a", id_of(1), "crm-1")));
  ASSERT_TRUE(store().put_agent(agent_named("a", "secret-agent", "Mika"), kNow));
  ASSERT_TRUE(store().put_action("a", {"action-1", Extractor{ExtractorKind::yes_no, "q", "?", {}, {}}}, kNow));
  ASSERT_TRUE(store().add_events("a", id_of(1), {event_of("1", EventType::ringing, kNow)}, kNow));
  EXPECT_EQ(store().get_call("b", id_of(1)).error().name, "call_not_found");
  EXPECT_EQ(store().get_call_outline("b", id_of(1)).error().name, "call_not_found");
  EXPECT_EQ(store().list_calls("b", {})->total, 0);
  EXPECT_FALSE(store().update_call(call_row("b", id_of(1))));
  EXPECT_EQ(store().latest_agent("b", "secret-agent").error().name, "agent_not_found");
  EXPECT_EQ(store().agent_version("b", "secret-agent", 1).error().name, "agent_not_found");
  EXPECT_FALSE(store().delete_agent("b", "secret-agent", kNow));
  EXPECT_EQ(store().list_agents("b", 10, 0)->first, 1);
  EXPECT_EQ(store().get_action("b", "action-1").error().name, "action_not_found");
  EXPECT_EQ(store().list_actions("b", 10, 0)->first, 0);
  // The same ids in the other workspace are other things.
  ASSERT_TRUE(store().insert_call(call_row("b", id_of(1))));
  EXPECT_TRUE(store().get_call("b", id_of(1))->events.empty());
  EXPECT_EQ(store().get_call("b", id_of(1))->agent->name, "Mika of b");
  ASSERT_TRUE(store().put_action("b", {"action-1", Extractor{ExtractorKind::yes_no, "other", "?", {}, {}}}, kNow));
  EXPECT_EQ(store().get_action("a", "action-1")->identifier(), "q");
}

TEST_F(StoreTest, AListIsByStartAndItsPagesCoverAllOnceAlsoWhereStartsAreEqual) {
  std::vector<std::pair<Timestamp, std::string>> expected;
  for (int i = 0; i < 40; ++i) {
    CallRow row = call_row("a", id_of(i));
    row.started_at = kNow + (i * 13 % 5) * kSecond;
    row.status = i % 2 == 0 ? CallStatus::busy : CallStatus::completed;
    ASSERT_TRUE(store().insert_call(row));
    expected.emplace_back(row.started_at, id_of(i));
  }
  std::sort(expected.rbegin(), expected.rend());
  for (const bool busy : {false, true}) {
    std::vector<std::string> wanted, got;
    for (const auto& [start, id] : expected) {
      if (!busy || store().get_call_outline("a", id)->row.status == CallStatus::busy) wanted.push_back(id);
    }
    CallFilter filter;
    filter.call_status = busy ? "busy" : "";
    filter.limit = 3;
    while (true) {
      const auto page = store().list_calls("a", filter);
      ASSERT_TRUE(page) << page.error().detail;
      EXPECT_EQ(page->total, static_cast<std::int64_t>(wanted.size()));
      EXPECT_TRUE(page->exact);
      if (page->calls.empty()) break;
      for (const auto& id : ids_of(*page)) got.push_back(id);
      filter.before = got.back();
    }
    EXPECT_EQ(got, wanted);
  }
}

TEST_F(StoreTest, AllCallsAreCountedAsTheyComeAndGo) {
  for (int i = 0; i < 5; ++i) {
    CallRow row = call_row("a", id_of(i));
    row.status = CallStatus::completed;
    ASSERT_TRUE(store().insert_call(row));
  }
  EXPECT_EQ(store().list_calls("a", {})->total, 5);
  EXPECT_EQ(store().list_calls("b", {})->total, 0);
  const std::vector<std::string> old{id_of(0), id_of(3)};
  ASSERT_TRUE(store().delete_old(OldKind::calls, "a", old, kNow + kDay));
  EXPECT_EQ(store().list_calls("a", {})->total, 3);
  CallFilter search;
  search.search = "Dana";
  EXPECT_EQ(store().list_calls("a", search)->total, 3);
  EXPECT_TRUE(store().list_calls("a", search)->exact);
  search.limit = 2;
  EXPECT_EQ(store().list_calls("a", search)->total, 2);
  EXPECT_FALSE(store().list_calls("a", search)->exact) << "no row is read only to be counted";
}

}  // namespace
}  // namespace wrapup
