#include "app/master_key.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "app/data_folder.hpp"
#include "app/text_file.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxFile = 64 * 1024;
constexpr const char* kHowToMake = "the base64 of 32 bytes, such as the output of: openssl rand -base64 32";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

tl::unexpected<Error> wrong_key(const std::string& words) { return fail(Code::invalid, "invalid_master_key", words); }

void warn_when_others_can_read(const std::string& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0 || (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
  log_warning("master_key_open_to_others", {{"file", file}, {"right", "chmod 600"}});
}

Result<std::vector<std::string>> read_key_file(const std::string& file) {
  const auto text = read_text_file(file, kMaxFile);
  if (!text) return wrong_key("the file of master keys, " + file + ", " + text.error().message);
  auto keys = read_master_keys(*text, '\n');
  if (!keys) return wrong_key(file + ": " + keys.error().message);
  warn_when_others_can_read(file);
  return keys;
}

/// Writes the file and has it on disk, with its name, before it returns: what is sealed is lost without it. `file` is
/// never half there, and one that is there already stays: then false.
Result<bool> write_new_file(const std::string& file, std::string_view text, std::string_view unique) {
  const auto failed = [&file](const std::string& made) {
    const int reason = errno;
    if (!made.empty()) ::unlink(made.c_str());
    return fail(Code::unavailable, "master_key_not_made",
                "cannot make the master key " + file + ": " + std::generic_category().message(reason));
  };
  const std::string draft = file + "." + std::string(unique);
  const int out = ::open(draft.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (out < 0) return failed("");
  const bool written = ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(out) == 0;
  ::close(out);
  if (!written) return failed(draft);
  // Unlike rename, this does not take the place of a file that is there.
  const bool ours = ::link(draft.c_str(), file.c_str()) == 0;
  if (!ours && errno != EEXIST) return failed(draft);
  ::unlink(draft.c_str());
  const std::string folder = std::filesystem::path(file).parent_path().string();
  const int entry = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool kept = entry >= 0 && ::fsync(entry) == 0;
  if (entry >= 0) ::close(entry);
  if (!kept) return failed("");
  return ours;
}

Status make_key_file(const std::string& file, Entropy& entropy) {
  std::array<unsigned char, SecretBox::kKeySize> random{};
  entropy.fill(random);
  std::array<unsigned char, 8> unique{};
  entropy.fill(unique);
  const std::string key(random.begin(), random.end());
  const std::string text =
      "# The master key of wrapup: it seals the secrets in the database beside it. Keep a copy elsewhere; without it "
      "they\n"
      "# are lost. docs/operations/master-key.md says how it is changed.\n" +
      base64_encode(key) + "\n";
  auto made = write_new_file(file, text, to_hex({reinterpret_cast<const char*>(unique.data()), unique.size()}));
  if (!made) return fail(std::move(made.error()));
  if (*made) log_info("master_key_made", {{"file", file}, {"id", SecretBox({key}).key_ids()}});
  return {};
}

Error key_is_gone(const Config& config) {
  return {Code::unavailable,
          "master_key_missing",
          "the database in " + config.data +
              " has secrets that are sealed with a master key, and there is none: " + own_key_file(config.data) +
              " is not there, and neither master_key_file nor WRAPUP_MASTER_KEY is set. Put the key back; if it is "
              "lost for good, `wrapup secret reseal --replace-lost` gives the secrets up and makes new ones",
          "",
          {}};
}

Result<std::vector<std::string>> own_keys(const Config& config, Clock& clock, Entropy& entropy, LostKey lost) {
  const std::string file = own_key_file(config.data);
  std::error_code problem;
  if (!std::filesystem::exists(file, problem)) {
    const auto sealed = visit_store(config, clock, [](Store& store) { return store.has_sealed(); });
    if (!sealed) return fail(sealed.error());
    if (*sealed && lost == LostKey::refuse) return fail(key_is_gone(config));
    if (auto made = make_key_file(file, entropy); !made) return fail(std::move(made.error()));
  }
  return read_key_file(file);
}

/// Part of one write of the store.
Status seal_and_check(Store& store, const SecretBox& box, Entropy& entropy, Timestamp now) {
  const auto secrets = store.all_signing_secrets();
  if (!secrets) return fail(secrets.error());
  for (const SigningSecret& secret : *secrets) {
    if (!signs(secret, now) || secret.sealed.empty()) continue;
    if (const auto opened = box.open(secret.sealed, place_of(secret)); !opened) return fail(opened.error());
  }
  const auto values = store.sealed_values();
  if (!values) return fail(values.error());
  for (const SealedValue& value : *values) {
    if (const auto opened = box.open(value.sealed, value.place); !opened) return fail(opened.error());
  }
  const auto sealed = store.seal_plain_secrets(
      [&](SigningSecret& secret, const std::string& text) { seal(secret, text, box, entropy); });
  if (!sealed) return fail(sealed.error());
  if (*sealed > 0) log_info("secrets_sealed", {{"count", std::to_string(*sealed)}});
  return {};
}

}  // namespace

Result<std::vector<std::string>> read_master_keys(std::string_view text, char separator) {
  std::vector<std::string> keys;
  const bool lines = separator == '\n';
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find(separator);
    std::string_view part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (lines) part = part.substr(0, part.find('#'));
    part = trimmed(part);
    if (part.empty() && lines) continue;
    auto key = base64_decode(part);
    if (!key || key->size() != SecretBox::kKeySize) {
      return wrong_key((lines ? "line " : "key ") + std::to_string(number) + " is not " + kHowToMake);
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return wrong_key(std::string("holds no key; a key is ") + kHowToMake);
  return keys;
}

std::string own_key_file(const std::string& data) { return (std::filesystem::path(data) / "master.key").string(); }

Result<SecretBox> load_master_keys(const Config& config, Clock& clock, Entropy& entropy, LostKey lost) {
  auto keys = !config.master_key.empty()        ? read_master_keys(config.master_key, ',')
              : !config.master_key_file.empty() ? read_key_file(config.master_key_file)
                                                : own_keys(config, clock, entropy, lost);
  if (!keys) return fail(std::move(keys.error()));
  return SecretBox(std::move(*keys));
}

Result<SecretBox> existing_master_keys(const Config& config) {
  const std::string own = own_key_file(config.data);
  std::error_code problem;
  if (config.master_key.empty() && config.master_key_file.empty() && !std::filesystem::exists(own, problem)) {
    return fail(Code::unavailable, "master_key_missing",
                "there is no master key: " + own +
                    " is not there, and neither master_key_file nor WRAPUP_MASTER_KEY is set; give the one that the "
                    "secrets in the database are sealed with");
  }
  auto keys = !config.master_key.empty() ? read_master_keys(config.master_key, ',')
                                         : read_key_file(config.master_key_file.empty() ? own : config.master_key_file);
  if (!keys) return fail(std::move(keys.error()));
  return SecretBox(std::move(*keys));
}

Result<SecretBox> open_secret_box(const Config& config, Clock& clock, Entropy& entropy) {
  auto box = load_master_keys(config, clock, entropy, LostKey::refuse);
  if (!box) return box;
  const auto done =
      visit_store(config, clock, [&](Store& store) { return seal_and_check(store, *box, entropy, clock.now()); });
  if (!done) return fail(done.error());
  return box;
}

}  // namespace wrapup
