#include "storage/access.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "app/data_folder.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup {
namespace {

constexpr const char* kKey = "wk_test_0123456789abcdef0123456789abcdef";
constexpr const char* kSecret = "whsec_aW52ZW50ZWQgc2VjcmV0IG9mIHRoaXJ0eS10d28gYi4=";

class AccessTest : public testing::Test {
 protected:
  AccessTest() { config_.data = folder_.path(); }

  template <class Verb>
  auto visit(Verb verb) {
    return visit_store(config_, clock_, std::move(verb));
  }

  Result<NewAccess> start(const FixedAccess& fixed = {}) {
    return visit([&](Store& store) { return ensure_default_access(store, tools_, fixed); });
  }

  Result<NewAccess> create(const std::string& workspace) {
    return visit([&](Store& store) { return create_key(store, tools_, workspace, "till"); });
  }

  /// The workspace that a key opens; empty when it opens none.
  std::string opens(const std::string& key) {
    auto found = visit([&](Store& store) { return store.find_key(hash_of_key(key)); });
    return found && *found ? (*found)->workspace_id : "";
  }

  std::vector<std::string> secrets(const std::string& workspace) {
    std::vector<std::string> out;
    auto found = visit([&](Store& store) { return store.live_signing_secrets(workspace, clock_.now()); });
    for (const auto& secret : found.value()) out.push_back(box_.open(secret.sealed, place_of(secret)).value());
    return out;
  }

  std::vector<ApiKey> keys() {
    return visit([](Store& store) { return store.list_keys(); }).value();
  }

  TempDir folder_;
  Config config_;
  SimClock clock_;
  SeededEntropy entropy_{7};
  SecretBox box_{{std::string(SecretBox::kKeySize, 'm')}};
  AccessTools tools_{clock_, entropy_, box_};
};

TEST_F(AccessTest, TheFirstStartMakesAKeyAndASecretOnce) {
  const auto first = start();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(check_api_key(first->api_key));
  EXPECT_EQ(first->api_key.size(), 67U);
  EXPECT_EQ(opens(first->api_key), "default");
  EXPECT_EQ(secrets("default"), std::vector<std::string>{first->signing_secret});

  const auto second = start();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->api_key, "");
  EXPECT_EQ(second->signing_secret, "");
  EXPECT_EQ(opens(first->api_key), "default");
  EXPECT_EQ(keys().size(), 1U);
}

TEST_F(AccessTest, TheKeyItselfIsNotStored) {
  const auto made = start();
  ASSERT_TRUE(made);
  ASSERT_EQ(keys().size(), 1U);
  EXPECT_EQ(keys().front().prefix, made->api_key.substr(0, 10));
  EXPECT_EQ(opens(made->api_key.substr(0, 10)), "");
  EXPECT_EQ(hash_of_key("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(AccessTest, AFixedKeyAndSecretAreSetAndStaySet) {
  for (int run = 0; run < 2; ++run) {
    const auto made = start({kKey, kSecret});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->api_key, "");
    EXPECT_EQ(made->signing_secret, "");
    EXPECT_EQ(opens(kKey), "default");
    EXPECT_EQ(secrets("default"), std::vector<std::string>{kSecret});
    EXPECT_EQ(keys().size(), 1U);
  }
}

TEST_F(AccessTest, AFixedSecretTakesThePlaceOfTheOneMadeAtTheFirstStart) {
  const auto first = start();
  ASSERT_TRUE(start({"", kSecret}));
  EXPECT_EQ(secrets("default"), std::vector<std::string>{kSecret});
  EXPECT_EQ(opens(first->api_key), "default");
}

TEST_F(AccessTest, AFixedKeyThatCannotWorkIsRefused) {
  ASSERT_TRUE(start({kKey, ""}));
  const std::string id = keys().front().key_id;
  ASSERT_TRUE(visit([&](Store& store) { return store.revoke_key(id, clock_.now()); }).value());
  const auto revoked = start({kKey, ""});
  ASSERT_FALSE(revoked);
  EXPECT_NE(revoked.error().message.find("revoked"), std::string::npos);

  const auto other = create("other");
  const auto foreign = start({other->api_key, ""});
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().message.find("other"), std::string::npos);
}

TEST_F(AccessTest, CreatingAKeyMakesTheWorkspaceWithASecretOnce) {
  const auto first = create("shop");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(check_signing_secret(SecretKind::hmac, first->signing_secret));
  EXPECT_EQ(secrets("shop"), std::vector<std::string>{first->signing_secret});

  const auto second = create("shop");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->signing_secret, "");
  EXPECT_NE(second->api_key, first->api_key);
  EXPECT_EQ(opens(first->api_key), "shop");
  EXPECT_EQ(opens(second->api_key), "shop");
  EXPECT_EQ(keys().front().name, "till");
}

TEST_F(AccessTest, AFixedSecretLeavesKeysOfTheOtherKind) {
  ASSERT_TRUE(start());
  const NewSecret key = make_secret(tools_, "default", SecretKind::ed25519, "");
  ASSERT_TRUE(visit([&](Store& store) { return store.add_signing_secret(key.row); }));
  ASSERT_TRUE(start({"", kSecret}));
  const auto now = secrets("default");
  EXPECT_EQ(std::set<std::string>(now.begin(), now.end()), (std::set<std::string>{kSecret, key.text}));
}

TEST_F(AccessTest, KeysDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(new_api_key(entropy_)).second);
  EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& text) { return check_api_key(text).has_value(); }));
}

TEST(Access, ChecksWhatAUserGives) {
  EXPECT_TRUE(check_api_key(std::string(16, 'k')));
  EXPECT_TRUE(check_api_key(std::string(200, '~')));
  EXPECT_FALSE(check_api_key(std::string(15, 'k')));
  EXPECT_FALSE(check_api_key(std::string(201, 'k')));
  EXPECT_FALSE(check_api_key("with a space in the middle"));
  EXPECT_FALSE(check_api_key("line\nbreak_in_the_key"));
  EXPECT_FALSE(check_api_key("schlüssel_mit_umlaut"));
  EXPECT_TRUE(check_workspace("shop-2.eu_west"));
  EXPECT_FALSE(check_workspace(""));
  EXPECT_FALSE(check_workspace("a b"));
  EXPECT_FALSE(check_workspace(std::string(65, 'w')));
}

TEST(DataFolder, IsMadeForTheUserAlone) {
  const TempDir temp;
  Config config;
  config.data = temp.path() + "/a/b";
  const std::string& data = config.data;
  EXPECT_FALSE(check_database(config));
  ASSERT_TRUE(make_data_folder(data));
  EXPECT_EQ(std::filesystem::status(data).permissions(), std::filesystem::perms::owner_all);
  ASSERT_TRUE(make_data_folder(data));
  SimClock clock;
  ASSERT_TRUE(visit_store(config, clock, [](Store& store) { return store.list_keys(); }));
  EXPECT_TRUE(check_database(config));
}

TEST(DataFolder, SaysWhatStandsInTheWay) {
  const auto made = make_data_folder("/dev/null/data");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("/dev/null/data"), std::string::npos);
  const auto file = make_data_folder("/dev/null");
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("/dev/null"), std::string::npos);
}

}  // namespace
}  // namespace wrapup
