// The code of Router; see router.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "net/http.hpp"
#include "net/router.hpp"

namespace wrapup {

namespace router_detail {

/// Paths with more segments than this match nothing.
inline constexpr std::size_t kMaxSegments = 16;

struct Segments {
  std::array<std::string_view, kMaxSegments> parts;
  std::size_t size = 0;
  bool valid = false;
};

inline Segments split(std::string_view path) {
  Segments segments;
  if (!path.starts_with('/')) return segments;
  path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty() || segments.size > 0) {
    if (segments.size == kMaxSegments) return segments;
    const std::size_t end = path.find('/');
    segments.parts[segments.size++] = path.substr(0, end);
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  segments.valid = true;
  return segments;
}

inline bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

inline bool matches(const std::vector<std::string>& pattern, std::span<const std::string_view> path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return true;
}

/// Whether `a` says more than `b`: a literal where they first differ in kind.
inline bool more_specific(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (is_parameter(a[i]) != is_parameter(b[i])) return is_parameter(b[i]);
  }
  return false;
}

}  // namespace router_detail

template <class T>
void Router<T>::add(std::string_view method, std::string_view pattern, T target) {
  const auto split = router_detail::split(pattern);
  std::vector<std::string> segments(split.parts.begin(), split.parts.begin() + split.size);
  routes_.push_back(Route{std::string(method), std::string(pattern), std::move(segments), std::move(target)});
}

template <class T>
typename Router<T>::Match Router<T>::match(std::string_view method, std::string_view path) const {
  Match found;
  const auto split = router_detail::split(path);
  if (!split.valid) return found;
  const std::span<const std::string_view> parts(split.parts.data(), split.size);

  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!router_detail::matches(route.segments, parts)) continue;
    if (!best || router_detail::more_specific(route.segments, best->segments)) best = &route;
  }
  if (!best) return found;

  // The path is decided by its most specific pattern alone; the method then has to be one of that pattern's.
  const Route* chosen = nullptr;
  for (const Route& route : routes_) {
    if (route.segments.size() != best->segments.size() || !router_detail::matches(route.segments, parts) ||
        router_detail::more_specific(best->segments, route.segments)) {
      continue;
    }
    found.allowed.push_back(route.method);
    if (!chosen && route.method == method) chosen = &route;
  }
  found.pattern = (chosen ? chosen : best)->pattern;
  if (!chosen) return found;
  found.allowed.clear();

  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& segment = chosen->segments[i];
    if (!router_detail::is_parameter(segment)) continue;
    auto value = percent_decode(parts[i], false);
    if (!value) return Match{};
    found.params.emplace_back(segment.substr(1, segment.size() - 2), std::move(*value));
  }
  found.target = &chosen->target;
  return found;
}

}  // namespace wrapup
