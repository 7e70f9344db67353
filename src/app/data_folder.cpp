#include "app/data_folder.hpp"

#include <filesystem>
#include <system_error>

namespace wrapup {

namespace fs = std::filesystem;

std::string database_path(const std::string& data) { return (fs::path(data) / "wrapup.db").string(); }

Status make_data_folder(const std::string& data) {
  std::error_code problem;
  const bool made = fs::create_directories(data, problem);
  // What the database holds is for nobody else; a folder that was there stays as its owner set it.
  if (made && !problem) fs::permissions(data, fs::perms::owner_all, problem);
  if (!problem && !fs::is_directory(data, problem) && !problem)
    problem = std::make_error_code(std::errc::not_a_directory);
  if (!problem) return {};
  return fail(Code::unavailable, "data_folder", "cannot make the data folder " + data + ": " + problem.message());
}

Status check_database(const std::string& data) {
  std::error_code problem;
  if (fs::exists(database_path(data), problem)) return {};
  return fail(Code::not_found, "no_database",
              "there is no database at " + database_path(data) +
                  "; is --data right? `wrapup serve` and `wrapup key create` make one");
}

}  // namespace wrapup
