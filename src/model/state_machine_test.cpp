// What holds of the state machine for every set of events.
#include <algorithm>

#include "model/record.hpp"
#include "testing/property.hpp"

namespace wrapup {
namespace {

constexpr const char* kTerminal[] = {"completed",     "no-answer",           "busy",           "failed", "canceled",
                                     "user-canceled", "hangup_on_voicemail", "left_voicemail", "spam"};

// Any event, with times that collide now and then.
Event any_event(int number, bool may_end) {
  const int at = *rc::gen::inRange(0, 60);
  json::object body{{"id", "e" + std::to_string(number)}, {"at", 1'773'238'800'000 + at * 250}};
  switch (*rc::gen::inRange(0, may_end ? 7 : 6)) {
    case 0: body["type"] = "ringing"; break;
    case 1:
      body["type"] = "answered";
      if (*rc::gen::arbitrary<bool>()) body["by"] = *rc::gen::element("human", "machine");
      break;
    case 2:
      body["type"] = "turn";
      body["role"] = *rc::gen::element("human", "bot");
      body["text"] = "Hello";
      break;
    case 3:
      body["type"] = "variable";
      body["name"] = "x";
      body["value"] = at;
      break;
    case 4:
      body["type"] = "recording";
      body["url"] = "https://recordings.example.com/1.mp3";
      break;
    case 5:
      body["type"] = "note";
      body["text"] = "n";
      break;
    default:
      body["type"] = "ended";
      if (*rc::gen::arbitrary<bool>())
        body["status"] = *rc::gen::elementOf(std::vector<const char*>(std::begin(kTerminal), std::end(kTerminal)));
      if (*rc::gen::arbitrary<bool>()) body["hung_up_by"] = *rc::gen::element("human", "bot", "system");
      if (*rc::gen::arbitrary<bool>()) body["error_message"] = "Telephony - 503 - x";
  }
  auto read = read_events(body);
  RC_ASSERT(read.has_value());
  return std::move(read->front());
}

std::vector<Event> any_events(bool may_end) {
  std::vector<Event> events;
  const int count = *rc::gen::inRange(0, 12);
  for (int i = 0; i < count; ++i) events.push_back(any_event(i, may_end));
  return events;
}

CallStatus status_after(std::vector<Event> events) { return status_of(facts_of(std::move(events))); }

TEST(StateMachineProperty, OrderAndRepeatsChangeNothing) {
  expect_holds([] {
    const auto events = any_events(true);
    std::vector<Event> other(events.rbegin(), events.rend());
    if (!events.empty()) other.push_back(*rc::gen::elementOf(events));
    RC_ASSERT(status_after(other) == status_after(events));
  });
}

TEST(StateMachineProperty, TerminalExactlyWhenItEnded) {
  expect_holds([] {
    const auto events = any_events(true);
    const bool ended =
        std::any_of(events.begin(), events.end(), [](const Event& event) { return event.type == EventType::ended; });
    RC_ASSERT(is_terminal(status_after(events)) == ended);
  });
}

TEST(StateMachineProperty, NothingMovesAnOpenCallBack) {
  expect_holds([] {
    auto events = any_events(false);
    const CallStatus before = status_after(events);
    events.push_back(any_event(100, false));
    RC_ASSERT(status_after(events) >= before);
  });
}

TEST(StateMachineProperty, ANamedEndingStandsWhateverElseComes) {
  expect_holds([] {
    auto events = any_events(false);
    const std::string status =
        *rc::gen::elementOf(std::vector<const char*>(std::begin(kTerminal), std::end(kTerminal)));
    json::object end{{"id", "end"}, {"type", "ended"}, {"at", 1'773'238'800'000}, {"status", status}};
    events.push_back(read_events(end)->front());
    RC_ASSERT(to_string(status_after(events)) == status);
  });
}

TEST(StateMachineProperty, ARegisteredCallIsRegisteredUntilSomethingOfWeightHappens) {
  expect_holds([] {
    const auto events = any_events(true);
    const Facts facts = facts_of(events);
    const CallStatus plain = status_of(facts);
    const CallStatus registered = status_of(facts, true);
    RC_ASSERT(registered == (plain == CallStatus::pending ? CallStatus::registered : plain));
  });
}

}  // namespace
}  // namespace wrapup
