// The data folder, and one visit to its database by a command. A server may be running on it at the same time: the
// visit waits for its turn, up to five seconds. On the caller's thread, which must not be in a task.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "app/config.hpp"
#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

/// The database: a path in the data folder, or a URL.
std::string database_of(const Config& config);

/// Makes the folder, for the user alone, when it is not there. The error says what stands in the way.
Status make_data_folder(const std::string& data);

/// The name of the node whose folder this is, made at the first start: the host's name and some random digits.
Result<std::string> node_name(const std::string& data, Entropy& entropy);

/// `not_found` when there is no database in the data folder, in words that say how one is made.
Status check_database(const Config& config);

/// Opens or makes the database, whose folder is there, and runs `verb(Store&)` as one transaction.
template <class Verb>
auto visit_store(const Config& config, Clock& clock, Verb verb) -> std::invoke_result_t<Verb&, Store&> {
  using R = std::invoke_result_t<Verb&, Store&>;
  asio::io_context reactor;
  AsyncStore::Options options;
  options.database = database_of(config);
  options.threads = false;
  auto store = AsyncStore::open(reactor.get_executor(), std::move(options), clock.now());
  if (!store) return fail(std::move(store.error()));
  std::optional<R> result;
  TaskGroup group(reactor.get_executor());
  // The closure outlives the task.
  const auto visit = [&]() -> Task<void> { result.emplace(co_await (*store)->write(std::move(verb))); };
  group.spawn(visit());
  reactor.run();
  return std::move(*result);
}

}  // namespace wrapup
