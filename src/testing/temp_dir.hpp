// A folder for one test, removed with everything in it at the end. Aborts when none can be made.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace wrapup {

class TempDir {
 public:
  TempDir() : path_((std::filesystem::temp_directory_path() / "wrapup-test-XXXXXX").string()) {
    if (!::mkdtemp(path_.data())) std::abort();
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  /// The path of `name` inside; the file need not exist.
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace wrapup
