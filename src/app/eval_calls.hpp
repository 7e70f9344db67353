// The files of `wrapup eval`: labelled calls and the answers of a run, a JSON object a line. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/eval_judge.hpp"
#include "app/eval_score.hpp"
#include "model/agent.hpp"
#include "model/call.hpp"

namespace wrapup::eval {

/// A call with the questions that are asked of it, and the labels that nobody who answers may see.
struct EvalCall {
  Call call;
  Agent agent;
  std::vector<Labelled> labels;
  std::vector<VerdictLabel> verdicts;
};

/// Errors are `invalid` and name the line.
Result<std::vector<EvalCall>> read_calls(std::string_view text);
/// Values by call and identifier.
Result<std::map<std::string, json::object>> read_answers(std::string_view text);

}  // namespace wrapup::eval
