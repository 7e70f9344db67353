#include "model/revision_diff.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

std::string changes(std::string_view before, std::string_view after) {
  std::string out;
  for (const auto& change : changes_between(parse_json(before)->get_object(), parse_json(after)->get_object()))
    out += change.path + " " + to_text(change.before) + ">" + to_text(change.after) + ";";
  return out;
}

TEST(RevisionDiff, NamesEachPlaceWithOldAndNew) {
  EXPECT_EQ(changes(R"({"a":{"b/c":1,"d":[1,2]},"gone":true})", R"({"a":{"b/c":2,"d":[1,3,4]},"new":"x"})"),
            R"(/a/b~1c 1>2;/a/d/1 2>3;/a/d/2 null>4;/gone true>null;/new null>"x";)");
  EXPECT_EQ(changes(R"({"a":1})", R"({"a":1})"), "");
}

TEST(RevisionDiff, LeavesOutWhatNamesTheRevision) {
  EXPECT_EQ(changes(R"({"event":{"id":"1","revision":1,"complete":false,"missing":["judge"]}})",
                    R"({"event":{"id":"2","revision":2,"complete":true,"missing":[]}})"),
            R"(/event/complete false>true;/event/missing/0 "judge">null;)");
}

TEST(RevisionDiff, IsBounded) {
  json::object before, after;
  for (int i = 0; i < 100; ++i) {
    before[std::to_string(i)] = i;
    after[std::to_string(i)] = -1;
  }
  EXPECT_EQ(changes_between(before, after, 10).size(), 10U);
}

}  // namespace
}  // namespace wrapup
