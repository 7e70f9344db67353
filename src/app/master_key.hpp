// The master keys, which seal every secret that is kept: read from WRAPUP_MASTER_KEY, else from the file that
// `master_key_file` names, else from master.key in the data folder, which the first start makes. Called at the start of
// the server and by commands that handle secrets, on the main thread, before any task runs. A key that is gone is never
// made anew while there is something that it sealed. Keys are never logged or shown; they are told apart by their ids.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/config.hpp"
#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/secret_box.hpp"

namespace wrapup {

/// The keys in `text`, parted by `separator` (a comma, or a line break: then what follows a # is passed over): base64
/// of 32 bytes each, the first seals. `invalid`: the message says which one is wrong, and does not show it.
Result<std::vector<std::string>> read_master_keys(std::string_view text, char separator);

/// master.key in a data folder.
std::string own_key_file(const std::string& data);

enum class LostKey {
  refuse,    // what is sealed is worth more than a start
  make_new,  // what was sealed is given up
};
/// Reads the keys, or makes the first one when none is set anywhere. The folder is there. Errors: `master_key_missing`
/// when the database has sealed secrets and no key is set; `invalid_master_key` when a key or its file is wrong.
Result<SecretBox> load_master_keys(const Config& config, Clock& clock, Entropy& entropy, LostKey lost);

/// Reads the keys that are there, and the database not at all. `master_key_missing` when there are none.
Result<SecretBox> existing_master_keys(const Config& config);

/// As load_master_keys, and afterwards nothing in the database is in plain text that an earlier version left so, and
/// every secret that signs, and what else is sealed, opens: `master_key_missing` or `sealed_damaged` otherwise.
Result<SecretBox> open_secret_box(const Config& config, Clock& clock, Entropy& entropy);

}  // namespace wrapup
