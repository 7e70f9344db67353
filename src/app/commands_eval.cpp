#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/eval_calls.hpp"
#include "app/eval_judge.hpp"
#include "app/eval_score.hpp"
#include "app/model_parts.hpp"
#include "app/text_file.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "pipeline/stages.hpp"

namespace wrapup {

namespace {

using eval::EvalCall;

constexpr std::size_t kMaxFile = 1024UL * 1024 * 1024;

/// What a run gave for one call.
struct Answers {
  json::object values;  // by identifier
  std::optional<Analysis> analysis;
  ChatUsage usage;
  Duration micros = 0;
  std::string trouble;  // why the model did not answer all
};

/// Runs the stages over the calls, some at once when a model answers.
class EvalRun {
 public:
  EvalRun(const Config& config, const EvalOptions& options, const std::vector<EvalCall>& calls)
      : config_(config),
        options_(options),
        calls_(calls),
        settings_(model_settings(config)),
        client_({any_address(), 64, std::chrono::seconds(60), "", "wrapup/" + std::string(kProgramVersion)}),
        model_(io_.get_executor(), client_, client_, clock_, entropy_, model_client_settings(config)),
        answers_(calls.size()) {}

  const std::vector<Answers>& run() {
    TaskGroup group(io_.get_executor());
    const std::size_t workers = options_.model ? settings_.running : 1;
    for (std::size_t i = 0; i < std::min(workers, calls_.size()); ++i) group.spawn(work());
    io_.run();
    if (shows_progress()) fmt::print(stderr, "\r{:40}\r", "");
    return answers_;
  }

 private:
  static bool shows_progress() { return ::isatty(STDERR_FILENO) == 1; }

  Task<void> work() {
    while (next_ < calls_.size()) {
      const std::size_t index = next_++;
      answers_[index] = co_await answer(calls_[index]);
      ++done_;
      if (shows_progress()) fmt::print(stderr, "\r{} of {} calls", done_, calls_.size());
    }
  }

  Task<Answers> answer(const EvalCall& call) {
    Answers out;
    Findings findings;
    const std::int64_t began = clock_.monotonic();
    Evaluator evaluator{standard_model(config_), {}, ""};
    ModelRun run(model_, nullptr, clock_, settings_, {"", call.call.call_id}, std::move(evaluator));
    for (const auto& stage : stages_) {
      const bool wanted = stage->name() == "extract" || (options_.judge && stage->name() == "judge");
      if (!wanted) continue;
      const Status done = options_.model ? co_await stage->run_with(run, call.call, call.agent, findings)
                                         : stage->run(call.call, call.agent, findings);
      if (!done) out.trouble = done.error().message;
    }
    out.micros = clock_.monotonic() - began;
    out.usage = run.usage();
    for (const auto& [action, answered] : findings.answers) out.values[action.identifier()] = answered.value;
    out.analysis = std::move(findings.analysis);
    co_return out;
  }

  const Config& config_;
  const EvalOptions& options_;
  const std::vector<EvalCall>& calls_;
  ModelSettings settings_;
  asio::io_context io_{1};
  SystemClock clock_;
  SystemEntropy entropy_;
  CurlClient client_;
  OpenAiModel model_;
  std::vector<std::unique_ptr<Stage>> stages_ = rule_stages();
  std::vector<Answers> answers_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
};

std::vector<eval::Row> rows_of(const std::vector<EvalCall>& calls, const std::map<std::string, json::object>& values) {
  std::vector<eval::Row> rows;
  for (const auto& call : calls) {
    const auto its = values.find(call.call.call_id);
    for (const auto& label : call.labels) {
      const auto* value = its == values.end() ? nullptr : its->second.if_contains(label.question.identifier);
      rows.push_back(eval::judge(label, value));
    }
  }
  return rows;
}

std::map<std::string, json::object> values_of(const std::vector<EvalCall>& calls, const std::vector<Answers>& answers) {
  std::map<std::string, json::object> values;
  for (std::size_t i = 0; i < calls.size(); ++i) values[calls[i].call.call_id] = answers[i].values;
  return values;
}

// As others score it: one call a line, with what it took beside.
Status write_answers(const std::string& path, const std::vector<EvalCall>& calls, const std::vector<Answers>& answers) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Answers& its = answers[i];
    std::string line;
    JsonWriter out(line);
    out.begin_object().member("call_id", calls[i].call.call_id).member("values", its.values);
    out.member("micros", its.micros).member("prompt_tokens", its.usage.prompt_tokens);
    out.member("completion_tokens", its.usage.completion_tokens);
    if (its.analysis) {
      out.key("analysis");
      its.analysis->write(out);
    }
    out.end_object();
    file << line << '\n';
  }
  file.close();
  if (!file) return fail(Code::unavailable, "not_written", "cannot write " + path);
  return {};
}

void print_cost(const std::vector<Answers>& answers, bool model) {
  std::vector<Duration> times;
  ChatUsage usage;
  std::int64_t lacking = 0;
  std::string trouble;
  for (const auto& its : answers) {
    times.push_back(its.micros);
    usage += its.usage;
    lacking += !its.trouble.empty();
    if (trouble.empty()) trouble = its.trouble;
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return static_cast<double>(times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]) / 1000;
  };
  fmt::print("time a call, ms: half within {:.3f}, 95 % within {:.3f}, longest {:.3f}\n", at(0.5), at(0.95), at(1));
  if (!model) return;
  fmt::print("tokens: {} of prompts, {} of answers, {} requests\n", usage.prompt_tokens, usage.completion_tokens,
             usage.requests);
  if (lacking) fmt::print("{} calls were not answered by the model alone; the first because: {}\n", lacking, trouble);
}

void print_judge(const std::vector<EvalCall>& calls, const std::vector<Answers>& answers) {
  std::vector<eval::Judged> judged;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto& analysis = answers[i].analysis;
    judged.push_back({analysis ? &*analysis : nullptr, &calls[i].verdicts});
  }
  fmt::print("{}", eval::judge_text(judged));
}

void print_errors(const std::vector<EvalCall>& calls, const std::vector<Answers>& answers, std::int64_t most) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    for (const auto& label : calls[i].labels) {
      const auto* value = answers[i].values.if_contains(label.question.identifier);
      if (most <= 0) return;
      if (eval::judge(label, value).right) continue;
      --most;
      fmt::print("{} {}: {}\n    expected {}\n    got      {}\n", calls[i].call.call_id, label.question.identifier,
                 label.question.description, to_text(label.expected), value ? to_text(*value) : "(missing)");
    }
  }
}

// How many questions one run has right that the other has not.
void print_moves(const std::vector<eval::Row>& now, const std::vector<eval::Row>& before) {
  std::int64_t gained = 0, lost = 0;
  for (std::size_t i = 0; i < now.size(); ++i) {
    gained += now[i].right && !before[i].right;
    lost += !now[i].right && before[i].right;
  }
  fmt::print("against the run before: {} answers became right, {} wrong\n", gained, lost);
}

}  // namespace

int eval_command(const ConfigSources& sources, const EvalOptions& options) {
  set_log_level(LogLevel::error);
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  if (options.model && config->model.base_url.empty()) {
    return report_error({Code::invalid,
                         "no_model",
                         "--model needs a model: set model.base_url and model.name in --config FILE or the environment",
                         "",
                         {}});
  }
  auto text = read_text_file(options.file, kMaxFile);
  if (!text) return report_error({Code::invalid, "not_read", options.file + " " + text.error().message, "", {}});
  auto calls = eval::read_calls(*text);
  if (!calls) return report_error(calls.error());
  if (options.limit > 0 && calls->size() > static_cast<std::size_t>(options.limit))
    calls->erase(calls->begin() + options.limit, calls->end());
  if (calls->empty()) return report_error({Code::invalid, "no_calls", options.file + " has no calls", "", {}});
  std::optional<std::map<std::string, json::object>> before;
  if (!options.compare.empty()) {
    auto other = read_text_file(options.compare, kMaxFile);
    if (!other) return report_error({Code::invalid, "not_read", options.compare + " " + other.error().message, "", {}});
    auto values = eval::read_answers(*other);
    if (!values) return report_error(values.error());
    before = std::move(*values);
  }
  EvalRun run(*config, options, *calls);
  const auto& answers = run.run();
  const auto rows = rows_of(*calls, values_of(*calls, answers));
  const auto rows_before = before ? rows_of(*calls, *before) : std::vector<eval::Row>();
  fmt::print("{} calls, answered by {}\n", calls->size(), options.model ? config->model.name : "the rules");
  fmt::print("{}",
             eval::score_text(eval::score(rows), before ? std::optional(eval::score(rows_before)) : std::nullopt));
  if (before) print_moves(rows, rows_before);
  print_cost(answers, options.model);
  if (options.by_identifier) fmt::print("{}", eval::identifiers_text(rows));
  if (options.judge) print_judge(*calls, answers);
  print_errors(*calls, answers, options.errors);
  if (!options.out.empty()) {
    if (auto written = write_answers(options.out, *calls, answers); !written) return report_error(written.error());
  }
  return kDone;
}

}  // namespace wrapup
