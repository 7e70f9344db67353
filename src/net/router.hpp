// Which handler answers which method and path. Paths are literal segments and `{name}` segments, which match one
// non-empty segment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wrapup {

/// Values of the `{name}` segments, percent-decoded.
using PathParams = std::vector<std::pair<std::string, std::string>>;

/// T is what a route leads to. Literal segments win over `{name}` segments. A trailing slash on the request is ignored.
template <class T>
class Router {
 public:
  struct Match {
    const T* target = nullptr;  // null when nothing matches
    PathParams params;
    std::string_view pattern;               // of the match, such as "/v2/calls/{id}"; for metrics
    std::vector<std::string_view> allowed;  // methods of that path, when only the method is wrong
  };

  void add(std::string_view method, std::string_view pattern, T target);
  Match match(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    T target;
  };
  std::vector<Route> routes_;
};

}  // namespace wrapup

#include "net/router_impl.hpp"
