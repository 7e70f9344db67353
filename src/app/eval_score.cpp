#include "app/eval_score.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "app/eval_match.hpp"
#include "app/eval_text.hpp"

namespace wrapup::eval {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : to_text(value);
}

bool is_null(const json::value& value) {
  return value.is_null() || (value.is_string() && says_nothing(value.get_string()));
}

// "yes" and "no" count as true and false; nothing when it is neither.
std::optional<bool> as_bool(const json::value& value) {
  if (value.is_bool()) return value.get_bool();
  std::string said = plain(text_of(value));
  std::erase_if(said, [](char c) { return c == ' ' || c == '.' || c == '!'; });
  if (said == "true" || said == "yes" || said == "y" || said == "1") return true;
  if (said == "false" || said == "no" || said == "n" || said == "0") return false;
  return {};
}

void compare(const Labelled& label, const json::value& answer, Row& row) {
  const std::string said = text_of(answer);
  std::vector<std::string> right{text_of(label.expected)};
  if (label.question.kind == ExtractorKind::yes_no) {
    const auto truth = as_bool(answer);
    row.invalid = !truth;
    row.right = row.exact = truth && label.expected.is_bool() && *truth == label.expected.get_bool();
    row.overlap = row.right;
  } else if (label.question.kind == ExtractorKind::single_choice) {
    const auto& choices = label.question.choices;
    row.invalid = std::none_of(choices.begin(), choices.end(),
                               [&](const std::string& choice) { return normal(choice) == normal(said); });
    row.exact = said == right[0];
    row.right = row.exact || normal(said) == normal(right[0]);
    row.overlap = row.right;
  } else {
    right.insert(right.end(), label.accept.begin(), label.accept.end());
    row.exact = std::find(right.begin(), right.end(), said) != right.end();
    row.right = row.exact || matches(said, right, label.value_type);
    for (const auto& one : right) row.overlap = std::max(row.overlap, row.right ? 1 : overlap(said, one));
  }
}

template <class Of>
double mean(const std::vector<const Row*>& rows, Of of) {
  if (rows.empty()) return kNone;
  double sum = 0;
  for (const auto* row : rows) sum += of(*row);
  return sum / static_cast<double>(rows.size());
}

template <class Keep>
std::vector<const Row*> those(const std::vector<const Row*>& rows, Keep keep) {
  std::vector<const Row*> out;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(out), [&](const Row* row) { return keep(*row); });
  return out;
}

KindScore score_of(const std::vector<const Row*>& rows) {
  KindScore out;
  const auto right = [](const Row& row) { return row.right ? 1.0 : 0.0; };
  const auto nulls = those(rows, [](const Row& row) { return row.expected.is_null(); });
  const auto said_null = those(rows, [](const Row& row) { return row.answered_null; });
  out.questions = static_cast<std::int64_t>(rows.size());
  out.accuracy = mean(rows, right);
  out.exact = mean(rows, [](const Row& row) { return row.exact ? 1.0 : 0.0; });
  out.overlap = mean(rows, [](const Row& row) { return row.overlap; });
  out.answerable = mean(those(rows, [](const Row& row) { return !row.expected.is_null(); }), right);
  out.invented = mean(nulls, [](const Row& row) { return !row.answered_null && !row.missing ? 1.0 : 0.0; });
  out.null_precision = mean(said_null, [](const Row& row) { return row.expected.is_null() ? 1.0 : 0.0; });
  out.null_recall = mean(nulls, [](const Row& row) { return row.answered_null ? 1.0 : 0.0; });
  out.nulls = static_cast<std::int64_t>(nulls.size());
  return out;
}

double balanced(const std::vector<const Row*>& yes_no) {
  double sum = 0;
  int classes = 0;
  for (const json::value& truth : {json::value(true), json::value(false), json::value(nullptr)}) {
    const auto its = those(yes_no, [&](const Row& row) { return row.expected == truth; });
    if (its.empty()) continue;
    sum += mean(its, [](const Row& row) { return row.right ? 1.0 : 0.0; });
    ++classes;
  }
  return classes ? sum / classes : kNone;
}

std::string percent(double now, const double* before) {
  if (std::isnan(now)) return before ? "  n/a       " : "  n/a";
  std::string out = fmt::format("{:5.1f}", 100 * now);
  if (before) out += std::isnan(*before) ? "       " : fmt::format(" {:+5.1f} ", 100 * (now - *before));
  return out;
}

}  // namespace

Row judge(const Labelled& label, const json::value* answer) {
  Row row;
  row.identifier = label.question.identifier;
  row.kind = label.question.kind;
  row.expected = label.expected;
  row.missing = answer == nullptr;
  if (!answer) return row;
  row.answered_null = is_null(*answer);
  if (label.expected.is_null() || row.answered_null) {
    row.right = row.exact = label.expected.is_null() && row.answered_null;
    row.overlap = row.right;
  } else {
    compare(label, *answer, row);
  }
  return row;
}

Score score(const std::vector<Row>& rows) {
  Score out;
  std::vector<const Row*> all;
  for (const auto& row : rows) {
    all.push_back(&row);
    out.missing += row.missing;
    out.invalid += row.invalid;
  }
  out.questions = static_cast<std::int64_t>(rows.size());
  double sum = 0;
  for (const auto kind : {ExtractorKind::yes_no, ExtractorKind::single_choice, ExtractorKind::open_question}) {
    const auto its = those(all, [&](const Row& row) { return row.kind == kind; });
    if (its.empty()) continue;
    out.kinds[kind] = score_of(its);
    sum += out.kinds[kind].overlap;
    if (kind == ExtractorKind::yes_no) out.balanced_yes_no = balanced(its);
  }
  out.all = score_of(all);
  out.overall = out.kinds.empty() ? kNone : sum / static_cast<double>(out.kinds.size());
  return out;
}

std::string identifiers_text(const std::vector<Row>& rows) {
  std::map<std::string, std::vector<const Row*>> groups;
  for (const auto& row : rows) groups[row.identifier].push_back(&row);
  std::vector<std::pair<std::string, std::vector<const Row*>>> sorted(groups.begin(), groups.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  std::string out = fmt::format("{:<32} {:>5} {:>8} {:>8} {:>8}\n", "identifier", "n", "accuracy", "F1", "balanced");
  for (const auto& [identifier, its] : sorted) {
    const KindScore all = score_of(its);
    const auto yes_no = those(its, [](const Row& row) { return row.kind == ExtractorKind::yes_no; });
    out += fmt::format("{:<32} {:>5} {:>8} {:>8}", identifier, its.size(), percent(all.accuracy, nullptr),
                       percent(all.overlap, nullptr));
    if (!yes_no.empty()) out += fmt::format(" {:>8}", percent(balanced(yes_no), nullptr));
    out += "\n";
  }
  return out;
}

std::string score_text(const Score& now, const std::optional<Score>& before) {
  const int width = before ? 12 : 8;
  std::string out = fmt::format("questions {}   missing {}   invalid {}\n", now.questions, now.missing, now.invalid);
  out += fmt::format("{:<14} {:>5}", "kind", "n");
  for (const auto* title : {"accuracy", "exact", "F1", "answered", "invented", "null P", "null R"})
    out += fmt::format(" {:>{}}", title, width);
  out += "\n";
  const auto line = [&](std::string_view name, const KindScore& its, const KindScore* was) {
    out += fmt::format("{:<14} {:>5}", name, its.questions);
    for (const auto figure : {&KindScore::accuracy, &KindScore::exact, &KindScore::overlap, &KindScore::answerable,
                              &KindScore::invented, &KindScore::null_precision, &KindScore::null_recall})
      out += fmt::format(" {:>{}}", percent(its.*figure, was ? &(was->*figure) : nullptr), width);
    out += "\n";
  };
  for (const auto& [kind, its] : now.kinds) {
    const auto was = before ? before->kinds.find(kind) : now.kinds.end();
    line(to_string(kind), its, before && was != before->kinds.end() ? &was->second : nullptr);
  }
  line("all", now.all, before ? &before->all : nullptr);
  if (now.kinds.contains(ExtractorKind::yes_no))
    out += "YES_NO balanced " + percent(now.balanced_yes_no, before ? &before->balanced_yes_no : nullptr) + "\n";
  out += "OVERALL " + percent(now.overall, before ? &before->overall : nullptr) +
         "   (mean of YES_NO accuracy, SINGLE_CHOICE accuracy, OPEN_QUESTION F1)\n";
  return out;
}

}  // namespace wrapup::eval
