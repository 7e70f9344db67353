#include "model/call.hpp"

#include <algorithm>

namespace wrapup {

namespace {

constexpr std::array<std::string_view, 14> kStatusNames{
    "pending", "registered", "ringing",       "in-progress",         "paused",         "completed", "no-answer", "busy",
    "failed",  "canceled",   "user-canceled", "hangup_on_voicemail", "left_voicemail", "spam"};

struct Speaker {
  std::string_view label;
  Role role;
};

constexpr std::array<Speaker, 7> kSpeakers{{{"bot", Role::bot},
                                            {"assistant", Role::bot},
                                            {"agent", Role::bot},
                                            {"human", Role::human},
                                            {"user", Role::human},
                                            {"caller", Role::human},
                                            {"customer", Role::human}}};

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? char(x + 32) : x) == y; });
}

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

// Who speaks in `line`; cuts the label off.
std::optional<Role> take_speaker(std::string_view& line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon > 12) return {};
  for (const auto& speaker : kSpeakers) {
    if (!same_word(trim(line.substr(0, colon)), speaker.label)) continue;
    line = trim(line.substr(colon + 1));
    return speaker.role;
  }
  return {};
}

}  // namespace

std::string_view to_string(CallStatus status) { return kStatusNames[static_cast<std::size_t>(status)]; }

std::optional<CallStatus> call_status_from(std::string_view name) {
  const auto found = std::find(kStatusNames.begin(), kStatusNames.end(), name);
  if (found == kStatusNames.end()) return {};
  return static_cast<CallStatus>(found - kStatusNames.begin());
}

bool is_terminal(CallStatus status) { return status >= CallStatus::completed; }

bool was_connected(CallStatus status) {
  return status == CallStatus::completed || status == CallStatus::hangup_on_voicemail ||
         status == CallStatus::left_voicemail;
}

const std::vector<std::string_view>& call_status_names() {
  static const std::vector<std::string_view> names(kStatusNames.begin(), kStatusNames.end());
  return names;
}

std::string_view to_string(Direction direction) { return direction == Direction::outbound ? "outbound" : "inbound"; }

std::string transcript_text(const Transcript& transcript) {
  std::size_t size = 0;
  for (const auto& turn : transcript) size += turn.text.size() + 9;
  std::string out;
  out.reserve(size);
  for (const auto& turn : transcript) {
    out += turn.role == Role::bot ? "\nbot: " : "\nhuman: ";
    const std::size_t from = out.size();
    out.resize(from + turn.text.size());
    std::transform(turn.text.begin(), turn.text.end(), out.begin() + static_cast<std::ptrdiff_t>(from),
                   [](char c) { return c == '\n' || c == '\r' ? ' ' : c; });
  }
  return out;
}

Transcript transcript_from_text(std::string_view text) {
  Transcript transcript;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    if (const auto role = take_speaker(line)) {
      transcript.push_back({*role, std::string(line), {}, {}});
    } else if (transcript.empty()) {
      transcript.push_back({Role::bot, std::string(line), {}, {}});
    } else {
      transcript.back().text.append(" ").append(line);
    }
  }
  return transcript;
}

}  // namespace wrapup
