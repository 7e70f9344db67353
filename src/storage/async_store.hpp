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
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "base/workers.hpp"
#include "storage/feeds.hpp"
#include "storage/sql/open.hpp"
#include "storage/store.hpp"

namespace wrapup {

/// Name of the error of a write on a node that is no longer one: others do its work.
inline constexpr std::string_view kNodeFenced = "node_fenced";
/// Name of the error of a write where everything is only read.
inline constexpr std::string_view kReadOnly = "read_only";
Error read_only_error();

class AsyncStore {
 public:
  struct Options {
    std::string database;  // path of a SQLite file, or a postgres:// URL
    bool durable = true;   // false skips fsync: tests only
    bool threads = true;   // false runs everything on the reactor, in turn: for virtual time
    std::size_t readers = 2;
    std::size_t max_group = 256;  // writes in one commit
    /// Called after each commit, before any task learns of it; false stops the store dead, as a crash would. Tests
    /// only.
    std::function<bool()> after_commit;
    /// Called on the writer's thread with the number of writes in each commit that was made; for metrics.
    std::function<void(std::size_t)> on_group;
    /// Called on the writer's thread after each commit that failed; for metrics.
    std::function<void()> on_failure;
    std::string node;  // name of this program among those that use the database
    /// Writes are refused with kReadOnly, the schema is left as it is, and a standby will do.
    bool read_only = false;
  };

  /// Opens or makes the database and brings its schema up to date. Read-only neither: then `schema_old` when steps are
  /// missing.
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
  /// before they change anything, or as the database itself does. When one fails after a change, each of its group is
  /// run again by itself: a verb may run more than once, and only its last run counts.
  template <class Verb>
  auto write_bare(Verb verb) -> Task<std::invoke_result_t<Verb&, Store&>> {
    return enqueue(writes_, std::move(verb), false);
  }

  /// As write_bare(), with `prepare()` done before by one of `workers`, which must end before the store does: the task
  /// comes back to the reactor once, when both are done.
  template <class Prepare, class Verb>
  auto write_prepared(Workers& workers, Prepare prepare, Verb verb) -> Task<std::invoke_result_t<Verb&, Store&>> {
    using R = std::invoke_result_t<Verb&, Store&>;
    auto start = [this, &workers, first = std::move(prepare),
                  work = std::move(verb)](std::function<void(R)> resume) mutable {
      auto job = job_of<R>(std::move(work), false, std::move(resume));
      workers.post([this, first = std::move(first), job = std::move(job)]() mutable {
        first();
        push(writes_, std::move(job));
      });
    };
    return suspend<R>(std::move(start));
  }

  /// Runs `verb(Store&)` on one snapshot of the database; it must not write.
  template <class Verb>
  auto read(Verb verb) -> Task<std::invoke_result_t<Verb&, Store&>> {
    return enqueue(reads_, std::move(verb), false);
  }

  /// Runs `verb(Store&)` as a transaction of its own on a connection beside the others, which no fence stops; on
  /// PostgreSQL only.
  template <class Verb>
  auto control(Verb verb) -> Task<std::invoke_result_t<Verb&, Store&>> {
    return enqueue(controls_, std::move(verb), false);
  }

  Feeds& feeds() { return feeds_; }

  bool is_shared() const { return control_.connection != nullptr; }
  bool read_only() const { return options_.read_only; }

  // What this node may see to; all of it where it is the only one. On the reactor.
  /// Until `until` by the monotonic clock, and not longer.
  void hold(const Slots& slots, std::int64_t until) {
    slots_ = slots;
    held_until_ = until;
  }
  void hold_until(std::int64_t until) { held_until_ = until; }
  bool has_lease(std::int64_t monotonic) const { return monotonic < held_until_; }
  Slots held(std::int64_t monotonic) const { return monotonic < held_until_ ? slots_ : Slots(); }
  bool holds(std::string_view id, std::int64_t monotonic) const { return monotonic < held_until_ && slots_.holds(id); }
  /// Whether what one node does for all is done here.
  bool keeps_house(std::int64_t monotonic) const { return monotonic < held_until_ && slots_.has(0); }
  /// What is asked to be written from now on is committed only while this node stands in the database.
  void fence(const std::string& node_id) {
    fence_ = std::make_shared<const std::string>(node_id);
    ++epoch_;
  }
  /// Counts the fences: what was begun under another one is another node's by now.
  std::int64_t epoch() const { return epoch_; }

  /// Whether the last commit that had something to store failed because the disk took no more. Any thread.
  bool out_of_space() const { return out_of_space_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::int64_t kCheckpointPages = 1000;  // about 8 MB

  class Job {
   public:
    explicit Job(bool savepoint) : has_savepoint(savepoint) {}
    virtual ~Job() = default;
    const bool has_savepoint;
    std::shared_ptr<const std::string> fence;     // of the time it was asked for; null: none
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
      push(queue, job_of<R>(std::move(work), savepoint, std::move(resume)));
    });
  }
  /// On the reactor.
  template <class R, class Verb>
  std::unique_ptr<Job> job_of(Verb verb, bool savepoint, std::function<void(R)> resume) {
    auto job = std::make_unique<VerbJob<Verb, R>>(savepoint, std::move(verb), std::move(resume));
    job->fence = fence_;
    return job;
  }

  Status open_connections(Timestamp now);
  void make_weeks(Timestamp now);
  Status open_readers(sql::OpenOptions how);
  Status check_schema();
  Status open_worker(Worker& worker, const sql::OpenOptions& how);
  void push(Queue& queue, std::unique_ptr<Job> job);
  Jobs take(Queue& queue, std::size_t most);
  /// Writes in the next commit. When there was no room for a group there may be for most of its writes: for a while
  /// each is committed by itself, so that a large one fails alone.
  std::size_t group_limit() const { return alone_ > 0 ? 1 : options_.max_group; }
  void run_writer();
  void run_reader(Worker& worker);
  void run_control();
  void run_checkpointer();
  void watch_log();
  void empty_log();
  void commit_group(Jobs jobs);
  Status commit_one(std::unique_ptr<Job>& job);
  void finish_group(std::span<std::unique_ptr<Job>> jobs, const Status& done);
  Status commit(std::span<std::unique_ptr<Job>> jobs);
  Status run_in_savepoint(Job& job);
  Status run_bare(Job& job);
  void note(const Status& done, std::size_t writes, bool stored_something);
  void read_one(Worker& worker, std::unique_ptr<Job> job);
  void control_one(std::unique_ptr<Job> job);
  Status pass_fence(const std::string& node_id);
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
  std::int64_t noted_changes_ = 0;
  std::vector<std::unique_ptr<Worker>> readers_;
  Queue controls_;
  Worker control_;
  std::shared_ptr<const std::string> fence_;
  std::int64_t epoch_ = 0;
  Slots slots_ = Slots::all();
  std::int64_t held_until_ = INT64_MAX;
  Worker checkpointer_;
  std::condition_variable log_grown_;
  bool checkpoint_due_ = false;
  bool erase_due_ = false;                         // the log holds words that were erased since
  std::int64_t checkpoint_at_ = kCheckpointPages;  // pages in the log at which the next one is due
};

}  // namespace wrapup
