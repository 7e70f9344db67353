#include "app/eval_judge.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace wrapup::eval {

namespace {

constexpr std::array<std::string_view, 5> kValues{"true", "partial", "false", "not_applicable", "null"};

std::optional<Criterion> criterion_from(std::string_view name) {
  for (std::size_t i = 0; i < kCriteria; ++i) {
    if (to_string(static_cast<Criterion>(i)) == name) return static_cast<Criterion>(i);
  }
  return {};
}

Status add_value(const json::value& value, std::vector<std::string>& out) {
  const std::string text = value.is_string() ? std::string(value.get_string()) : to_text(value);
  if (std::find(kValues.begin(), kValues.end(), text) == kValues.end())
    return fail(Code::invalid, "", "a label of judge must be true, partial, false, not_applicable or null");
  out.push_back(text);
  return {};
}

// Of one criterion.
struct Count {
  std::array<int, kValues.size()> given{};
  std::map<std::string, std::pair<int, int>> classes;  // labels, and how many of them right
};

std::string labels_text(const Count& count) {
  int labels = 0;
  int right = 0;
  double shares = 0;
  for (const auto& [name, its] : count.classes) {
    labels += its.first;
    right += its.second;
    shares += static_cast<double>(its.second) / its.first;
  }
  if (labels == 0) return "";
  return fmt::format(" {:>8} {:>8} {:>8.1f}", labels, right, 100 * shares / static_cast<double>(count.classes.size()));
}

}  // namespace

std::string_view value_of(const std::optional<Score>& score) {
  if (!score) return "null";
  switch (*score) {
    case Score::yes: return "true";
    case Score::partial: return "partial";
    case Score::no: return "false";
    case Score::not_applicable: break;
  }
  return "not_applicable";
}

Result<std::vector<VerdictLabel>> read_verdict_labels(const json::object& object) {
  std::vector<VerdictLabel> labels;
  for (const auto& [name, value] : object) {
    const auto criterion = criterion_from(name);
    if (!criterion) return fail(Code::invalid, "", "judge has no field " + std::string(name));
    VerdictLabel label{*criterion, {}};
    if (!value.is_array()) {
      if (auto added = add_value(value, label.right); !added) return fail(std::move(added.error()));
    } else {
      for (const auto& each : value.get_array()) {
        if (auto added = add_value(each, label.right); !added) return fail(std::move(added.error()));
      }
    }
    if (!label.right.empty()) labels.push_back(std::move(label));
  }
  return labels;
}

std::string judge_text(const std::vector<Judged>& calls) {
  std::array<Count, kCriteria> counts;
  bool labelled = false;
  for (const auto& call : calls) {
    const auto given = [&](std::size_t i) {
      return call.analysis ? value_of((*call.analysis)[static_cast<Criterion>(i)].score) : std::string_view("null");
    };
    for (std::size_t i = 0; i < kCriteria; ++i)
      ++counts[i]
            .given[static_cast<std::size_t>(std::find(kValues.begin(), kValues.end(), given(i)) - kValues.begin())];
    for (const auto& label : *call.labels) {
      const auto i = static_cast<std::size_t>(label.criterion);
      auto& [labels, right] = counts[i].classes[label.right.front()];
      ++labels;
      right += std::find(label.right.begin(), label.right.end(), given(i)) != label.right.end() ? 1 : 0;
      labelled = true;
    }
  }
  std::string out = fmt::format("{:<22}", "judge");
  for (const std::string_view title : {"true", "partial", "false", "n/a", "null"}) out += fmt::format(" {:>8}", title);
  out += labelled ? fmt::format(" {:>8} {:>8} {:>8}\n", "labels", "right", "balanced") : "\n";
  for (std::size_t i = 0; i < kCriteria; ++i) {
    out += fmt::format("{:<22}", to_string(static_cast<Criterion>(i)));
    for (const int given : counts[i].given) out += fmt::format(" {:>8}", given);
    out += labels_text(counts[i]) + "\n";
  }
  return out;
}

}  // namespace wrapup::eval
