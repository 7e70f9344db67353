#include "model/analytics.hpp"

#include <algorithm>

#include "base/time.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kNewest = 10;
constexpr std::size_t kMostNames = 500;  // answers and values come from agents: the object stays bounded
constexpr std::string_view kOthers = "(others)";
constexpr std::string_view kLetters = "tfpn-";

char letter_of(const Verdict& verdict) {
  if (!verdict.score) return '-';
  switch (*verdict.score) {
    case Score::yes: return 't';
    case Score::no: return 'f';
    case Score::partial: return 'p';
    case Score::not_applicable: return 'n';
  }
  return '-';
}

bool is_free_text(const Action& action) {
  if (const auto* extractor = std::get_if<Extractor>(&action.what))
    return extractor->kind == ExtractorKind::open_question;
  return std::get<CustomEvaluation>(action.what).category == EvaluationCategory::descriptive;
}

void count(std::map<std::string, std::int64_t, std::less<>>& counts, std::string_view name) {
  auto known = counts.find(name);
  if (known == counts.end()) known = counts.try_emplace(std::string(counts.size() < kMostNames ? name : kOthers)).first;
  ++known->second;
}

void write_counts(JsonWriter& out, std::string_view name,
                  const std::map<std::string, std::int64_t, std::less<>>& counts) {
  out.key(name).begin_object();
  for (const auto& [value, number] : counts) out.member(value, number);
  out.end_object();
}

std::int64_t of(const std::map<char, std::int64_t>& counts, char letter) {
  const auto found = counts.find(letter);
  return found == counts.end() ? 0 : found->second;
}

void write_share(JsonWriter& out, std::string_view name, std::int64_t part, std::int64_t whole) {
  out.key(name);
  whole == 0 ? out.null() : out.number(static_cast<double>(part * 10'000 / whole) / 10'000);
}

void write_sentiment(JsonWriter& out, const std::map<char, std::int64_t>& sentiment) {
  const std::int64_t told = of(sentiment, 't') + of(sentiment, 'p') + of(sentiment, 'f');
  out.member("positive", of(sentiment, 't')).member("mixed", of(sentiment, 'p')).member("negative", of(sentiment, 'f'));
  write_share(out, "positive_share", of(sentiment, 't'), told);
}

std::string date_of(std::int64_t day) { return format_utc(day * kDay).substr(0, 10); }

}  // namespace

std::string findings_digest(const Findings& findings) {
  std::string text;
  if (findings.analysis) {
    for (std::size_t i = 0; i < kCriteria; ++i) text += letter_of((*findings.analysis)[static_cast<Criterion>(i)]);
  }
  text += '\n';
  if (findings.answers.empty()) return text;
  JsonWriter out(text);
  out.begin_object();
  for (const auto& [action, answer] : findings.answers) {
    const bool told = !answer.value.is_null();
    told&& is_free_text(action) ? out.member(action.name(), 1) : out.member(action.name(), answer.value);
  }
  out.end_object();
  return text;
}

void Analytics::add(const CountedCall& call) {
  Day& day = days_[call.started_at / kDay];
  Volume& agent = agents_[std::string(call.model_id)];
  const auto status = call_status_from(call.status);
  for (Volume* volume : {&total_, &day.volume, &agent}) {
    ++volume->calls;
    volume->seconds += call.duration_s;
    if (status && was_connected(*status)) ++volume->connected;
    if (status == CallStatus::completed) ++volume->completed;
  }
  for (Counts* counts : {&statuses_, &day.statuses}) count(*counts, call.status);
  if (!call.end_call_reason.empty()) {
    for (Counts* counts : {&reasons_, &day.reasons}) count(*counts, call.end_call_reason);
  }
  count(directions_, call.direction);
  if (!call.digest.empty()) add_digest(call.digest, day, agent);
  if (newest_.size() < kNewest || call.started_at > newest_.begin()->first) {
    std::string row;
    JsonWriter(row)
        .begin_object()
        .member("call_id", call.call_id)
        .member("model_id", call.model_id)
        .member("type_of_call", call.direction)
        .member("call_status", call.status)
        .member("end_call_reason", call.end_call_reason)
        .member("start_time", format_utc(call.started_at))
        .member("duration", call.duration_s)
        .end_object();
    newest_.emplace(call.started_at, std::move(row));
    if (newest_.size() > kNewest) newest_.erase(newest_.begin());
  }
}

void Analytics::add_digest(std::string_view digest, Day& day, Volume& agent) {
  const std::string_view letters = digest.substr(0, digest.find('\n'));
  for (std::size_t i = 0; i < std::min(letters.size(), kCriteria); ++i) {
    ++judged_[i][letters[i]];
    const auto criterion = static_cast<Criterion>(i);
    if (criterion == Criterion::user_sentiment) ++day.sentiment[letters[i]];
    if (criterion == Criterion::goal && letters[i] == 't') {
      for (Volume* volume : {&total_, &day.volume, &agent}) ++volume->goals;
    }
  }
  if (digest.size() <= letters.size() + 1) return;
  const auto answers = parse_json(digest.substr(letters.size() + 1));
  if (!answers || !answers->is_object()) return;
  for (const auto& [name, value] : answers->get_object()) {
    auto known = answers_.find(std::string_view(name));
    if (known == answers_.end())
      known = answers_.try_emplace(answers_.size() < kMostNames ? std::string(name) : std::string(kOthers)).first;
    Answers& counted = known->second;
    ++(value.is_null() ? counted.unanswered : counted.answered);
    if (value.is_bool() || value.is_double()) count(counted.values, to_text(value));
    if (value.is_string()) count(counted.values, std::string_view(value.get_string()));
  }
}

void Analytics::write(JsonWriter& out, std::int64_t first_day, std::int64_t last_day) const {
  const auto write_volume = [&out](const Volume& volume) {
    out.member("calls", volume.calls).member("connected", volume.connected).member("completed", volume.completed);
    out.key("minutes").number(static_cast<double>(volume.seconds * 100 / 60) / 100);
    out.key("mean_duration");
    volume.connected == 0 ? out.null() : out.number(static_cast<double>(volume.seconds * 100 / volume.connected) / 100);
    out.member("goal_reached", volume.goals);
    write_share(out, "success_rate", volume.goals, volume.connected);
  };
  out.key("totals").begin_object();
  write_volume(total_);
  out.end_object();
  write_counts(out, "type_of_call_stat", directions_);
  write_counts(out, "call_status_stat", statuses_);
  write_counts(out, "end_call_reason_stat", reasons_);
  out.key("duration_metrics").begin_object().member("total_seconds", total_.seconds);
  out.key("mean_seconds");
  total_.connected == 0 ? out.null() : out.number(static_cast<double>(total_.seconds * 100 / total_.connected) / 100);
  out.end_object();
  out.key("sentiment_stat").begin_object();
  write_sentiment(out, judged_[static_cast<std::size_t>(Criterion::user_sentiment)]);
  out.end_object();
  out.key("assistant_performance").begin_array();
  for (const auto& [model_id, volume] : agents_) {
    out.begin_object().member("model_id", model_id);
    write_volume(volume);
    out.end_object();
  }
  out.end_array();
  write_answers(out);
  write_judged(out);
  out.key("recent_call_history").begin_array();
  for (auto row = newest_.rbegin(); row != newest_.rend(); ++row) out.raw(row->second);
  out.end_array();
  out.key("series").begin_array();
  for (std::int64_t number = first_day; number <= last_day; ++number) {
    static const Day kEmpty;
    const auto found = days_.find(number);
    const Day& day = found == days_.end() ? kEmpty : found->second;
    out.begin_object().member("date", date_of(number));
    write_volume(day.volume);
    write_counts(out, "call_status_stat", day.statuses);
    write_counts(out, "end_call_reason_stat", day.reasons);
    out.key("sentiment_stat").begin_object();
    write_sentiment(out, day.sentiment);
    out.end_object().end_object();
  }
  out.end_array();
}

void Analytics::write_answers(JsonWriter& out) const {
  out.key("executed_actions").begin_object();
  for (const auto& [name, counted] : answers_) {
    out.key(name).begin_object().member("answered", counted.answered).member("unanswered", counted.unanswered);
    write_counts(out, "values", counted.values);
    out.end_object();
  }
  out.end_object();
}

void Analytics::write_judged(JsonWriter& out) const {
  constexpr std::array<std::string_view, 5> kNames{"true", "false", "partial", "not_applicable", "not_evaluated"};
  out.key("judge_results").begin_object();
  for (std::size_t i = 0; i < kCriteria; ++i) {
    out.key(to_string(static_cast<Criterion>(i))).begin_object();
    for (std::size_t letter = 0; letter < kLetters.size(); ++letter)
      out.member(kNames[letter], of(judged_[i], kLetters[letter]));
    out.end_object();
  }
  out.end_object();
}

}  // namespace wrapup
