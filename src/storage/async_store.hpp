// The door from a task to the store. Writes of all tasks are grouped: each runs in a savepoint, one commit (one fsync)
// makes them all durable, and only then are their tasks resumed. Reads run beside them on connections of their own. A
// task resumes on the reactor. The write-ahead log is copied into the database by a thread of its own, so that no write
// waits for that.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "storage/feeds.hpp"
#include "storage/store.hpp"

namespace wrapup {

class AsyncStore {
 public:
  struct Options {
    std::string path;     // of the SQLite file
    bool durable = true;  // false skips fsync: tests only
    bool threads = true;  // false runs everything on the reactor, in turn: for virtual time
    std::size_t readers = 2;
    std::size_t max_group = 256;  // writes in one commit
    /// Called after each commit, before any task learns of it; false stops the store dead, as a crash would. Tests
    /// only.
    std::function<bool()> after_commit;
    /// Called on the writer's thread with the number of writes in each commit that was made; for metrics.
    std::function<void(std::size_t)> on_group;
    /// Called on the writer's thread after each commit that failed; for metrics.
    std::function<void()> on_failure;
  };

  /// Opens or makes the database and brings its schema up to date.
  static Result<std::unique_ptr<AsyncStore>> open(Executor reactor, Options options, Timestamp now);
  AsyncStore(const AsyncStore&) = delete;
  AsyncStore& operator=(const AsyncStore&) = delete;
  /// Finishes the writes that were queued and joins the threads.
  ~AsyncStore();

  /// Runs `verb(Store&)`, which returns a Result; an error rolls back what the verb did. When the commit itself fails,
  /// that is the error.
  template <class Verb>
  auto write(Verb verb) -> Task<std::invoke_result_t<Verb&, Store&>> {
    return enqueue(writes_, std::move(verb), true);
  }

  /// As write(), without the savepoint, which costs a tenth of a webhook: for the verbs of the hot path, which fail
  /// before they change anything, or as the database itself does. One that fails after a change fails its whole group.
  template <class Verb>
  auto write_bare(Verb verb) -> Task<std::invoke_result_t<Verb&, Store&>> {
    return enqueue(writes_, std::move(verb), false);
  }

  /// Runs `verb(Store&)` on one snapshot of the database; it must not write.
  template <class Verb>
  auto read(Verb verb) -> Task<std::invoke_result_t<Verb&, Store&>> {
    return enqueue(reads_, std::move(verb), false);
  }

  Feeds& feeds() { return feeds_; }

  /// Whether the last commit that had something to store failed because the disk took no more. Any thread.
  bool out_of_space() const { return out_of_space_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::int64_t kCheckpointPages = 1000;  // about 8 MB

  class Job {
   public:
    explicit Job(bool savepoint) : has_savepoint(savepoint) {}
    virtual ~Job() = default;
    const bool has_savepoint;
    virtual bool run(Store& store) = 0;           // on a store thread; false: roll back
    virtual const Error& problem() const = 0;     // after run() was false
    virtual void refuse(const Error& error) = 0;  // the commit failed
    virtual void finish() = 0;                    // on the reactor
  };

  template <class Verb, class R>
  class VerbJob final : public Job {
   public:
    VerbJob(bool savepoint, Verb verb, std::function<void(R)> resume)
        : Job(savepoint), verb_(std::move(verb)), resume_(std::move(resume)) {}
    bool run(Store& store) override {
      result_.emplace(verb_(store));
      return result_->has_value();
    }
    const Error& problem() const override { return result_->error(); }
    void refuse(const Error& error) override { result_.emplace(tl::unexpected<Error>(error)); }
    void finish() override { resume_(std::move(*result_)); }

   private:
    Verb verb_;
    std::function<void(R)> resume_;
    std::optional<R> result_;
  };

  using Jobs = std::vector<std::unique_ptr<Job>>;

  struct Queue {
    std::deque<std::unique_ptr<Job>> jobs;
    std::condition_variable ready;
  };

  struct Worker {
    std::unique_ptr<sql::Connection> connection;
    std::unique_ptr<Store> store;
    std::thread thread;
  };

  AsyncStore(Executor reactor, Options options) : reactor_(std::move(reactor)), options_(std::move(options)) {}

  template <class Verb>
  auto enqueue(Queue& queue, Verb verb, bool savepoint) -> Task<std::invoke_result_t<Verb&, Store&>> {
    using R = std::invoke_result_t<Verb&, Store&>;
    return suspend<R>([this, &queue, savepoint, work = std::move(verb)](std::function<void(R)> resume) mutable {
      push(queue, std::make_unique<VerbJob<Verb, R>>(savepoint, std::move(work), std::move(resume)));
    });
  }

  Status open_connections(Timestamp now);
  void push(Queue& queue, std::unique_ptr<Job> job);
  Jobs take(Queue& queue, std::size_t most);
  /// Writes in the next commit. When there was no room for a group there may be for most of its writes: for a while
  /// each is committed by itself, so that a large one fails alone.
  std::size_t group_limit() const { return alone_ > 0 ? 1 : options_.max_group; }
  void run_writer();
  void run_reader(Worker& worker);
  void run_checkpointer();
  void watch_log();
  void empty_log();
  void commit_group(Jobs jobs);
  Status commit(Jobs& jobs);
  Status run_in_savepoint(Job& job);
  Status run_bare(Job& job);
  void note(const Status& done, std::size_t writes, bool stored_something);
  void read_one(Worker& worker, std::unique_ptr<Job> job);
  void run_inline();
  void resume(Jobs jobs);

  Executor reactor_;
  Options options_;
  Feeds feeds_;
  std::mutex mutex_;
  bool stopping_ = false;
  bool dead_ = false;  // after_commit said so
  bool inline_posted_ = false;
  std::atomic<bool> out_of_space_ = false;
  std::size_t alone_ = 0;  // so many commits from now on take one write each
  Queue writes_;
  Queue reads_;
  Worker writer_;
  std::vector<std::unique_ptr<Worker>> readers_;
  Worker checkpointer_;
  std::condition_variable log_grown_;
  bool checkpoint_due_ = false;
  bool erase_due_ = false;                         // the log holds words that were erased since
  std::int64_t checkpoint_at_ = kCheckpointPages;  // pages in the log at which the next one is due
};

}  // namespace wrapup
