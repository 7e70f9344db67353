// What the configuration makes of the parts that server.cpp puts together. Errors say which setting is wrong.
#pragma once

#include <string>

#include "api/context.hpp"
#include "app/config.hpp"
#include "base/json.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "base/secret_box.hpp"
#include "delivery/dispatcher.hpp"
#include "net/address_policy.hpp"
#include "net/http_server.hpp"
#include "net/own_inboxes.hpp"
#include "storage/async_store.hpp"
#include "storage/fleet.hpp"

namespace wrapup {

/// Makes the data folder and takes it for this process: one server a folder. The lock goes with the process, however
/// it ends. `data_folder_in_use`.
Status lock_folder(const std::string& folder);
/// For the server: takes the folder, unless it only reads.
Status take_folder(const Config& config);
Result<AddressPolicy> address_policy(const Config& config, bool dev);
Dispatcher::Settings delivery_settings(const Config& config, const OwnInboxes& own);
InboxServices inbox_services(const Config& config, const OwnInboxes& own, const SecretBox& secrets);
ServerLimits server_limits(const Config& config);
/// Of this node, when the database is one that several use.
Fleet::Settings fleet_settings(const Config& config, std::string name);
AsyncStore::Options store_options(const Config& config, std::string name, Metrics& metrics);
/// The scenario of agents that have none of their own; null when no file is set.
Result<json::value> read_scenario(const std::string& path);

}  // namespace wrapup
