#include "app/call_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/json_at.hpp"
#include "app/safe_text.hpp"
#include "base/time.hpp"

namespace wrapup {

namespace {

std::string value_words(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : to_text(value);
}

std::string transcript_text(const json::object& call, const Look& look) {
  const std::string transcript = text_at(call, "transcript");
  std::string_view rest = transcript;
  std::string out;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    const std::size_t colon = std::min(line.find(':'), line.size());
    const Paint paint = line.starts_with("bot") ? Paint::blue : Paint::green;
    out += "  " + painted(look.color, paint, safe_line(line.substr(0, colon))) + safe_line(line.substr(colon)) + "\n";
  }
  return out.empty() ? "" : heading("Conversation", look) + out;
}

std::string answers_text(const json::object& call, const Look& look) {
  std::vector<Fact> facts;
  const json::object& actions = object_at(call, "executed_actions");
  for (const auto& [name, value] : actions) {
    const json::object& action = as_object(value);
    const std::string error = text_at(action, "error_message");
    // On the record the answers are JSON text.
    const auto returned = parse_json(text_at(action, "return_value"));
    std::string words;
    if (returned) {
      for (const auto& [identifier, answer] : as_object(*returned))
        words += (words.empty() ? "" : ", ") + value_words(answer);
    }
    facts.push_back({std::string(name), error.empty() ? words : words + " (" + error + ")"});
  }
  return facts.empty() ? "" : heading("Answers", look) + facts_text(facts, look);
}

std::string variables_text(const json::object& call, const Look& look) {
  std::vector<Fact> facts;
  for (const auto& [name, entry] : object_at(call, "collected_variables")) {
    const json::object& variable = as_object(entry);
    const auto* value = variable.if_contains("value");
    facts.push_back({std::string(name),
                     (value ? value_words(*value) : "") + (flag_at(variable, "collected") ? "" : " (not collected)")});
  }
  return facts.empty() ? "" : heading("Variables", look) + facts_text(facts, look);
}

std::string analysis_text(const json::object& call, const Look& look) {
  std::vector<Fact> facts;
  const json::object& results = object_at(call, "judge_results");
  for (const auto& [name, value] : results) {
    const std::string verdict = text_at(results, name);
    const bool told =
        !verdict.empty() && verdict != "not_applicable" && !name.ends_with("_feedback") && name != "all_feedback";
    if (!told) continue;
    const std::string why = text_at(results, std::string(name) + "_feedback");
    const Paint paint = name.starts_with("judge_found") ? Paint::none
                        : verdict == "true"             ? Paint::green
                        : verdict == "false"            ? Paint::red
                                                        : Paint::yellow;
    facts.push_back({std::string(name), verdict + (why.empty() ? "" : ": " + why), paint});
  }
  return facts.empty() ? "" : heading("Analysis", look) + facts_text(facts, look);
}

std::string timeline_text(const json::object& call, const Look& look) {
  std::string out;
  each_object(array_at(call, "timeline"), [&](const json::object& event) {
    const auto* at = event.if_contains("at");
    const Timestamp since = at ? read_time(*at).value_or(0) - call_start(call) : 0;
    const std::string when = fmt::format("{:+.1f} s", double(since) / kSecond);
    out += fmt::format("  {:>9}  {}\n", when, safe_line(event_words(event)));
  });
  return out.empty() ? "" : heading("What the engine reported, since the start", look) + out;
}

std::string facts_of(const json::object& call, const Look& look) {
  std::vector<Fact> facts{{"call", text_at(call, "call_id")},
                          {"status", call_status_cell(call).text, call_status_cell(call).paint},
                          {"ended by", call_reason(call)},
                          {"error", text_at(call, "error_message"), Paint::red},
                          {"began", long_time(call_start(call), look)},
                          {"length", call_length(call)},
                          {"direction", text_at(call, "type_of_call")},
                          {"customer", text_at(call, "name") + " " + text_at(call, "lead_phone_number")},
                          {"our number", text_at(call, "agent_phone_number")},
                          {"agent", text_at(call, "model_id")},
                          {"external id", text_at(call, "external_id")},
                          {"webhook to", text_at(call, "external_webhook_url")},
                          {"recording", text_at(call, "recording_url")}};
  for (const auto& warning : array_at(call, "warnings"))
    facts.push_back({"warning", value_words(warning), Paint::yellow});
  return facts_text(facts, look);
}

}  // namespace

Timestamp call_start(const json::object& call) {
  return read_time(json::value(text_at(call, "start_time"))).value_or(0);
}

Cell call_status_cell(const json::object& call) {
  const std::string status = text_at(call, "status");
  const bool bad = status == "failed" || status == "spam";
  return {status, status == "completed" ? Paint::green : bad ? Paint::red : Paint::yellow};
}

std::string call_length(const json::object& call) {
  const auto seconds = whole_at(call, "duration");
  return seconds < 60 ? fmt::format("{} s", seconds) : fmt::format("{}:{:02} min", seconds / 60, seconds % 60);
}

std::string call_reason(const json::object& call) {
  const std::string custom = text_at(call, "custom_end_call_reason");
  return text_at(call, "end_call_reason") + (custom.empty() ? "" : ": " + custom);
}

std::string event_words(const json::object& event) {
  const std::string type = text_at(event, "type");
  if (type == "turn") return text_at(event, "role") + ": " + text_at(event, "text");
  std::string words = type;
  for (const auto& [name, value] : event) {
    if (name == "id" || name == "type" || name == "at") continue;
    words += "  " + std::string(name) + "=" + (value.is_string() ? std::string(value.get_string()) : to_text(value));
  }
  return words;
}

std::string call_text(const json::object& call, const Look& look) {
  return facts_of(call, look) + transcript_text(call, look) + answers_text(call, look) + variables_text(call, look) +
         analysis_text(call, look) + timeline_text(call, look);
}

}  // namespace wrapup
