// Lists of calls: newest start first. A page costs about the same in a list of a million calls as in one of a thousand:
// it is looked for in a window behind the cursor first, through an index that holds all that lists filter by, and where
// that does not fill it, in each class of calls that fits. bench/README.md has the plans and the times.
#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "model/report.hpp"
#include "storage/store.hpp"
#include "storage/where.hpp"

namespace wrapup {

namespace {

// Pages by number lie this deep at most where classes are put together; behind, the list is read from its beginning.
constexpr std::int64_t kDeepest = 1'000;
// What is looked at to count: classes, of which a workspace has some hundred, and calls of classes that fit in part.
constexpr int kMostClasses = 2'000;
constexpr std::int64_t kMostLooked = 50'000;

// As the index call_class has it, and the same bounds in seconds.
constexpr std::string_view kClassOfDuration =
    "(CASE WHEN duration_s < 10 THEN 0 WHEN duration_s < 60 THEN 1 WHEN duration_s < 180 THEN 2 WHEN duration_s < 600 "
    "THEN 3 WHEN duration_s < 1800 THEN 4 WHEN duration_s < 3600 THEN 5 ELSE 6 END)";
constexpr std::int64_t kClassBounds[] = {10, 60, 180, 600, 1800, 3600};

std::int64_t class_of(std::int64_t duration) {
  return std::upper_bound(std::begin(kClassBounds), std::end(kClassBounds), duration) - std::begin(kClassBounds);
}

// Where a call stands in the list.
struct Place {
  Timestamp started_at = 0;
  std::string call_id;
  bool operator<(const Place& other) const {
    return std::tie(other.started_at, other.call_id) < std::tie(started_at, call_id);  // newest first
  }
};
using Places = std::vector<Place>;

// The part of the list that a page is looked for in.
struct Span {
  std::optional<Place> behind;   // without it
  std::optional<Place> down_to;  // with it
};

// Calls that are alike in what lists filter by.
struct CallClass {
  std::string status;
  std::string reason;
  std::int64_t duration = 0;  // its class
  std::string agent_id;
};

bool by_kind(const CallFilter& filter) {
  return !filter.model_id.empty() || !filter.call_status.empty() || !filter.end_call_reason.empty() ||
         filter.duration_min || filter.duration_max;
}

bool is_plain(const CallFilter& filter) {
  return !by_kind(filter) && filter.phone.empty() && filter.search.empty() && !filter.from && !filter.to;
}

void add_times(Where& where, const CallFilter& filter) {
  if (filter.from) where.add("started_at >= ", *filter.from);
  if (filter.to) where.add("started_at < ", *filter.to);
}

void add_durations(Where& where, const CallFilter& filter) {
  if (filter.duration_min) where.add("duration_s >= ", *filter.duration_min);
  if (filter.duration_max) where.add("duration_s <= ", *filter.duration_max);
}

void add_span(Where& where, const Span& span) {
  if (span.behind) {
    const std::string at = where.bind(span.behind->started_at);
    where.add("started_at <= " + at + " AND (started_at < " + at + " OR call_id < " + where.bind(span.behind->call_id) +
              ")");
  }
  if (span.down_to) {
    const std::string at = where.bind(span.down_to->started_at);
    where.add("started_at >= " + at + " AND (started_at > " + at +
              " OR call_id >= " + where.bind(span.down_to->call_id) + ")");
  }
}

// What a filter says of a call but for its start. Written so that no index is chosen by it: the start's has it all, and
// is in order.
void add_kind(Where& where, const CallFilter& filter) {
  const auto is = [&](std::string_view column, const std::string& value) {
    if (!value.empty()) where.add("NOT (" + std::string(column) + " <> " + where.bind(value) + ")");
  };
  is("agent_id", filter.model_id);
  is("status", filter.call_status);
  is("end_call_reason", filter.end_call_reason);
  is("phone", filter.phone);
  add_durations(where, filter);
}

// A number's calls are found by its last two digits, with which the index begins: new numbers then come to a hundred
// places of it, not each to a place of its own.
bool by_phone(const CallFilter& filter) { return !filter.phone.empty() && filter.search.empty(); }

void add_last_digits(Where& where, std::string_view phone) {
  where.add("substr(phone, length(phone) - 1) = ", phone.substr(phone.size() < 2 ? 0 : phone.size() - 2));
}

void add_search(Where& where, const CallFilter& filter) {
  if (filter.search.empty()) return;
  // One after another: placeholders must appear in the order they are made.
  const std::string in_name = where.contains("name", filter.search);
  const std::string in_phone = where.contains("phone", filter.search);
  where.add("(" + in_name + " OR " + in_phone + ")");
}

Where all_conditions(const std::string& workspace_id, const CallFilter& filter, const Span& span) {
  Where where(workspace_id);
  if (by_phone(filter)) add_last_digits(where, filter.phone);
  add_times(where, filter);
  add_span(where, span);
  add_kind(where, filter);
  add_search(where, filter);
  return where;
}

// One number; 0 when there is no row.
Result<std::int64_t> number(sql::Connection& db, const std::string& query, const std::vector<sql::Param>& params) {
  std::int64_t out = 0;
  auto read = db.run(query, params.data(), params.size(), [&](const sql::Row& row) { out = row.integer(0); });
  if (!read) return fail(std::move(read.error()));
  return out;
}

Result<std::int64_t> count(sql::Connection& db, Where where, std::int64_t most) {
  const std::string limit = where.bind(most);
  return number(db, "SELECT count(*) FROM (SELECT 1 FROM call WHERE " + where.sql() + " LIMIT " + limit + ") AS part",
                where.params());
}

Result<Places> read_places(sql::Connection& db, Where where, std::int64_t limit, std::int64_t offset) {
  Places places;
  std::string query = "SELECT started_at, call_id FROM call WHERE " + where.sql() +
                      " ORDER BY started_at DESC, call_id DESC LIMIT " + where.bind(limit);
  query += " OFFSET " + where.bind(offset);
  auto read = db.run(query, where.params().data(), where.params().size(), [&](const sql::Row& row) {
    places.push_back({row.integer(0), std::string(row.text(1))});
  });
  if (!read) return fail(std::move(read.error()));
  return places;
}

// The classes of a workspace's calls that may hold some that fit, found by going from each to the next in the index.
// `see` says whether to go on.
class Classes {
 public:
  using See = std::function<Result<bool>(const CallClass&)>;

  Classes(sql::Connection& db, const std::string& workspace_id, const CallFilter& filter)
      : db_(db), workspace_id_(workspace_id), filter_(filter) {}

  Status each(const See& see) {
    if (!filter_.call_status.empty()) return each_reason(filter_.call_status, see);
    for (const auto status : call_status_names()) {
      if (auto done = each_reason(std::string(status), see); !done || stopped_) return done;
    }
    return {};
  }

 private:
  Status each_reason(std::string status, const See& see) {
    CallClass at;
    at.status = std::move(status);
    if (!filter_.end_call_reason.empty()) {
      at.reason = filter_.end_call_reason;
      return each_duration(at, see);
    }
    std::optional<std::string> last;
    while (true) {
      auto next = first("min(end_call_reason)", "status = $2",
                        last ? "end_call_reason > " : "end_call_reason >= ", {at.status}, last.value_or(""));
      if (!next) return fail(std::move(next.error()));
      if (!*next) return {};
      at.reason = **next;
      if (auto done = each_duration(at, see); !done || stopped_) return done;
      last = std::move(**next);
    }
  }

  Status each_duration(CallClass& at, const See& see) {
    const std::int64_t from = class_of(std::max<std::int64_t>(0, filter_.duration_min.value_or(0)));
    const std::int64_t to = class_of(filter_.duration_max.value_or(INT64_MAX));
    for (at.duration = from; at.duration <= to; ++at.duration) {
      if (auto done = each_agent(at, see); !done || stopped_) return done;
    }
    return {};
  }

  Status each_agent(CallClass& at, const See& see) {
    if (!filter_.model_id.empty()) {
      at.agent_id = filter_.model_id;
      return show(at, see);
    }
    std::optional<std::string> last;
    while (true) {
      const std::string where = "status = $2 AND end_call_reason = $3 AND " + std::string(kClassOfDuration) + " = $4";
      auto next = first("min(agent_id)", where,
                        last ? "agent_id > " : "agent_id >= ", {at.status, at.reason, at.duration}, last.value_or(""));
      if (!next) return fail(std::move(next.error()));
      if (!*next) return {};
      at.agent_id = **next;
      if (auto done = show(at, see); !done || stopped_) return done;
      last = std::move(**next);
    }
  }

  Status show(const CallClass& at, const See& see) {
    auto more = see(at);
    if (!more) return fail(std::move(more.error()));
    stopped_ = !*more;
    return {};
  }

  // The smallest value behind `last`; nothing when there is none.
  Result<std::optional<std::string>> first(std::string_view value, const std::string& where, std::string_view behind,
                                           std::vector<sql::Param> params, std::string_view last) {
    params.insert(params.begin(), workspace_id_);
    params.push_back(last);
    std::string query = "SELECT ";
    query.append(value).append(" FROM call WHERE workspace_id = $1 AND ").append(where).append(" AND ");
    query.append(behind).append("$").append(std::to_string(params.size()));
    std::optional<std::string> found;
    auto read = db_.run(query, params.data(), params.size(), [&](const sql::Row& row) {
      if (!row.is_null(0)) found = row.text(0);
    });
    if (!read) return fail(std::move(read.error()));
    return found;
  }

  sql::Connection& db_;
  const std::string& workspace_id_;
  const CallFilter& filter_;
  bool stopped_ = false;
};

Where of_class(const std::string& workspace_id, const CallClass& at, const CallFilter& filter, const Span& span) {
  Where where(workspace_id);
  where.add("status = ", at.status);
  where.add("end_call_reason = ", at.reason);
  where.add(std::string(kClassOfDuration) + " = ", at.duration);
  where.add("agent_id = ", at.agent_id);
  add_times(where, filter);
  add_span(where, span);
  return where;
}

Result<Places> places_by_class(sql::Connection& db, const std::string& workspace_id, const CallFilter& filter,
                               Span span) {
  const auto wanted = static_cast<std::size_t>(filter.limit + filter.offset);
  Places places;
  auto done = Classes(db, workspace_id, filter).each([&](const CallClass& at) -> Result<bool> {
    Where where = of_class(workspace_id, at, filter, span);
    add_durations(where, filter);
    auto some = read_places(db, std::move(where), filter.limit + filter.offset, 0);
    if (!some) return fail(std::move(some.error()));
    const auto middle = places.insert(places.end(), some->begin(), some->end());
    std::inplace_merge(places.begin(), middle, places.end());
    if (places.size() >= wanted) {
      places.resize(wanted);
      span.down_to = places.back();  // of the other classes only what is newer
    }
    return true;
  });
  if (!done) return fail(std::move(done.error()));
  places.erase(places.begin(), places.begin() + std::min<std::ptrdiff_t>(filter.offset, std::ssize(places)));
  return places;
}

// The last call of the window behind a place, when calls lie beyond it.
Result<std::optional<Place>> end_of_window(sql::Connection& db, const std::string& workspace_id,
                                           const CallFilter& filter, const Span& span) {
  Where where(workspace_id);
  add_times(where, filter);
  add_span(where, span);
  auto last = read_places(db, std::move(where), 1, filter.window - 1);
  if (!last) return fail(std::move(last.error()));
  return last->empty() ? std::optional<Place>() : std::optional<Place>(std::move(last->front()));
}

// How many calls of a class fit, of the first `most` of it; and how many those are.
struct Counted {
  std::int64_t looked = 0;
  std::int64_t fit = 0;
};

Result<Counted> count_class(sql::Connection& db, Where where, const CallFilter& filter, std::int64_t most) {
  Counted counted;
  std::string query = "WITH part AS (SELECT duration_s FROM call WHERE " + where.sql() + " LIMIT " + where.bind(most);
  query += ") SELECT count(*), count(CASE WHEN duration_s >= " + where.bind(filter.duration_min.value_or(0));
  query += " AND duration_s <= " + where.bind(filter.duration_max.value_or(INT64_MAX)) + " THEN 1 END) FROM part";
  auto read = db.run(query, where.params().data(), where.params().size(), [&](const sql::Row& row) {
    counted = {row.integer(0), row.integer(1)};
  });
  if (!read) return fail(std::move(read.error()));
  return counted;
}

// How many calls fit, to kMostCounted + 1; `exact` becomes false where to know would take too long.
Result<std::int64_t> count_by_class(sql::Connection& db, const std::string& workspace_id, const CallFilter& filter,
                                    bool& exact) {
  std::int64_t total = 0;
  std::int64_t looked = 0;
  int classes = 0;
  auto done = Classes(db, workspace_id, filter).each([&](const CallClass& at) -> Result<bool> {
    if (++classes > kMostClasses || looked >= kMostLooked) return exact = false;
    const bool in_part = (filter.duration_min && class_of(*filter.duration_min) == at.duration) ||
                         (filter.duration_max && class_of(*filter.duration_max) == at.duration);
    auto some = count_class(db, of_class(workspace_id, at, filter, {}), filter,
                            in_part ? kMostLooked - looked : kMostCounted + 1 - total);
    if (!some) return fail(std::move(some.error()));
    total += some->fit;
    looked += in_part ? some->looked : 0;
    return total <= kMostCounted;
  });
  if (!done) return fail(std::move(done.error()));
  if (looked >= kMostLooked) exact = false;
  return total;
}

// The call that a search names by its id or external id.
Result<Places> named_calls(sql::Connection& db, const std::string& workspace_id, const CallFilter& filter) {
  Places places;
  for (const bool external : {false, true}) {
    Where where(workspace_id);
    const std::string id = where.bind(filter.search);
    where.add("call_id = " + (external ? "(SELECT call_id FROM call_external WHERE workspace_id = $1 AND "
                                         "external_id = " +
                                             id + ")"
                                       : id));
    add_times(where, filter);
    add_kind(where, filter);
    auto found = read_places(db, std::move(where), 1, 0);
    if (!found) return found;
    places.insert(places.end(), found->begin(), found->end());
  }
  std::sort(places.begin(), places.end());
  return places;
}

Result<bool> knows_number(sql::Connection& db, const std::string& workspace_id, const std::string& phone) {
  CallFilter filter;
  filter.phone = phone;
  auto calls = count(db, all_conditions(workspace_id, filter, {}), 1);
  if (!calls) return fail(std::move(calls.error()));
  return *calls > 0;
}

// The places of a page; `next` becomes where a search goes on that did not fill it.
Result<Places> find_places(sql::Connection& db, const std::string& workspace_id, const CallFilter& filter, Span span,
                           std::string& next) {
  if (filter.limit <= 0) return Places();  // only the count is wanted
  const bool searches = !filter.search.empty();
  if (searches && !span.behind && filter.offset == 0) {
    auto named = named_calls(db, workspace_id, filter);
    if (!named || !named->empty()) return named;
  }
  if (searches || (by_kind(filter) && !by_phone(filter) && filter.offset <= kDeepest)) {
    auto end = end_of_window(db, workspace_id, filter, span);
    if (!end) return fail(std::move(end.error()));
    span.down_to = std::move(*end);
  }
  auto places = read_places(db, all_conditions(workspace_id, filter, span), filter.limit, filter.offset);
  if (!places || !span.down_to || std::ssize(*places) == filter.limit) return places;
  if (searches) {
    next = span.down_to->call_id;
    return places;
  }
  span.down_to.reset();
  return places_by_class(db, workspace_id, filter, std::move(span));
}

}  // namespace

// Where a page goes on: behind the call `before`, which may have gone by now; then by the time in its id.
Result<Timestamp> Store::start_of(const std::string& workspace_id, const std::string& call_id) {
  std::optional<Timestamp> start;
  auto read = db_.run("SELECT started_at FROM call WHERE workspace_id = $1 AND call_id = $2", {workspace_id, call_id},
                      [&](const sql::Row& row) { start = row.integer(0); });
  if (!read) return fail(std::move(read.error()));
  return start.value_or(time_of_id(call_id).value_or(0));
}

Status Store::count_listed(const std::string& workspace_id, const CallFilter& filter, CallPage& page) {
  if (is_plain(filter)) {
    auto total =
        number(db_, "SELECT CAST(sum(calls) AS BIGINT) FROM call_count WHERE workspace_id = $1", {workspace_id});
    if (!total) return fail(std::move(total.error()));
    page.total = *total;
    return {};
  }
  if (!filter.search.empty()) {
    // Counting would look at all calls.
    const auto found = std::ssize(page.calls);
    page.exact = filter.before.empty() && page.next.empty() && (found > 0 || filter.offset == 0);
    page.total = found > 0 ? filter.offset + found : 0;
    return {};
  }
  auto counted = by_phone(filter) || !by_kind(filter)
                     ? count(db_, all_conditions(workspace_id, filter, {}), kMostCounted + 1)
                     : count_by_class(db_, workspace_id, filter, page.exact);
  if (!counted) return fail(std::move(counted.error()));
  page.exact = page.exact && *counted <= kMostCounted;
  page.total = std::min(*counted, kMostCounted);
  return {};
}

Result<CallPage> Store::list_calls(const std::string& workspace_id, const CallFilter& wanted) {
  plan_by_values();
  CallFilter filter = wanted;
  if (filter.phone.empty() && is_phone_number(filter.search)) {
    auto known = knows_number(db_, workspace_id, filter.search);
    if (!known) return fail(std::move(known.error()));
    if (*known) filter.phone = std::exchange(filter.search, "");
  }
  Span span;
  if (!filter.before.empty()) {
    auto start = start_of(workspace_id, filter.before);
    if (!start) return fail(std::move(start.error()));
    span.behind = Place{*start, filter.before};
  }
  CallPage page;
  auto places = find_places(db_, workspace_id, filter, std::move(span), page.next);
  if (!places) return fail(std::move(places.error()));
  if (!places->empty() && std::ssize(*places) == filter.limit) page.next = places->back().call_id;
  for (const auto& place : *places) {
    auto stored = get_call(workspace_id, place.call_id);
    if (!stored) return fail(stored.error());
    page.calls.push_back(std::move(*stored));
  }
  if (auto counted = count_listed(workspace_id, filter, page); !counted) return fail(std::move(counted.error()));
  return page;
}

}  // namespace wrapup
