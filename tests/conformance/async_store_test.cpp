// What AsyncStore promises: all or nothing for each verb, durable before the task goes on, nobody hurt by another's
// failure.
#include "storage/async_store.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "store_fixture.hpp"
#include "testing/seeded_entropy.hpp"

namespace wrapup {
namespace {

// An AsyncStore and the reactor that its tasks run on.
class Reactor {
 public:
  explicit Reactor(const std::string& path, bool threads = true, std::function<bool()> after_commit = {}) {
    AsyncStore::Options options;
    options.database = path;
    options.threads = threads;
    options.after_commit = std::move(after_commit);
    options.on_group = [this](std::size_t size) { groups_.push_back(size); };
    options.on_failure = [this] { ++failures_; };
    auto opened = AsyncStore::open(io_.get_executor(), std::move(options), kNow);
    EXPECT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
  }

  ~Reactor() { store_.reset(); }

  /// Starts a write whose answer goes to `out`.
  template <class Verb, class Out>
  void write(Verb verb, Out& out) {
    tasks_.spawn(run_write(*store_, std::move(verb), out));
  }

  /// The same without a savepoint.
  template <class Verb, class Out>
  void write_bare(Verb verb, Out& out) {
    tasks_.spawn(run_write_bare(*store_, std::move(verb), out));
  }

  template <class Verb>
  auto write_now(Verb verb) {
    std::optional<std::invoke_result_t<Verb&, Store&>> out;
    write(std::move(verb), out);
    run();
    return std::move(*out);
  }

  template <class Verb>
  auto read_now(Verb verb) {
    std::optional<std::invoke_result_t<Verb&, Store&>> out;
    tasks_.spawn(run_read(*store_, std::move(verb), out));
    run();
    return std::move(*out);
  }

  template <class Prepare, class Verb, class Out>
  void write_prepared(Workers& workers, Prepare prepare, Verb verb, Out& out) {
    tasks_.spawn(run_write_prepared(*store_, workers, std::move(prepare), std::move(verb), out));
  }

  void run() {
    io_.restart();
    io_.run();
  }

  const std::vector<std::size_t>& groups() const { return groups_; }
  int failures() const { return failures_; }
  AsyncStore& store() { return *store_; }

 private:
  template <class Verb, class Out>
  static Task<void> run_write(AsyncStore& store, Verb verb, Out& out) {
    out = co_await store.write(std::move(verb));
  }
  template <class Verb, class Out>
  static Task<void> run_write_bare(AsyncStore& store, Verb verb, Out& out) {
    out = co_await store.write_bare(std::move(verb));
  }
  template <class Prepare, class Verb, class Out>
  static Task<void> run_write_prepared(AsyncStore& store, Workers& workers, Prepare prepare, Verb verb, Out& out) {
    out = co_await store.write_prepared(workers, std::move(prepare), std::move(verb));
  }
  template <class Verb, class Out>
  static Task<void> run_read(AsyncStore& store, Verb verb, Out& out) {
    out = co_await store.read(std::move(verb));
  }

  asio::io_context io_;
  TaskGroup tasks_{io_.get_executor()};
  std::vector<std::size_t> groups_;  // written by the store's writer, read when nothing is under way
  int failures_ = 0;                 // likewise
  std::unique_ptr<AsyncStore> store_;
};

Status insert(Store& store, int number) { return store.insert_call(call_row("a", id_of(number))); }

auto insert_one(int number) {
  return [number](Store& store) { return insert(store, number); };
}

std::int64_t calls_in(Reactor& reactor) {
  return *reactor.read_now([](Store& store) -> Result<std::int64_t> {
    CallFilter filter;
    filter.limit = 0;
    auto page = store.list_calls("a", filter);
    if (!page) return fail(page.error());
    return page->total;
  });
}

bool holds(Reactor& reactor, int number) {
  return reactor.read_now([number](Store& store) { return store.get_call("a", id_of(number)); }).has_value();
}

void put_agent(Reactor& reactor) {
  ASSERT_TRUE(
      reactor.write_now([](Store& store) { return store.put_agent(agent_named("a", "agent-1", "Mika"), kNow); }));
}

class AsyncStoreTest : public testing::TestWithParam<bool> {
 protected:
  TestDatabase database_;
  std::string path_ = database_.place();
};

// What a file shows and PostgreSQL hides.
class AsyncStoreFileTest : public testing::TestWithParam<bool> {
 protected:
  TempDir dir_;
  std::string path_ = dir_.file("wrapup.db");
};

std::string mode_name(const testing::TestParamInfo<bool>& test) { return test.param ? "threads" : "in_turn"; }
INSTANTIATE_TEST_SUITE_P(Modes, AsyncStoreTest, testing::Bool(), mode_name);
INSTANTIATE_TEST_SUITE_P(Modes, AsyncStoreFileTest, testing::Bool(), mode_name);

TEST_P(AsyncStoreTest, ABareVerbThatChangedNothingFailsAlone) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  std::optional<Status> before, failed, after;
  reactor.write_bare(insert_one(1), before);
  reactor.write_bare([](Store&) -> Status { return fail(Code::conflict, "no", "no"); }, failed);
  reactor.write_bare(insert_one(2), after);
  reactor.run();
  EXPECT_TRUE(before && *before);
  ASSERT_TRUE(failed && !*failed);
  EXPECT_EQ(failed->error().name, "no");
  EXPECT_TRUE(after && *after);
  EXPECT_TRUE(holds(reactor, 1) && holds(reactor, 2));
}

TEST_P(AsyncStoreTest, ABareVerbThatFailsHalfDoneFailsAlone) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  std::optional<Status> before, failed, after;
  reactor.write_bare(insert_one(3), before);
  reactor.write_bare(
      [](Store& store) -> Status {
        if (auto done = insert(store, 1); !done) return done;
        return fail(Code::internal, "no", "no");
      },
      failed);
  reactor.write_bare(insert_one(4), after);
  reactor.run();
  ASSERT_TRUE(failed && !*failed);
  EXPECT_EQ(failed->error().name, "no");
  EXPECT_FALSE(holds(reactor, 1));
  EXPECT_TRUE(before && *before);
  EXPECT_TRUE(after && *after);
  EXPECT_TRUE(holds(reactor, 3) && holds(reactor, 4)) << "its group is stored without it";
  EXPECT_TRUE(reactor.write_now(insert_one(2))) << "and the next one is stored";
}

TEST_P(AsyncStoreTest, WhatIsPreparedIsWrittenAfterIt) {
  constexpr int kWrites = 100;
  Reactor reactor(path_, GetParam());
  Workers workers(GetParam() ? 2 : 0);
  put_agent(reactor);
  const auto asked_on = std::this_thread::get_id();
  std::vector<int> prepared(kWrites, 0);
  std::vector<std::optional<Status>> outs(kWrites);
  std::atomic<int> elsewhere = 0;
  for (int i = 0; i < kWrites; ++i) {
    int& number = prepared[static_cast<std::size_t>(i)];
    reactor.write_prepared(
        workers,
        [&number, &elsewhere, asked_on, i] {
          number = i + 1;
          elsewhere += std::this_thread::get_id() != asked_on;
        },
        [&number](Store& store) -> Status {
          if (number % 10 == 0) return fail(Code::conflict, "tenth", "no");
          return insert(store, number);
        },
        outs[static_cast<std::size_t>(i)]);
  }
  reactor.run();
  for (int i = 0; i < kWrites; ++i) {
    const auto& out = outs[static_cast<std::size_t>(i)];
    ASSERT_TRUE(out) << i;
    EXPECT_EQ(out->has_value(), (i + 1) % 10 != 0) << i;
    if (!*out) EXPECT_EQ(out->error().name, "tenth");
  }
  EXPECT_EQ(calls_in(reactor), kWrites * 9 / 10);
  EXPECT_EQ(elsewhere, GetParam() ? kWrites : 0);
}

TEST_P(AsyncStoreTest, APartDoneAtomicallyLeavesNothingWhenItFails) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  std::optional<Status> beside, failed;
  reactor.write_bare(insert_one(2), beside);
  reactor.write_bare(
      [](Store& store) {
        return store.atomically([&]() -> Status {
          if (auto done = insert(store, 1); !done) return done;
          return fail(Code::conflict, "no", "no");
        });
      },
      failed);
  reactor.run();
  ASSERT_TRUE(failed && !*failed);
  EXPECT_EQ(failed->error().name, "no");
  EXPECT_FALSE(holds(reactor, 1));
  EXPECT_TRUE(beside && *beside);
  EXPECT_TRUE(holds(reactor, 2)) << "and its group is stored";
}

TEST_P(AsyncStoreTest, AReadAfterAWriteSeesIt) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(reactor.write_now(insert_one(i)));
    EXPECT_TRUE(holds(reactor, i));
  }
}

TEST_P(AsyncStoreTest, AFailedVerbLeavesNothingAndHarmsNoOther) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  std::vector<std::optional<Status>> answers(30);
  for (int i = 0; i < 30; ++i) {
    reactor.write(
        [i](Store& store) -> Status {
          if (auto stored = insert(store, i); !stored) return stored;
          if (i % 3 == 1) return fail(Code::conflict, "illegal_transition", "the third part fails");
          if (i % 3 == 2) return insert(store, i - 2);  // a unique key stands in the way
          return {};
        },
        answers[static_cast<std::size_t>(i)]);
  }
  reactor.run();
  for (int i = 0; i < 30; ++i) {
    const auto& answer = answers[static_cast<std::size_t>(i)];
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->has_value(), i % 3 == 0) << i;
    EXPECT_EQ(holds(reactor, i), i % 3 == 0) << i;
    if (i % 3 == 1) EXPECT_EQ(answer->error().name, "illegal_transition");
    if (i % 3 == 2) EXPECT_EQ(answer->error().code, Code::conflict);
  }
}

TEST_P(AsyncStoreTest, WhatARolledBackVerbReadIsForgotten) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  const auto failed = reactor.write_now([](Store& store) -> Status {
    if (auto put = store.put_agent(agent_named("a", "agent-1", "never was"), kNow); !put) return fail(put.error());
    auto read = store.latest_agent("a", "agent-1");
    EXPECT_EQ((*read)->name, "never was");
    return fail(Code::invalid, "changed_my_mind", "no");
  });
  EXPECT_FALSE(failed);
  const auto name = reactor.write_now([](Store& store) -> Result<std::string> {
    if (auto put = store.put_agent(agent_named("a", "agent-1", "truly"), kNow); !put) return fail(put.error());
    auto read = store.latest_agent("a", "agent-1");
    if (!read) return fail(read.error());
    return (*read)->name;
  });
  EXPECT_EQ(name.value_or(""), "truly");
}

// Keeps every file from growing by more than `room` bytes: a disk that is (nearly) full. Lifted at the end.
class FullDisk {
 public:
  explicit FullDisk(const std::string& path, std::size_t room = 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    std::error_code none;
    const auto size = std::max(std::filesystem::file_size(path, none), std::filesystem::file_size(path + "-wal", none));
    const rlimit now{size + room, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

// A call with a body that does not compress.
CallRow large_call(int number, std::size_t bytes) {
  SeededEntropy entropy(7);
  CallRow row = call_row("a", id_of(number));
  row.request.resize(bytes);
  entropy.fill({reinterpret_cast<unsigned char*>(row.request.data()), row.request.size()});
  return row;
}

void expect_all_refused(Reactor& reactor, const std::string& path, std::size_t bytes_each) {
  std::vector<std::optional<Status>> answers(20);
  {
    const FullDisk full(path);
    for (int i = 0; i < 20; ++i) {
      const CallRow row = large_call(i, bytes_each);
      reactor.write([row](Store& store) { return store.insert_call(row); }, answers[static_cast<std::size_t>(i)]);
    }
    reactor.run();
  }
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer) << "every writer hears of it";
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().code, Code::out_of_space) << answer->error().detail;
  }
  EXPECT_EQ(calls_in(reactor), 0);
  EXPECT_TRUE(reactor.write_now(insert_one(1))) << "and goes on once there is room";
  EXPECT_EQ(calls_in(reactor), 1);
}

TEST_P(AsyncStoreFileTest, AFullDiskAtTheCommitReachesEveryWriter) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  expect_all_refused(reactor, path_, 20'000);
}

TEST_P(AsyncStoreFileTest, AFullDiskInTheMiddleOfAGroupReachesEveryWriter) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  expect_all_refused(reactor, path_, 3'000'000);  // more than the page cache holds, so that a verb has to write
}

TEST_P(AsyncStoreFileTest, OnAFullDiskALargeWriteFailsAlone) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  const FullDisk full(path_, 6'000'000);
  int number = 0;
  const auto try_all = [&] {
    std::vector<std::optional<Status>> answers(21);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const CallRow row = i == 10 ? large_call(number++, 8'000'000) : call_row("a", id_of(number++));
      reactor.write([row](Store& store) { return store.insert_call(row); }, answers[i]);
    }
    reactor.run();
    return answers;
  };
  (void)try_all();
  EXPECT_GT(reactor.failures(), 0);
  const auto answers = try_all();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i]);
    EXPECT_EQ(answers[i]->has_value(), i != 10) << i;
  }
  EXPECT_FALSE(reactor.store().out_of_space()) << "the last commit went well";
}

TEST_P(AsyncStoreFileTest, TheDiskIsFullUntilSomethingWasStored) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  EXPECT_FALSE(reactor.store().out_of_space());
  {
    const FullDisk full(path_);
    const CallRow row = large_call(1, 3'000'000);
    EXPECT_FALSE(reactor.write_now([&](Store& store) { return store.insert_call(row); }));
    EXPECT_TRUE(reactor.store().out_of_space());
    EXPECT_EQ(reactor.failures(), 1);
    EXPECT_TRUE(reactor.write_now([](Store& store) { return store.forget_idempotent(0, 1); }));
    EXPECT_TRUE(reactor.store().out_of_space()) << "a commit of nothing says nothing";
  }
  EXPECT_TRUE(reactor.write_now([](Store& store) { return store.try_write(); }));
  EXPECT_FALSE(reactor.store().out_of_space());
}

TEST_P(AsyncStoreTest, WritesThatWaitTogetherShareACommit) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  std::vector<std::optional<Status>> answers(200);
  for (int i = 0; i < 200; ++i) reactor.write(insert_one(i), answers[static_cast<std::size_t>(i)]);
  reactor.run();
  std::size_t writes = 0;
  for (const auto size : reactor.groups()) writes += size;
  EXPECT_EQ(writes, 201u);
  EXPECT_LT(reactor.groups().size(), 100u);
  EXPECT_EQ(calls_in(reactor), 200);
}

TEST_P(AsyncStoreFileTest, WhatWasAnsweredIsInACopyOfTheFiles) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(reactor.write_now(insert_one(i)));
  // What a crash would leave: the files as they are, nothing closed or checkpointed.
  const std::string copy = dir_.file("copy.db");
  std::filesystem::copy_file(path_, copy);
  std::filesystem::copy_file(path_ + "-wal", copy + "-wal");
  Reactor after(copy, GetParam());
  EXPECT_EQ(calls_in(after), 50);
}

TEST_P(AsyncStoreFileTest, TheLogDoesNotGrowWithWhatIsWritten) {
  Reactor reactor(path_, GetParam());
  put_agent(reactor);
  SeededEntropy entropy(1);
  std::string noise(16'000, '\0');  // two pages or more, however it is packed
  entropy.fill({reinterpret_cast<unsigned char*>(noise.data()), noise.size()});
  for (int number = 0; number < 10'000;) {
    std::vector<std::optional<Status>> answers(200);
    for (auto& answer : answers) {
      CallRow row = call_row("a", id_of(number++));
      row.request = noise;
      reactor.write([row = std::move(row)](Store& store) { return store.insert_call(row); }, answer);
    }
    reactor.run();
    for (const auto& answer : answers) ASSERT_TRUE(answer && *answer);
  }
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 80'000'000u) << "of more than 160 MB written";
  EXPECT_EQ(calls_in(reactor), 10'000);
}

TEST(AsyncStoreCrash, AfterACommitNobodyHeardOfItIsThere) {
  const TestDatabase database;
  const std::string& path = database.place();
  int commits = 0;
  std::optional<Status> first, second;
  {
    Reactor reactor(path, false, [&] { return ++commits < 3; });
    put_agent(reactor);
    reactor.write(insert_one(1), first);
    reactor.run();
    reactor.write(insert_one(2), second);
    reactor.run();
  }
  EXPECT_TRUE(first && *first);
  EXPECT_FALSE(second) << "dead before it could answer";
  Reactor reactor(path, false);
  EXPECT_TRUE(holds(reactor, 1));
  EXPECT_TRUE(holds(reactor, 2)) << "but durable";
}

TEST(AsyncStoreCrash, AWriteThatWaitsWhenTheStoreClosesIsFinished) {
  const TestDatabase database;
  const std::string& path = database.place();
  std::vector<std::optional<Status>> answers(100);
  {
    Reactor reactor(path);
    put_agent(reactor);
    for (int i = 0; i < 100; ++i) reactor.write(insert_one(i), answers[static_cast<std::size_t>(i)]);
    reactor.run();
  }
  Reactor reactor(path);
  EXPECT_EQ(calls_in(reactor), 100);
}

}  // namespace
}  // namespace wrapup
