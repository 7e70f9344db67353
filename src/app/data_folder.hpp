// The data folder, and one visit to its database by a command. A server may be running on it at the same time: the
// visit waits for its turn, up to five seconds. On the caller's thread, which must not be in a task.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

/// The database in a data folder.
std::string database_path(const std::string& data);

/// Makes the folder, for the user alone, when it is not there. The error says what stands in the way.
Status make_data_folder(const std::string& data);

/// `not_found` when there is no database in the folder, in words that say how one is made.
Status check_database(const std::string& data);

/// Opens or makes the database of a folder that is there, and runs `verb(Store&)` as one transaction.
template <class Verb>
auto visit_store(const std::string& data, Clock& clock, Verb verb) -> std::invoke_result_t<Verb&, Store&> {
  using R = std::invoke_result_t<Verb&, Store&>;
  asio::io_context reactor;
  AsyncStore::Options options;
  options.path = database_path(data);
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
