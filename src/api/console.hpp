// The files of the web console, as console/pack.mjs put them into the program. Read by console.cpp; constant, so from
// any thread.
#pragma once

#include <span>
#include <string_view>

namespace wrapup::api {

struct ConsoleFile {
  std::string_view path;  // "index.html", "assets/index-3f2a.js"
  std::string_view type;
  std::string_view bytes;
  std::string_view gzip;  // the same compressed; empty where that gains nothing
};

/// Defined by the file that the build makes.
std::span<const ConsoleFile> console_files();

}  // namespace wrapup::api
