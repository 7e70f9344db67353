// What the demo plays and how it reads the API's answers: the agent, the call, and words for what comes back. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/json_at.hpp"
#include "base/json.hpp"

namespace wrapup {

struct DemoQuestion {
  std::string_view kind;  // "YES_NO", "SINGLE_CHOICE", "OPEN_QUESTION"
  std::string_view identifier;
  std::string_view text;
  std::vector<std::string_view> choices;
};

/// One of each kind of information extractor.
const std::vector<DemoQuestion>& demo_questions();
/// The body of POST /v2/assistants: an agent with these questions and a scenario that answers them.
json::object demo_agent();
/// The body of POST /v2/calls.
json::object demo_call(const std::string& model_id, const std::string& webhook_url);

/// The timeline in an answer of GET /v2/calls/{id}; null when there is none.
const json::array* timeline_in(const json::value& response);
/// The first entry in an answer of GET /v2/logs; null when there is none.
const json::object* first_item(const json::value& response);
/// The phases of an attempt that happened, with the microseconds after which each was over.
std::vector<std::pair<std::string, std::int64_t>> phases_of(const json::object& attempt);

/// The URL in the line with which a server says that it is ready; empty when it has not said so yet.
std::string address_in(std::string_view log);
std::string last_lines(std::string_view text, std::size_t count);

}  // namespace wrapup
