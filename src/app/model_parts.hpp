// What the configuration says of the language model, as those who ask it take it. Used by the server and by `wrapup
// eval`.
#pragma once

#include "app/config.hpp"
#include "llm/openai_model.hpp"
#include "net/address_policy.hpp"
#include "pipeline/model_run.hpp"

namespace wrapup {

/// Without a base_url when no model is configured.
ModelSpec standard_model(const Config& config);
OpenAiModel::Settings model_client_settings(const Config& config);
ModelSettings model_settings(const Config& config);
/// Dials any address: for servers that the operator named.
AddressPolicy any_address();

}  // namespace wrapup
