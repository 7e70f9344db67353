#include "delivery/signers.hpp"

#include <gtest/gtest.h>

#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup {
namespace {

constexpr std::string_view kId = "evt_1";
constexpr std::int64_t kTime = 1'700'000'000;
constexpr std::string_view kBody = R"({"status":"completed"})";

class SignersTest : public testing::Test {
 protected:
  SigningSecret secret(const std::string& id, SecretKind kind, const std::string& text) {
    SigningSecret made;
    made.workspace_id = "shop";
    made.secret_id = id;
    made.kind = kind;
    made.created_at = clock_.now();
    seal(made, text, box_, entropy_);
    return made;
  }

  SimClock clock_{kTime * kSecond};
  SeededEntropy entropy_{5};
  const SecretBox box_{{std::string(32, 'm')}};
  const std::string old_ = new_signing_secret(SecretKind::hmac, entropy_);
  const std::string new_ = new_signing_secret(SecretKind::hmac, entropy_);
  const std::string key_ = new_signing_secret(SecretKind::ed25519, entropy_);
};

TEST_F(SignersTest, EverySecretSignsSharedOnesFirstNewestFirst) {
  const auto key = secret("k", SecretKind::ed25519, key_);
  const auto signers =
      Signers::open({key, secret("2", SecretKind::hmac, new_), secret("1", SecretKind::hmac, old_)}, box_);
  ASSERT_TRUE(signers) << signers.error().message;
  const std::string all = signers->webhook_signature(kId, kTime, kBody);
  const std::string asymmetric = asymmetric_signature(Ed25519Key(*ed25519_seed(key_)), kId, kTime, kBody);
  EXPECT_EQ(all, Signer(new_).standard(kId, kTime, kBody) + " " + Signer(old_).standard(kId, kTime, kBody) + " " +
                     asymmetric);
  EXPECT_EQ(signers->call_id_signature("call-1"), Signer(new_).call_id_signature("call-1"));
  EXPECT_EQ(signers->valid_until(), kNever);
}

TEST_F(SignersTest, AreValidUntilTheFirstExpires) {
  auto first = secret("1", SecretKind::hmac, old_);
  auto second = secret("2", SecretKind::hmac, new_);
  first.expires_at = 300;
  second.expires_at = 200;
  EXPECT_EQ(Signers::open({first, second, secret("3", SecretKind::hmac, new_)}, box_)->valid_until(), 200);
}

TEST_F(SignersTest, AreNotMadeWithoutASharedSecret) {
  EXPECT_EQ(Signers::open({}, box_).error().name, "no_signing_secret");
  EXPECT_EQ(Signers::open({secret("k", SecretKind::ed25519, key_)}, box_).error().name, "no_signing_secret");
}

TEST_F(SignersTest, AreNotMadeWhenOneSecretDoesNotOpen) {
  const auto good = secret("1", SecretKind::hmac, old_);
  auto moved = secret("2", SecretKind::hmac, new_);
  moved.secret_id = "3";
  EXPECT_EQ(Signers::open({moved, good}, box_).error().name, "sealed_damaged");
  const SecretBox other({std::string(32, 'x')});
  EXPECT_EQ(Signers::open({good}, other).error().name, "master_key_missing");
}

class SignerCacheTest : public SignersTest {
 protected:
  /// A store on the same database, on a reactor of its own, as another process has one.
  struct Door {
    Door(const std::string& path, Timestamp now) {
      AsyncStore::Options options;
      options.database = path;
      options.durable = false;
      options.threads = false;
      store = std::move(*AsyncStore::open(io.get_executor(), std::move(options), now));
      (void)run(store->write([now](Store& inner) { return inner.ensure_workspace("shop", now); }));
    }

    template <class T>
    T run(Task<T> task) {
      std::optional<T> result;
      TaskGroup group(io.get_executor());
      const auto whole = [&]() -> Task<void> { result.emplace(co_await std::move(task)); };
      group.spawn(whole());
      io.restart();
      io.run();
      return std::move(*result);
    }

    Status add(const SigningSecret& row) {
      return run(store->write([&](Store& inner) { return inner.add_signing_secret(row); }));
    }

    asio::io_context io{1};
    std::unique_ptr<AsyncStore> store;
  };

  void SetUp() override { ASSERT_TRUE(ours_.add(secret("1", SecretKind::hmac, old_))); }

  static std::size_t count(const Signers& signers) {
    const std::string all = signers.webhook_signature(kId, kTime, kBody);
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), ' ')) + 1;
  }

  /// How many signatures a webhook would have now.
  std::size_t signatures() {
    const auto signers = ours_.run(cache_.of("shop"));
    return signers ? count(**signers) : 0;
  }

  TempDir folder_;
  Door ours_{folder_.file("wrapup.db"), clock_.now()};
  Door theirs_{folder_.file("wrapup.db"), clock_.now()};
  SignerCache cache_{*ours_.store, box_, clock_, false};
};

TEST_F(SignerCacheTest, SeesAChangeThatIsAnnouncedAtOnce) {
  EXPECT_EQ(signatures(), 1u);
  ASSERT_TRUE(ours_.add(secret("2", SecretKind::hmac, new_)));
  ours_.store->feeds().secrets.offer("shop");
  EXPECT_EQ(signatures(), 2u);
}

TEST_F(SignerCacheTest, SeesAChangeOfAnotherProcessAfterFiveSeconds) {
  EXPECT_EQ(signatures(), 1u);
  ASSERT_TRUE(theirs_.add(secret("2", SecretKind::hmac, new_)));
  clock_.advance_to((kTime + 4) * kSecond);
  EXPECT_EQ(signatures(), 1u) << "kept, or every webhook would ask the store";
  clock_.advance_to((kTime + 5) * kSecond);
  EXPECT_EQ(signatures(), 2u);
}

TEST_F(SignerCacheTest, DropsASecretTheMomentItExpires) {
  const Timestamp until = kTime * kSecond + 1500 * kMillisecond;
  ASSERT_TRUE(ours_.run(ours_.store->write(
      [&](Store& store) { return store.rotate_signing_secret("1", until, secret("2", SecretKind::hmac, new_)); })));
  clock_.advance_to(until - 1);
  EXPECT_EQ(signatures(), 2u);
  clock_.advance_to(until);
  EXPECT_EQ(signatures(), 1u);
}

// A change is committed and announced while the secrets are being read: at every step on the way.
TEST_F(SignerCacheTest, KeepsNothingThatWasReadBeforeAChange) {
  for (std::size_t steps = 0; steps < 8; ++steps) {
    ours_.store->feeds().secrets.offer("shop");  // so that there is something to read
    std::optional<Result<std::shared_ptr<const Signers>>> first;
    TaskGroup group(ours_.io.get_executor());
    const auto ask = [&]() -> Task<void> { first.emplace(co_await cache_.of("shop")); };
    const auto change = [&]() -> Task<void> {
      for (std::size_t i = 0; i < steps; ++i) co_await asio::post(ours_.io.get_executor(), asio::use_awaitable);
      EXPECT_TRUE(theirs_.add(secret("later-" + std::to_string(steps), SecretKind::hmac, new_)));
      ours_.store->feeds().secrets.offer("shop");
    };
    group.spawn(ask());
    group.spawn(change());
    ours_.io.restart();
    ours_.io.run();
    ASSERT_TRUE(first && *first);
    EXPECT_EQ(signatures(), steps + 2) << "after " << steps << " steps";
  }
}

}  // namespace
}  // namespace wrapup
