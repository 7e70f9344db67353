// The conditions of a list's filters, with their parameters in step. Private to the store.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sql/connection.hpp"

namespace wrapup {

class Where {
 public:
  /// Everything in one workspace; `workspace_id` must outlive this.
  explicit Where(const std::string& workspace_id) : params_{workspace_id} {}

  /// AND `condition` followed by a placeholder for `param`, such as add("status = ", status). What views point to must
  /// outlive this.
  void add(std::string_view condition, sql::Param param) { sql_.append(" AND ").append(condition).append(bind(param)); }
  /// AND a condition that was put together with bind().
  void add(std::string_view condition) { sql_.append(" AND ").append(condition); }
  /// A placeholder for `param`.
  std::string bind(sql::Param param) {
    params_.push_back(param);
    return "$" + std::to_string(params_.size());
  }
  /// A LIKE that finds `text` anywhere in `column`.
  std::string contains(std::string_view column, std::string_view text) {
    std::string pattern = "%";
    for (const char c : text) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += c;
    }
    patterns_.push_back(pattern + "%");
    return "lower(" + std::string(column) + ") LIKE lower(" + bind(patterns_.back()) + ") ESCAPE '\\'";
  }

  const std::string& sql() const { return sql_; }
  const std::vector<sql::Param>& params() const { return params_; }

 private:
  std::string sql_ = "workspace_id = $1";
  std::vector<sql::Param> params_;
  std::list<std::string> patterns_;  // the parameters point into it
};

}  // namespace wrapup
