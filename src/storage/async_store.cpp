#include "storage/async_store.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "base/scheduling.hpp"
#include "storage/database_url.hpp"
#include "storage/migrations.hpp"
#include "storage/sql/open.hpp"

namespace wrapup {

namespace {

// When the log was never at rest for long enough to be emptied beside it, the writer does it.
constexpr int kWritersCheckpointPages = 4000;
// A pass that ends while something new was committed leaves the log as it is; the next is shorter.
constexpr int kCheckpointPasses = 4;
constexpr std::size_t kAlone = 64;
// What is erased within this time goes from the log together.
constexpr std::chrono::seconds kGatherErased(1);
constexpr int kTries = 4;  // of a write that met another program's
constexpr std::chrono::milliseconds kTryAgain{5};

// Whether a commit failed for what one of its writes did, not for what the database is in.
bool is_of_one(const Error& error) {
  return error.code != Code::out_of_space && (error.code != Code::unavailable || error.name == sql::kConflictOfWriters);
}

}  // namespace

Result<std::unique_ptr<AsyncStore>> AsyncStore::open(Executor reactor, Options options, Timestamp now) {
  std::unique_ptr<AsyncStore> store(new AsyncStore(std::move(reactor), std::move(options)));
  if (auto opened = store->open_connections(now); !opened) return fail(std::move(opened.error()));
  if (store->options_.threads) {
    if (store->checkpointer_.connection)
      store->checkpointer_.thread = std::thread([raw = store.get()] { raw->run_checkpointer(); });
    if (store->writer_.connection) store->writer_.thread = std::thread([raw = store.get()] { raw->run_writer(); });
    if (store->is_shared()) store->control_.thread = std::thread([raw = store.get()] { raw->run_control(); });
    for (auto& reader : store->readers_) {
      reader->thread = std::thread([raw = store.get(), worker = reader.get()] { raw->run_reader(*worker); });
    }
  }
  return store;
}

Error read_only_error() {
  return {Code::unavailable,
          std::string(kReadOnly),
          "this server only reads (read_only is set): nothing was stored; send what changes something to another one, "
          "or later",
          "",
          {}};
}

Status AsyncStore::open_connections(Timestamp now) {
  sql::OpenOptions how{.durable = options_.durable};
  if (options_.read_only) {
    how.any_server = true;
    if (auto opened = open_readers(how); !opened) return opened;
    return check_schema();
  }
  if (options_.threads) how.checkpoint_pages = kWritersCheckpointPages;
  if (auto opened = open_worker(writer_, how); !opened) return opened;
  if (auto migrated = migrate(*writer_.connection, now); !migrated) return migrated;
  if (is_postgres_url(options_.database)) {
    if (auto opened = open_worker(control_, how); !opened) return opened;
    make_weeks(now);
  } else if (options_.threads) {
    if (auto opened = open_worker(checkpointer_, how); !opened) return opened;
    // Emptying the log holds up the writer while it waits for readers.
    if (auto done = checkpointer_.connection->script("PRAGMA busy_timeout=100"); !done) return done;
  }
  return open_readers(how);
}

Status AsyncStore::check_schema() {
  const auto state = look_at_schema(*readers_.front()->connection);
  if (!state) return fail(state.error());
  if (!state->moving_from.empty())
    return fail(Code::unavailable, "move_unfinished",
                "data is still being moved into the database, from " + state->moving_from);
  if (state->current()) return {};
  return fail(
      Code::unavailable, "schema_old",
      "the database has " + std::to_string(state->applied.size()) + " of the " + std::to_string(state->newest) +
          " steps of its schema, and a server that only reads does not add them; run wrapup migrate on it first "
          "(with a standby: on its primary)");
}

Status AsyncStore::open_readers(sql::OpenOptions how) {
  how.write = false;
  for (std::size_t i = 0; i < options_.readers; ++i) {
    if (auto opened = open_worker(*readers_.emplace_back(std::make_unique<Worker>()), how); !opened) return opened;
  }
  return {};
}

// What lacks goes to the rest of its table until the next look (Retention).
void AsyncStore::make_weeks(Timestamp now) {
  auto& db = *writer_.connection;
  for (Result<bool> made = true; made && *made;) {
    if (auto begun = db.begin(); !begun) return;
    made = writer_.store->make_week(now);
    if (!made) log_warning("week_not_made", {{"error", made.error().detail}});
    (void)db.run(made ? "COMMIT" : "ROLLBACK");
  }
}

Status AsyncStore::open_worker(Worker& worker, const sql::OpenOptions& how) {
  auto connection = sql::open_database(options_.database, how);
  if (!connection) return fail(std::move(connection.error()));
  worker.connection = std::move(*connection);
  worker.store = std::make_unique<Store>(*worker.connection, options_.node);
  return {};
}

AsyncStore::~AsyncStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  writes_.ready.notify_all();
  reads_.ready.notify_all();
  controls_.ready.notify_all();
  log_grown_.notify_all();
  if (checkpointer_.thread.joinable()) checkpointer_.thread.join();
  if (writer_.thread.joinable()) writer_.thread.join();
  if (control_.thread.joinable()) control_.thread.join();
  for (auto& reader : readers_) {
    if (reader->thread.joinable()) reader->thread.join();
  }
}

void AsyncStore::push(Queue& queue, std::unique_ptr<Job> job) {
  if (options_.read_only && &queue != &reads_) {
    job->refuse(read_only_error());
    Jobs refused;
    refused.push_back(std::move(job));
    return resume(std::move(refused));
  }
  bool wake = true;
  {
    const std::lock_guard lock(mutex_);
    queue.jobs.push_back(std::move(job));
    wake = &queue != &writes_ || queue.jobs.size() == 1;  // the one writer takes all there is
    if (!options_.threads) {
      if (inline_posted_) return;
      inline_posted_ = true;
    }
  }
  if (options_.threads) {
    if (wake) queue.ready.notify_one();
  } else {
    asio::post(reactor_, [this] { run_inline(); });
  }
}

// Waits for jobs; none when the store is stopping and the queue is empty.
AsyncStore::Jobs AsyncStore::take(Queue& queue, std::size_t most) {
  std::unique_lock lock(mutex_);
  queue.ready.wait(lock, [&] { return stopping_ || !queue.jobs.empty(); });
  Jobs jobs;
  while (!queue.jobs.empty() && jobs.size() < most) {
    jobs.push_back(std::move(queue.jobs.front()));
    queue.jobs.pop_front();
  }
  return jobs;
}

void AsyncStore::run_writer() {
  schedule_as(ThreadKind::worker);
  while (true) {
    Jobs jobs = take(writes_, group_limit());
    if (jobs.empty()) return;
    commit_group(std::move(jobs));
    watch_log();
  }
}

void AsyncStore::watch_log() {
  if (writer_.store->take_erased()) {
    const std::lock_guard lock(mutex_);
    erase_due_ = true;
    log_grown_.notify_one();
  }
  const std::int64_t pages = writer_.connection->log_pages();
  if (pages < checkpoint_at_ - kCheckpointPages) checkpoint_at_ = kCheckpointPages;  // it began anew
  if (pages < checkpoint_at_) return;
  checkpoint_at_ = pages + kCheckpointPages;
  {
    const std::lock_guard lock(mutex_);
    checkpoint_due_ = true;
  }
  log_grown_.notify_one();
}

void AsyncStore::run_checkpointer() {
  schedule_as(ThreadKind::worker);
  while (true) {
    bool erase = false;
    {
      std::unique_lock lock(mutex_);
      log_grown_.wait(lock, [&] { return stopping_ || checkpoint_due_ || erase_due_; });
      log_grown_.wait_for(lock, kGatherErased, [&] { return stopping_ || checkpoint_due_; });
      if (stopping_) return;
      checkpoint_due_ = false;
      erase = std::exchange(erase_due_, false);
    }
    bool copied_all = false;
    for (int pass = 0; pass < kCheckpointPasses && !copied_all; ++pass) {
      auto done = checkpointer_.connection->run("PRAGMA wal_checkpoint(PASSIVE)", {}, [&](const sql::Row& row) {
        copied_all = row.integer(1) == row.integer(2);  // pages in the log, pages copied
      });
      if (!done) {
        log_warning("checkpoint_failed", {{"error", done.error().detail}});
        break;
      }
    }
    if (erase) empty_log();
  }
}

// Takes the older versions of pages out of the log's file, with the words that they hold. While somebody reads them it
// is left for later.
void AsyncStore::empty_log() {
  bool busy = true;
  auto done = checkpointer_.connection->run("PRAGMA wal_checkpoint(TRUNCATE)", {},
                                            [&](const sql::Row& row) { busy = row.integer(0) != 0; });
  if (!done) log_warning("checkpoint_failed", {{"error", done.error().detail}});
  if (!busy) return;
  const std::lock_guard lock(mutex_);
  erase_due_ = true;
}

void AsyncStore::run_reader(Worker& worker) {
  while (true) {
    Jobs jobs = take(reads_, 1);
    if (jobs.empty()) return;
    read_one(worker, std::move(jobs.front()));
  }
}

void AsyncStore::run_control() {
  while (true) {
    Jobs jobs = take(controls_, 1);
    if (jobs.empty()) return;
    control_one(std::move(jobs.front()));
  }
}

void AsyncStore::control_one(std::unique_ptr<Job> job) {
  if (dead_) return;
  auto& db = *control_.connection;
  Status done = db.begin();
  const bool good = done && job->run(*control_.store);
  if (good) {
    if (auto committed = db.run("COMMIT"); !committed) done = fail(std::move(committed.error()));
  }
  if (!good || !done) (void)db.run("ROLLBACK");
  if (!done) job->refuse(done.error());
  Jobs jobs;
  jobs.push_back(std::move(job));
  resume(std::move(jobs));
}

// The row of the node stays while its transaction stands: whoever removes it waits for that.
Status AsyncStore::pass_fence(const std::string& node_id) {
  bool stands = false;
  auto read = writer_.connection->run("SELECT 1 FROM node WHERE node_id = $1 FOR KEY SHARE", {node_id},
                                      [&](const sql::Row&) { stands = true; });
  if (!read) return fail(std::move(read.error()));
  if (stands) return {};
  return fail(Code::unavailable, std::string(kNodeFenced),
              "this node was cut off from the others and is coming back; nothing was stored; try again",
              "node " + node_id);
}

void AsyncStore::run_inline() {
  std::deque<std::unique_ptr<Job>> reads;
  std::deque<std::unique_ptr<Job>> controls;
  Jobs writes;
  {
    const std::lock_guard lock(mutex_);
    inline_posted_ = false;
    reads.swap(reads_.jobs);
    controls.swap(controls_.jobs);
    for (auto& job : writes_.jobs) writes.push_back(std::move(job));
    writes_.jobs.clear();
  }
  for (auto& job : controls) control_one(std::move(job));
  for (auto& job : reads) read_one(*readers_.front(), std::move(job));
  Jobs group;
  for (auto& job : writes) {
    group.push_back(std::move(job));
    if (group.size() >= group_limit()) commit_group(std::exchange(group, {}));
  }
  if (!group.empty()) commit_group(std::move(group));
}

void AsyncStore::commit_group(Jobs jobs) {
  if (dead_) return;
  const std::span<std::unique_ptr<Job>> all(jobs);
  const Status done = commit(all);
  if (!done && all.size() > 1 && is_of_one(done.error())) {
    // Who of them it was shows when each is by itself.
    for (std::size_t i = 0; i < all.size() && !dead_; ++i) finish_group(all.subspan(i, 1), commit_one(all[i]));
  } else {
    finish_group(all, done);
  }
  if (!dead_) resume(std::move(jobs));
}

// A write of another program that stood in the way is over soon.
Status AsyncStore::commit_one(std::unique_ptr<Job>& job) {
  Status done;
  for (int tries = 0; tries < kTries; ++tries) {
    if (tries > 0) {
      std::unique_lock lock(mutex_);
      writes_.ready.wait_for(lock, kTryAgain * tries, [this] { return stopping_; });
    }
    done = commit({&job, 1});
    if (done || done.error().name != sql::kConflictOfWriters) return done;
  }
  done.error().name = "storage_busy";
  return done;
}

void AsyncStore::finish_group(std::span<std::unique_ptr<Job>> jobs, const Status& done) {
  note(done, jobs.size(), writer_.connection->changes() > noted_changes_);
  noted_changes_ = writer_.connection->changes();
  if (!done) {
    for (auto& job : jobs) job->refuse(done.error());
  } else if (options_.after_commit && !options_.after_commit()) {
    dead_ = true;
  } else if (options_.on_group) {
    options_.on_group(jobs.size());
  }
}

Status AsyncStore::commit(std::span<std::unique_ptr<Job>> jobs) {
  auto& db = *writer_.connection;
  Status done = db.begin();
  // The oldest fence of the group: those behind a new one are asked for again.
  if (const auto& fence = jobs.front()->fence; done && fence) done = pass_fence(*fence);
  for (std::size_t i = 0; i < jobs.size() && done; ++i) {
    done = jobs[i]->has_savepoint ? run_in_savepoint(*jobs[i]) : run_bare(*jobs[i]);
  }
  if (done) {
    if (auto committed = db.run("COMMIT"); !committed) done = fail(std::move(committed.error()));
  }
  if (!done) {
    (void)db.run("ROLLBACK");
    writer_.store->forget();
  }
  return done;
}

// An error is the group's.
Status AsyncStore::run_in_savepoint(Job& job) {
  auto& db = *writer_.connection;
  if (auto mark = db.send("SAVEPOINT verb", {}); !mark) return mark;
  if (!job.run(*writer_.store)) {
    // A full disk may have ended the transaction already: then this fails, and with it the group, for the verb's
    // reason.
    if (auto undone = db.run("ROLLBACK TO verb"); !undone) {
      const bool full = job.problem().code == Code::out_of_space;
      return fail(full ? job.problem() : std::move(undone.error()));
    }
    writer_.store->forget();
  }
  return db.send("RELEASE verb", {});
}

Status AsyncStore::run_bare(Job& job) {
  const std::int64_t before = writer_.store->changes();
  if (job.run(*writer_.store)) return {};
  // What failed may have ended the transaction, as a full disk does.
  if (writer_.store->changes() == before && writer_.connection->in_transaction()) return {};
  return fail(job.problem());
}

// A full disk is said once, not with each commit.
void AsyncStore::note(const Status& done, std::size_t writes, bool stored_something) {
  if (done) {
    if (alone_ > 0) --alone_;
    if (stored_something && out_of_space_.exchange(false)) log_info("disk_takes_writes_again");
    return;
  }
  if (is_of_one(done.error())) return;
  const bool full = done.error().code == Code::out_of_space;
  if (full) alone_ = kAlone;
  if (!full || !out_of_space_.exchange(true)) {
    log_error("commit_failed", {{"error", done.error().detail}, {"writes", std::to_string(writes)}});
  }
  if (options_.on_failure) options_.on_failure();
}

void AsyncStore::read_one(Worker& worker, std::unique_ptr<Job> job) {
  if (dead_) return;
  auto& db = *worker.connection;
  auto begun = db.begin();
  if (begun) {
    job->run(*worker.store);
    db.end_read();
  } else {
    job->refuse(begun.error());
  }
  Jobs jobs;
  jobs.push_back(std::move(job));
  resume(std::move(jobs));
}

void AsyncStore::resume(Jobs jobs) {
  asio::post(reactor_, [done = std::make_shared<Jobs>(std::move(jobs))] {
    for (auto& job : *done) job->finish();
  });
}

}  // namespace wrapup
