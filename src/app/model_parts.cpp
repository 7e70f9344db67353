#include "app/model_parts.hpp"

namespace wrapup {

ModelSpec standard_model(const Config& config) {
  return {config.model.base_url, config.model.name, config.model.api_key, true};
}

OpenAiModel::Settings model_client_settings(const Config& config) {
  OpenAiModel::Settings settings;
  settings.limits.concurrency = config.model.concurrency;
  settings.limits.tokens_per_minute = config.model.tokens_per_minute;
  settings.limits.daily_tokens = config.model.daily_tokens;
  settings.timeout = config.model.timeout;
  settings.answer_cap = static_cast<std::size_t>(config.model.answer_cap);
  return settings;
}

ModelSettings model_settings(const Config& config) {
  ModelSettings settings;
  settings.deadline = config.model.deadline;
  settings.batch = static_cast<std::size_t>(config.model.batch);
  settings.window = static_cast<std::size_t>(config.model.window);
  settings.running = static_cast<std::size_t>(config.model.calls);
  settings.prompt_price = config.model.prompt_price;
  settings.completion_price = config.model.completion_price;
  settings.priced_url = config.model.base_url;
  return settings;
}

AddressPolicy any_address() { return *AddressPolicy::with_allowed({"0.0.0.0/0", "::/0"}); }

}  // namespace wrapup
