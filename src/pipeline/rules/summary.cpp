#include "pipeline/rules/summary.hpp"

#include <algorithm>

namespace wrapup::rules {

namespace {

constexpr std::size_t kMostFacts = 12;

std::string length_of(std::int64_t seconds) {
  if (seconds < 60) return std::to_string(seconds) + " s";
  const std::string rest = seconds % 60 == 0 ? "" : " " + std::to_string(seconds % 60) + " s";
  return std::to_string(seconds / 60) + " min" + rest;
}

std::string ending_of(const Call& call) {
  const std::string& reason = call.end_call_reason;
  if (call.status == CallStatus::hangup_on_voicemail) return "A machine answered and the agent hung up";
  if (call.status == CallStatus::left_voicemail) return "A machine answered and a message was left";
  if (reason == "human_goodbye") return "It ended with the human's farewell";
  if (reason == "agent_goodbye") return "It ended with the agent's farewell";
  if (reason == "human_pick_up_cut_off") return "The human hung up without a farewell";
  if (reason == "max_duration") return "It ended at the maximum duration";
  if (reason == "idle_time_exceeded") return "It ended because nobody spoke";
  if (reason == "custom_end_call")
    return "It ended by the condition \"" + first_words(call.custom_end_call_reason, 120) + "\"";
  if (reason == "error") return "It ended with an error";
  return "How it ended is not known";
}

std::string value_text(const json::value& value) {
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  return first_words(value.is_string() ? std::string(value.get_string()) : to_text(value), 80);
}

struct Facts {
  std::string found;
  std::string open;
  std::size_t count = 0;

  void add(const std::string& name, const json::value& value) {
    if (++count > kMostFacts) return;
    std::string& list = value.is_null() ? open : found;
    if (!list.empty()) list += value.is_null() ? ", " : "; ";
    list += first_words(name, 60);
    if (!value.is_null()) list += ": " + value_text(value);
  }
};

}  // namespace

std::string first_words(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) {
    std::string whole(text);
    std::replace(whole.begin(), whole.end(), '\n', ' ');
    return whole;
  }
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  const std::size_t space = text.rfind(' ', end);
  if (space != std::string_view::npos && space > limit / 2) end = space;
  std::string out(text.substr(0, end));
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out + "…";
}

std::string summary(const Call& call, const Findings& findings) {
  std::string text = call.direction == Direction::outbound ? "Outbound call to " : "Inbound call from ";
  text += call.name.empty() ? call.phone : call.name;
  text += ", " + length_of(call.duration_s) + ", " + std::to_string(call.transcript.size()) +
          (call.transcript.size() == 1 ? " turn" : " turns") + ", status " + std::string(to_string(call.status));
  text += ". " + ending_of(call) + ".";
  Facts facts;
  for (const auto& [action, answer] : findings.answers) facts.add(action.identifier(), answer.value);
  if (!facts.found.empty()) text += " Found: " + facts.found + ".";
  if (!facts.open.empty()) text += " Not said: " + facts.open + ".";
  if (facts.count > kMostFacts) text += " And " + std::to_string(facts.count - kMostFacts) + " more.";
  return text + " Made by rules from the record.";
}

}  // namespace wrapup::rules
