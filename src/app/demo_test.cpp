#include "app/demo.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "testing/temp_dir.hpp"

namespace wrapup {
namespace {

// `ls` takes none of a server's arguments: it says so and ends.
TEST(Demo, AServerThatEndsIsAFailureThatShowsItsLog) {
  const TempDir temp;
  ::setenv("TMPDIR", temp.path().c_str(), 1);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = run_demo({"/bin/ls", false});
  ::unsetenv("TMPDIR");
  const std::string out = testing::internal::GetCapturedStdout();
  const std::string error = testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, 1);
  EXPECT_NE(out.find("1. A server"), std::string::npos);
  EXPECT_NE(error.find("the server ended at once"), std::string::npos) << error;
  EXPECT_NE(error.find("--dev"), std::string::npos) << "the log of the server is shown: " << error;
  EXPECT_TRUE(std::filesystem::is_empty(temp.path())) << "its folder is removed";
}

TEST(Demo, AProgramThatIsNotThereIsNamed) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_demo({"/nowhere/wrapup", false}), 1);
  (void)testing::internal::GetCapturedStdout();
  EXPECT_NE(testing::internal::GetCapturedStderr().find("cannot start /nowhere/wrapup: No such file"),
            std::string::npos);
}

}  // namespace
}  // namespace wrapup
