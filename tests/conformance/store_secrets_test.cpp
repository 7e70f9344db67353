// Signing secrets: what signs when, rotation, the last one, and the way from plain text to sealed.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "app/data_folder.hpp"
#include "app/master_key.hpp"
#include "storage/sql/sqlite.hpp"
#include "store_fixture.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"

namespace wrapup {
namespace {

using Ids = std::vector<std::string>;

SigningSecret row(const std::string& workspace_id, const std::string& id, Timestamp at,
                  SecretKind kind = SecretKind::hmac) {
  SigningSecret secret;
  secret.workspace_id = workspace_id;
  secret.secret_id = id;
  secret.kind = kind;
  secret.name = "of " + id;
  secret.sealed = std::string("\1\0sealed ", 9) + id;
  if (kind == SecretKind::ed25519) secret.public_key = "whpk_" + id;
  secret.created_at = at;
  return secret;
}

class StoreSecrets : public StoreTest {
 protected:
  Ids live(const std::string& workspace_id, Timestamp now) {
    Ids ids;
    const auto secrets = store().live_signing_secrets(workspace_id, now);
    for (const auto& secret : secrets.value()) ids.push_back(secret.secret_id);
    return ids;
  }
  Status add(const std::string& workspace_id, const std::string& id, Timestamp at, SecretKind kind = SecretKind::hmac) {
    return store().add_signing_secret(row(workspace_id, id, at, kind));
  }
};

TEST_F(StoreSecrets, BelongToTheirWorkspaceAndComeNewestFirst) {
  ASSERT_TRUE(add("a", "old", kNow));
  ASSERT_TRUE(add("a", "new", kNow + 1));
  ASSERT_TRUE(add("b", "other", kNow));
  EXPECT_EQ(live("a", kNow), (Ids{"new", "old"}));
  EXPECT_EQ(live("b", kNow), Ids{"other"});
  EXPECT_EQ(live("c", kNow), Ids{});
  EXPECT_EQ(store().get_signing_secret("b", "old").error().name, "secret_not_found");
  EXPECT_EQ(store().all_signing_secrets()->size(), 3u);
}

TEST_F(StoreSecrets, ComeBackAsTheyWere) {
  ASSERT_TRUE(add("a", "key", kNow, SecretKind::ed25519));
  const auto secret = *store().get_signing_secret("a", "key");
  EXPECT_EQ(secret.kind, SecretKind::ed25519);
  EXPECT_EQ(secret.name, "of key");
  EXPECT_EQ(secret.sealed, std::string("\1\0sealed ", 9) + "key");
  EXPECT_EQ(secret.public_key, "whpk_key");
  EXPECT_EQ(secret.created_at, kNow);
  EXPECT_EQ(secret.expires_at, std::nullopt);
  EXPECT_EQ(secret.revoked_at, std::nullopt);
}

TEST_F(StoreSecrets, AreListedInPagesWithTheirNumber) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(add("a", std::to_string(i), kNow + i));
  ASSERT_TRUE(store().revoke_signing_secret("a", "4", kNow + 9));
  const auto page = *store().list_signing_secrets("a", 2, 0);
  EXPECT_EQ(page.first, 5);
  ASSERT_EQ(page.second.size(), 2u);
  EXPECT_EQ(page.second[0].secret_id, "4");
  EXPECT_EQ(page.second[0].revoked_at, kNow + 9);
  EXPECT_EQ(store().list_signing_secrets("a", 2, 4)->second.front().secret_id, "0");
  EXPECT_EQ(store().list_signing_secrets("b", 2, 0)->first, 0);
}

TEST_F(StoreSecrets, ARotatedOneSignsUntilItsTimeIsOver) {
  ASSERT_TRUE(add("a", "old", kNow));
  ASSERT_TRUE(store().rotate_signing_secret("old", kNow + 100, row("a", "new", kNow + 1)));
  EXPECT_EQ(live("a", kNow + 99), (Ids{"new", "old"}));
  EXPECT_EQ(live("a", kNow + 100), Ids{"new"});
  EXPECT_EQ(store().rotate_signing_secret("old", kNow + 9, row("a", "x", kNow + 2)).error().name, "secret_not_live");
  EXPECT_EQ(store().rotate_signing_secret("gone", kNow + 9, row("a", "x", kNow + 2)).error().name, "secret_not_found");
  EXPECT_EQ(store().rotate_signing_secret("new", kNow + 9, row("b", "x", kNow + 2)).error().name, "secret_not_found");
  ASSERT_TRUE(store().rotate_signing_secret("new", kNow + 2, row("a", "newest", kNow + 2)));
  EXPECT_EQ(live("a", kNow + 2), (Ids{"newest", "old"})) << "no overlap";
}

TEST_F(StoreSecrets, TheLastLiveSharedOneCannotBeRevoked) {
  ASSERT_TRUE(add("a", "only", kNow));
  ASSERT_TRUE(add("a", "key", kNow, SecretKind::ed25519));
  ASSERT_TRUE(add("b", "other", kNow));
  EXPECT_EQ(store().revoke_signing_secret("a", "only", kNow).error().name, "last_secret");
  ASSERT_TRUE(store().rotate_signing_secret("only", kNow + 100, row("a", "next", kNow)));
  EXPECT_EQ(store().revoke_signing_secret("a", "next", kNow).error().name, "last_secret")
      << "the other one is about to expire";
  ASSERT_TRUE(store().revoke_signing_secret("a", "only", kNow + 1));
  ASSERT_TRUE(store().revoke_signing_secret("a", "key", kNow + 1));
  EXPECT_EQ(live("a", kNow + 1), Ids{"next"});
  EXPECT_EQ(store().revoke_signing_secret("a", "other", kNow).error().name, "secret_not_found");
}

TEST_F(StoreSecrets, ARevokedOneKeepsNothingThatCouldSign) {
  ASSERT_TRUE(add("a", "one", kNow));
  ASSERT_TRUE(add("a", "two", kNow));
  ASSERT_TRUE(store().revoke_signing_secret("a", "one", kNow + 5));
  ASSERT_TRUE(store().revoke_signing_secret("a", "one", kNow + 6)) << "twice is as good as once";
  EXPECT_EQ(store().get_signing_secret("a", "one")->sealed, "");
  EXPECT_EQ(store().get_signing_secret("a", "one")->revoked_at, kNow + 5);
}

TEST_F(StoreSecrets, OnlySoManySignAtATime) {
  for (int i = 0; i < kMaxSigningSecrets; ++i) ASSERT_TRUE(add("a", std::to_string(i), kNow));
  EXPECT_EQ(add("a", "more", kNow).error().name, "too_many_secrets");
  ASSERT_TRUE(store().revoke_signing_secret("a", "3", kNow));
  EXPECT_TRUE(add("a", "more", kNow));
  EXPECT_TRUE(add("b", "other", kNow));
}

TEST_F(StoreSecrets, AreResealedUnlessTheyChangedMeanwhile) {
  EXPECT_EQ(store().has_sealed(), false);
  ASSERT_TRUE(add("a", "one", kNow));
  EXPECT_EQ(store().has_sealed(), true);
  const auto before = *store().get_signing_secret("a", "one");
  EXPECT_EQ(store().reseal_signing_secret(before, "anew"), true);
  EXPECT_EQ(store().reseal_signing_secret(before, "too late"), false);
  EXPECT_EQ(store().get_signing_secret("a", "one")->sealed, "anew");
}

std::string bytes_of(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST(StoredSecrets, ThatAnEarlierVersionLeftInPlainTextAreSealedAtTheNextStart) {
  const std::string plain = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const TempDir folder;
  const std::string file = folder.file("wrapup.db");
  auto db = std::move(*sql::open_sqlite(file, sql::SqliteMode::write));
  ASSERT_TRUE(migrate(*db, kNow));
  for (const char* id : {"s1", "s2"}) {
    ASSERT_TRUE(
        db->run("INSERT INTO signing_secret (workspace_id, secret_id, secret, created_at) VALUES ('a', $1, $2, $3)",
                {id, plain, kNow}));
  }
  db.reset();
  ASSERT_NE(bytes_of(file).find(plain), std::string::npos) << "it was there, or this test shows nothing";

  Config config;
  config.data = folder.path();
  SimClock clock(kNow);
  SeededEntropy entropy(1);
  const auto box = open_secret_box(config, clock, entropy);
  ASSERT_TRUE(box) << box.error().message;
  EXPECT_EQ(bytes_of(file).find(plain), std::string::npos);
  EXPECT_EQ(bytes_of(file + "-wal").find(plain), std::string::npos);
  const auto live = visit_store(config, clock, [](Store& store) { return store.live_signing_secrets("a", kNow); });
  ASSERT_EQ(live->size(), 2u);
  for (const auto& secret : *live) EXPECT_EQ(box->open(secret.sealed, place_of(secret)), plain);
}

}  // namespace
}  // namespace wrapup
