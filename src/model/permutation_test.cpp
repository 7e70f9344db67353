// Reports come late, twice and out of order: whatever the order, the webhook's bytes are the same.
#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/payload.hpp"
#include "model/record.hpp"

namespace wrapup {
namespace {

// Ten different calls, each as its engine reports it.
const char* const kCalls[] = {
    R"([{"id":"r","type":"ringing","at":1773238800000},{"id":"a","type":"answered","at":1773238807000,"by":"human"},
        {"id":"1","type":"turn","at":1773238808000,"role":"bot","text":"Hello, shall we collect your bike?"},
        {"id":"2","type":"turn","at":1773238812000,"role":"human","text":"Yes please, on Thursday."},
        {"id":"v","type":"variable","at":1773238813000,"name":"pickup day","value":"Thursday"},
        {"id":"3","type":"turn","at":1773238816000,"role":"bot","text":"Noted. Goodbye!"},
        {"id":"rec","type":"recording","at":1773238850000,"url":"https://recordings.example.com/1.mp3"},
        {"id":"e","type":"ended","at":1773238849001,"hung_up_by":"bot"}])",
    R"([{"id":"r","type":"ringing","at":1773238800000},{"id":"e","type":"ended","at":1773238825000,"status":"no-answer"}])",
    R"([{"id":"e","type":"ended","at":1773238801000,"status":"busy","reason":"line_busy"},
        {"id":"n","type":"note","at":1773238801000,"text":"SIP 486"}])",
    R"([{"id":"r","type":"ringing","at":1773238800000},{"id":"a","type":"answered","at":1773238805000,"by":"machine"},
        {"id":"1","type":"turn","at":1773238806000,"role":"human","text":"Please leave a message after the tone."},
        {"id":"e","type":"ended","at":1773238811000,"hung_up_by":"bot"}])",
    R"([{"id":"a","type":"answered","at":1773238805000,"by":"machine"},
        {"id":"1","type":"turn","at":1773238806000,"role":"human","text":"Leave a message."},
        {"id":"2","type":"turn","at":1773238809000,"role":"bot","text":"Please call us back."},
        {"id":"e","type":"ended","at":1773238811000}])",
    R"([{"id":"a","type":"answered","at":1773238805000},{"id":"e","type":"ended","at":1773238805400,"hung_up_by":"human"}])",
    R"([{"id":"e","type":"ended","at":1773238802000,"status":"failed","error_message":"Telephony - 503 - Service Unavailable"},
        {"id":"r","type":"ringing","at":1773238801000}])",
    // Two turns, two values and two runs of an action at one moment.
    R"([{"id":"a","type":"answered","at":1773238805000},
        {"id":"t2","type":"turn","at":1773238806000,"role":"human","text":"second","start_ms":900},
        {"id":"t1","type":"turn","at":1773238806000,"role":"bot","text":"first","start_ms":100},
        {"id":"v1","type":"variable","at":1773238807000,"name":"count","value":1},
        {"id":"v2","type":"variable","at":1773238807000,"name":"count","value":2},
        {"id":"x1","type":"action","at":1773238808000,"name":"book","return_value":{"ok":false}},
        {"id":"x2","type":"action","at":1773238808000,"name":"book","return_value":{"ok":true}},
        {"id":"e","type":"ended","at":1773238815000,"reason":"custom_end_call","custom_reason":"Wrong number"}])",
    // Nothing but non-ASCII, and an ending whose sender says that more is to come.
    R"([{"id":"📞","type":"answered","at":1773238805000},
        {"id":"שלום","type":"turn","at":1773238806000,"role":"human","text":"مرحبا، كيف حالك؟"},
        {"id":"ñ","type":"turn","at":1773238807000,"role":"bot","text":"Auf Wiederhören! 👋🏽"},
        {"id":"שם","type":"variable","at":1773238808000,"name":"Stadt \"Köln\"","value":"Kölle 🎭"},
        {"id":"終","type":"ended","at":1773238809000,"more":true},
        {"id":"録","type":"recording","at":1773238812000,"url":"https://recordings.example.com/%E9%8C%B2.mp3"}])",
    // Two endings that agree; the engine's clock is behind.
    R"([{"id":"r","type":"ringing","at":1773230000000},{"id":"a","type":"answered","at":1773230004000},
        {"id":"1","type":"turn","at":1773230005000,"role":"human","text":"Hello? Bye."},
        {"id":"e1","type":"ended","at":1773230009000,"status":"completed","hung_up_by":"human"},
        {"id":"e2","type":"ended","at":1773230009500,"status":"completed","reason":"human_goodbye"}])",
};

std::string payload_of(std::vector<Event> events) {
  static const Agent agent = *read_agent(
      {{"type", "outbound"},
       {"name", "Desk"},
       {"agent", json::object{{"timezone", "Europe/Berlin"}, {"end_call_reasons", json::array{"Wrong number"}}}}});
  CallStart start;
  start.workspace_id = "default";
  start.call_id = "019cdd7b-0000-7000-8000-000000000001";
  start.created_at = 1'773'238'799 * kSecond;
  start.request.name = "Ilse Varga";
  start.request.phone = "+15550100123";
  const Call call = build_call(start, agent, facts_of(std::move(events)));
  Findings findings;
  findings.variables = call.variables;
  return render_payload(call, agent, findings, 1, start.created_at);
}

std::vector<Event> events_of(const char* text) {
  auto read = read_events(*parse_json(text));
  EXPECT_TRUE(read) << read.error().message << " in " << text;
  return read.value_or(std::vector<Event>());
}

TEST(Permutation, EveryOrderOfTheEventsGivesTheSameBytes) {
  std::mt19937 random(20260311);
  for (const char* text : kCalls) {
    const auto events = events_of(text);
    const std::string expected = payload_of(events);
    std::vector<std::size_t> order(events.size());
    std::iota(order.begin(), order.end(), 0u);
    const bool all = events.size() <= 6;  // 720 orders; of longer ones 2,000 random ones
    for (int round = 0; round < 2000; ++round) {
      std::vector<Event> shuffled;
      for (const std::size_t i : order) shuffled.push_back(events[i]);
      for (int repeats = round % 4; repeats > 0; --repeats) {
        const auto place = shuffled.begin() + static_cast<std::ptrdiff_t>(random() % (shuffled.size() + 1));
        shuffled.insert(place, events[random() % events.size()]);
      }
      ASSERT_EQ(payload_of(std::move(shuffled)), expected) << "order " << round << " of " << text;
      if (all && !std::next_permutation(order.begin(), order.end())) break;
      if (!all) std::shuffle(order.begin(), order.end(), random);
    }
  }
}

TEST(Permutation, TheCallsAreDifferentOnes) {
  std::vector<std::string> payloads;
  for (const char* text : kCalls) payloads.push_back(payload_of(events_of(text)));
  std::sort(payloads.begin(), payloads.end());
  EXPECT_EQ(std::unique(payloads.begin(), payloads.end()), payloads.end());
  EXPECT_EQ(payloads.size(), 10u);
}

}  // namespace
}  // namespace wrapup
