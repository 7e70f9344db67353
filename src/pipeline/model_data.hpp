// A call as a model gets to see it: JSON, in which whatever was said is the content of a string. Long transcripts are
// cut into windows that overlap. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "model/call.hpp"

namespace wrapup {

struct Windows {
  std::vector<json::array> parts;  // of {turn, speaker, text}; at least one
  std::size_t left_out = 0;        // turns of the middle that no window holds, when there would be too many
};

/// `bytes`: how much of a transcript one request may hold.
Windows transcript_windows(const Transcript& transcript, std::size_t bytes);

/// JSON text without the characters that chat templates make their marks of (`<`, `[`, `|`): inside strings they stand
/// as escapes, so that no caller can speak a mark.
std::string data_text(const json::value& data);

}  // namespace wrapup
