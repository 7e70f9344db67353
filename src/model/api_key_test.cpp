#include "model/api_key.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(ApiKey, AScopeAllowsItselfAndAdminAllowsAll) {
  for (const char* name : {"calls:read", "calls:write", "events:write", "admin"}) {
    const Scopes one = Scopes::from_text(name);
    for (const char* other : {"calls:read", "calls:write", "events:write", "admin"}) {
      const bool allowed = std::string_view(name) == other || std::string_view(name) == "admin";
      EXPECT_EQ(check_scope(one, *scope_from(other)).has_value(), allowed) << name << " for " << other;
    }
    EXPECT_TRUE(check_scope(one, Scope::none));
  }
}

TEST(ApiKey, SaysWhichScopeIsMissing) {
  const auto refused = check_scope(Scopes::from_text("calls:read events:write"), Scope::calls_write);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::forbidden);
  EXPECT_EQ(refused.error().name, "missing_scope");
  EXPECT_NE(refused.error().message.find("the scope calls:write"), std::string::npos);
  EXPECT_NE(refused.error().message.find("has calls:read, events:write"), std::string::npos);
}

TEST(ApiKey, ScopesAsTextAndBack) {
  EXPECT_EQ(Scopes::all().text(), "calls:read calls:write events:write admin");
  EXPECT_EQ(Scopes::from_text(Scopes::all().text()), Scopes::all());
  EXPECT_EQ(Scopes::from_text("admin of:nothing").text(), "admin");
  EXPECT_TRUE(Scopes::from_text("").empty());
  EXPECT_EQ(scope_from("calls"), std::nullopt);
}

}  // namespace
}  // namespace wrapup
