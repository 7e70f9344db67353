#include "app/data_folder.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unistd.h>

#include "app/text_file.hpp"
#include "base/crypto.hpp"

namespace wrapup {

namespace fs = std::filesystem;

std::string database_of(const Config& config) {
  return config.database.empty() ? (fs::path(config.data) / "wrapup.db").string() : config.database;
}

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

Result<std::string> node_name(const std::string& data, Entropy& entropy) {
  const std::string file = (fs::path(data) / "node").string();
  if (auto text = read_text_file(file, 1000)) {
    const std::string name = text->substr(0, text->find('\n'));
    if (!name.empty()) return name;
  }
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::array<unsigned char, 4> random{};
  entropy.fill(random);
  const std::string name =
      std::string(host.data()) + "-" + to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
  std::ofstream out(file);
  out << name << "\n";
  if (!out.flush()) return fail(Code::unavailable, "data_folder", "cannot write to the data folder " + data);
  return name;
}

Status check_database(const Config& config) {
  std::error_code problem;
  if (!config.database.empty() || fs::exists(database_of(config), problem)) return {};
  return fail(Code::not_found, "no_database",
              "there is no database at " + database_of(config) +
                  "; is --data right? `wrapup serve` and `wrapup key create` make one");
}

}  // namespace wrapup
