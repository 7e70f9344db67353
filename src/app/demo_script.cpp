#include "app/demo_script.hpp"

#include <array>

namespace wrapup {

namespace {

constexpr std::string_view kPrompt =
    "You are Mika of Northlight Cycles. Arrange the pickup of the customer's bike for its yearly service: whether they "
    "want it collected, in the morning or in the afternoon, and what the mechanic should look at. Be brief and "
    "friendly.";

struct Line {
  std::string_view role;
  std::string_view text;
};

constexpr std::array<Line, 10> kScenario{{
    {"bot", "Hello Ilse, this is Mika from Northlight Cycles. Is this a good moment?"},
    {"human", "Yes, go ahead."},
    {"bot", "Would you like us to collect your bike for its yearly service?"},
    {"human", "Yes please, that would be great."},
    {"bot", "Would you like the pickup in the morning or in the afternoon?"},
    {"human", "In the afternoon, please."},
    {"bot", "Is there a fault that the mechanic should look at?"},
    {"human", "The rear brake squeals when it rains."},
    {"bot", "Noted. We will collect your bike on Thursday afternoon. Thank you, and goodbye!"},
    {"human", "Thank you, goodbye."},
}};

json::object action_of(const DemoQuestion& question) {
  json::object inner{{"identifier", question.identifier}, {"description", question.text}};
  if (!question.choices.empty()) inner["choices"] = json::array(question.choices.begin(), question.choices.end());
  return {{"type", "INFORMATION_EXTRACTOR"},
          {"name", "info_extractor_" + std::string(question.identifier)},
          {"INFORMATION_EXTRACTOR", json::object{{question.kind, std::move(inner)}}}};
}

}  // namespace

const std::vector<DemoQuestion>& demo_questions() {
  static const std::vector<DemoQuestion> questions{
      {"YES_NO", "wants_pickup", "Does the customer want the bike to be collected?", {}},
      {"SINGLE_CHOICE", "pickup_slot", "When should the pickup be?", {"morning", "afternoon", "evening"}},
      {"OPEN_QUESTION", "reported_fault", "Which fault of the bike did the customer describe?", {}},
  };
  return questions;
}

json::object demo_agent() {
  json::array actions;
  for (const auto& question : demo_questions()) actions.push_back(action_of(question));
  json::array turns;
  for (const auto& line : kScenario) turns.push_back(json::object{{"role", line.role}, {"text", line.text}});
  json::object scenario{
      {"turns", std::move(turns)}, {"variables", json::object{{"pickup_day", "Thursday"}}}, {"hung_up_by", "human"}};
  return {
      {"type", "outbound"},
      {"name", "Northlight Cycles service desk"},
      {"agent", json::object{{"prompt", kPrompt}, {"timezone", "Europe/Berlin"}, {"scenario", std::move(scenario)}}},
      {"actions", std::move(actions)}};
}

json::object demo_call(const std::string& model_id, const std::string& webhook_url) {
  return {{"model_id", model_id},
          {"phone", "+15550100142"},
          {"name", "Ilse Varga"},
          {"from_phone_number", "+15550100199"},
          {"custom_variables", json::object{{"company", "Northlight Cycles"}}},
          {"metadata", json::object{{"campaign", "spring"}}},
          {"external_webhook_url", webhook_url}};
}

const json::array* timeline_in(const json::value& response) {
  const auto& calls = array_at(as_object(response), "calls");
  const auto* found = calls.empty() ? nullptr : as_object(calls.front()).if_contains("timeline");
  return found ? found->if_array() : nullptr;
}

const json::object* first_item(const json::value& response) {
  const auto& items = array_at(as_object(response), "items");
  return items.empty() ? nullptr : items.front().if_object();
}

std::vector<std::pair<std::string, std::int64_t>> phases_of(const json::object& attempt) {
  std::vector<std::pair<std::string, std::int64_t>> phases;
  const auto& timings = object_at(attempt, "timings_us");
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPhases{
      {{"dns", "name resolved"},
       {"connect", "connected"},
       {"tls", "TLS agreed"},
       {"first_byte", "first byte of the answer"},
       {"total", "whole answer read"}}};
  for (const auto& [name, words] : kPhases) {
    if (const auto micros = whole_at(timings, name); micros > 0) phases.emplace_back(words, micros);
  }
  return phases;
}

std::string address_in(std::string_view log) {
  constexpr std::string_view kReady = " is ready on ";
  const std::size_t at = log.find(kReady);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = log.substr(at + kReady.size());
  const std::size_t end = rest.find_first_of(" \n");
  return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
}

std::string last_lines(std::string_view text, std::size_t count) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (count > 0 && begin != std::string_view::npos && begin > 0) {
    begin = text.rfind('\n', begin - 1);
    --count;
  }
  return std::string(begin == std::string_view::npos || begin == 0 ? text : text.substr(begin + 1));
}

}  // namespace wrapup
