#include "app/master_key.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "app/data_folder.hpp"
#include "base/crypto.hpp"
#include "storage/access.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup {
namespace {

namespace fs = std::filesystem;

const std::string kOne(32, '1');
const std::string kTwo(32, '2');
const std::string kOneText = base64_encode(kOne);
const std::string kTwoText = base64_encode(kTwo);

using Keys = std::vector<std::string>;

TEST(MasterKeys, AreBase64WithCommasBetweenOrALineEach) {
  EXPECT_EQ(read_master_keys(kOneText, ','), Keys{kOne});
  EXPECT_EQ(read_master_keys(kTwoText + ", " + kOneText, ','), (Keys{kTwo, kOne}));
  EXPECT_EQ(read_master_keys("# two\n" + kTwoText + "  # since May\r\n\n" + kOneText, '\n'), (Keys{kTwo, kOne}));
}

TEST(MasterKeys, ThatAreWrongAreNamedAndNotShown) {
  const auto message = [](const std::string& text, char separator) {
    const auto keys = read_master_keys(text, separator);
    return keys ? "right" : keys.error().message;
  };
  const std::string is_not = " is not the base64 of 32 bytes, such as the output of: openssl rand -base64 32";
  EXPECT_EQ(message(kOneText + ",hunter2", ','), "key 2" + is_not);
  EXPECT_EQ(message(kOneText + ",", ','), "right") << "a comma at the end harms nobody";
  EXPECT_EQ(message("," + kOneText, ','), "key 1" + is_not);
  EXPECT_EQ(message("# a comment\nhunter2\n", '\n'), "line 2" + is_not);
  EXPECT_EQ(message(base64_encode(std::string(31, 'k')), ','), "key 1" + is_not);
  EXPECT_TRUE(message("# nothing\n", '\n').starts_with("holds no key"));
}

class MasterKeyTest : public testing::Test {
 protected:
  MasterKeyTest() {
    config_.data = folder_.path();
    own_file_ = own_key_file(config_.data);
  }

  Result<SecretBox> open() { return open_secret_box(config_, clock_, entropy_); }

  /// Makes the secret of the workspace "default" with what seals now; its text.
  std::string make_default_secret() {
    const auto box = open();
    EXPECT_TRUE(box) << box.error().message;
    const AccessTools tools{clock_, entropy_, *box};
    const auto access =
        visit_store(config_, clock_, [&](Store& store) { return ensure_default_access(store, tools, {}); });
    return access.value().signing_secret;
  }

  std::string text_of(const std::string& file) {
    std::stringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  }

  void write(const std::string& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  }

  TempDir folder_;
  SimClock clock_;
  SystemEntropy entropy_;
  Config config_;
  std::string own_file_;
};

TEST_F(MasterKeyTest, IsMadeOnceForItsOwnerAlone) {
  const auto first = open();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(fs::status(own_file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const std::string text = text_of(own_file_);
  const auto second = open();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->key_ids(), first->key_ids());
  EXPECT_EQ(text_of(own_file_), text);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    if (entry.path().filename().string().starts_with("master.key")) ++files;
  }
  EXPECT_EQ(files, 1u) << "no draft is left";
}

TEST_F(MasterKeyTest, DiffersFromFolderToFolder) {
  const TempDir other;
  Config config;
  config.data = other.path();
  EXPECT_NE(open()->key_ids(), open_secret_box(config, clock_, entropy_)->key_ids());
}

TEST_F(MasterKeyTest, TheEnvironmentWinsOverTheFileAndTheFileOverTheOwnOne) {
  const auto own = open();
  ASSERT_TRUE(own);
  config_.master_key_file = folder_.file("keys");
  write(config_.master_key_file, kOneText + "\n");
  EXPECT_EQ(open()->key_ids(), SecretBox({kOne}).key_ids());
  config_.master_key = kTwoText + "," + kOneText;
  EXPECT_EQ(open()->key_ids(), SecretBox({kTwo, kOne}).key_ids());
  EXPECT_NE(open()->key_ids(), own->key_ids());
}

TEST_F(MasterKeyTest, AFileThatIsNamedIsNeverMade) {
  config_.master_key_file = folder_.file("not-there");
  const auto box = open();
  ASSERT_FALSE(box);
  EXPECT_NE(box.error().message.find(config_.master_key_file), std::string::npos) << box.error().message;
  EXPECT_FALSE(fs::exists(config_.master_key_file));
  EXPECT_FALSE(fs::exists(own_file_));
}

TEST_F(MasterKeyTest, AFileThatIsWrongIsNamedWithTheLine) {
  write(own_file_, "# mine\nhunter2\n");
  const auto box = open();
  ASSERT_FALSE(box);
  EXPECT_TRUE(box.error().message.starts_with(own_file_ + ": line 2 is not")) << box.error().message;
  EXPECT_EQ(box.error().message.find("hunter2"), std::string::npos);
}

TEST_F(MasterKeyTest, AFileThatOthersCanReadIsWarnedOf) {
  write(own_file_, kOneText);
  testing::internal::CaptureStderr();
  ASSERT_TRUE(open());
  EXPECT_EQ(testing::internal::GetCapturedStderr().find("master_key_open_to_others"), std::string::npos);
  fs::permissions(own_file_, fs::perms::others_read, fs::perm_options::add);
  testing::internal::CaptureStderr();
  ASSERT_TRUE(open());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("master_key_open_to_others"), std::string::npos) << log;
  EXPECT_EQ(log.find(kOneText), std::string::npos);
}

TEST_F(MasterKeyTest, ThatIsGoneIsNotMadeAnewWhileSomethingIsSealed) {
  make_default_secret();
  fs::rename(own_file_, folder_.file("away"));
  const auto box = open();
  ASSERT_FALSE(box);
  EXPECT_EQ(box.error().name, "master_key_missing");
  EXPECT_NE(box.error().message.find(own_file_), std::string::npos) << box.error().message;
  EXPECT_FALSE(fs::exists(own_file_));
  fs::rename(folder_.file("away"), own_file_);
  EXPECT_TRUE(open()) << "once it is back, all is well";
}

TEST_F(MasterKeyTest, AnotherOneIsRefusedAndTheMissingOneNamed) {
  config_.master_key = kOneText;
  make_default_secret();
  config_.master_key = kTwoText;
  const auto box = open();
  ASSERT_FALSE(box);
  EXPECT_EQ(box.error().name, "master_key_missing");
  EXPECT_NE(box.error().message.find(SecretBox({kOne}).key_ids()), std::string::npos) << box.error().message;
  config_.master_key = kTwoText + "," + kOneText;
  EXPECT_TRUE(open());
}

}  // namespace
}  // namespace wrapup
