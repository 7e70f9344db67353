// Run when the build is configured. Counts how often the temporaries of a co_await expression are made and destroyed,
// in the three shapes that a compiler is known to get wrong, and exits with 1 if any count is off.
#include <coroutine>
#include <cstdio>

namespace {

int alive = 0;

struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --alive; }
};

struct Aggregate {
  Counted counted;
  int number = 0;
};

// Runs when awaited; its frame goes when it ends, so that a Task destroyed twice cannot hide a count behind a crash.
struct Task {
  struct promise_type {
    std::coroutine_handle<> waiting = std::noop_coroutine();
    Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
        auto const next = self.promise().waiting;
        self.destroy();
        return next;
      }
      void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };

  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) {
    handle.promise().waiting = waiting;
    return handle;
  }
  void await_resume() {}

  std::coroutine_handle<promise_type> handle;
};

Task take(Aggregate) { co_return; }
Task take_reference(const Aggregate&) { co_return; }

template <class Function>
Task call(Function function) {
  function();
  co_return;
}

Task aggregate_by_value() { co_await take(Aggregate{Counted{}, 1}); }
Task aggregate_by_reference() { co_await take_reference(Aggregate{Counted{}, 1}); }

Task owning_capture() {
  co_await call([counted = Counted{}] { (void)counted; });
}

Task conditional(bool first) { co_await take(first ? Aggregate{Counted{}, 1} : Aggregate{Counted{}, 2}); }

bool balanced(const char* shape, Task task) {
  task.handle.resume();
  bool const good = alive == 0;
  if (!good) std::printf("%s: %d temporaries alive at the end, expected 0\n", shape, alive);
  alive = 0;
  return good;
}

}  // namespace

int main() {
  bool good = balanced("aggregate passed by value", aggregate_by_value());
  good = balanced("aggregate bound to a reference", aggregate_by_reference()) && good;
  good = balanced("lambda that owns its capture", owning_capture()) && good;
  good = balanced("operand of ?:", conditional(true)) && good;
  good = balanced("other operand of ?:", conditional(false)) && good;
  return good ? 0 : 1;
}
