#include "storage/sql/sqlite_log.hpp"

#include <cstddef>
#include <new>
#include <string_view>
#include <vector>

#include <sqlite3.h>

namespace wrapup::sql {

namespace {

constexpr const char* kName = "wrapup";
constexpr std::size_t kMostGathered = 0x1FFFF;  // SQLite's unix files take no more in one call

sqlite3_vfs* base() {
  static sqlite3_vfs* const found = sqlite3_vfs_find("unix");
  return found;
}

// The log as SQLite sees it. The file itself lies behind this, in the same piece of memory.
struct Log {
  sqlite3_file file;  // must be first
  std::vector<char> gathered;
  sqlite3_int64 from;  // where the first gathered byte belongs

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(alignof(Log) <= alignof(std::max_align_t) && sizeof(Log) % alignof(void*) == 0);

Log& log_of(sqlite3_file* file) { return *reinterpret_cast<Log*>(file); }

int pass_on(Log& log) {
  if (log.gathered.empty()) return SQLITE_OK;
  const int code =
      log.real()->pMethods->xWrite(log.real(), log.gathered.data(), static_cast<int>(log.gathered.size()), log.from);
  // What could not be written is of a commit that fails now.
  log.gathered.clear();
  return code;
}

int close_log(sqlite3_file* file) {
  Log& log = log_of(file);
  const int written = pass_on(log);
  const int closed = log.real()->pMethods->xClose(log.real());
  log.~Log();
  return written != SQLITE_OK ? written : closed;
}

int write_log(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  Log& log = log_of(file);
  const auto count = static_cast<std::size_t>(size);
  const bool beside = at == log.from + static_cast<sqlite3_int64>(log.gathered.size());
  if (!beside || log.gathered.size() + count > kMostGathered) {
    if (const int code = pass_on(log); code != SQLITE_OK) return code;
  }
  if (log.gathered.empty()) log.from = at;
  const auto* start = static_cast<const char*>(bytes);
  try {
    log.gathered.insert(log.gathered.end(), start, start + count);
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
  return SQLITE_OK;
}

// Each of the others sees the file as if all had been written.
template <auto kMethod, class... Args>
int after_all(sqlite3_file* file, Args... args) {
  Log& log = log_of(file);
  if (const int code = pass_on(log); code != SQLITE_OK) return code;
  return (log.real()->pMethods->*kMethod)(log.real(), args...);
}

int sector_size(sqlite3_file* file) { return log_of(file).real()->pMethods->xSectorSize(log_of(file).real()); }

int characteristics(sqlite3_file* file) {
  return log_of(file).real()->pMethods->xDeviceCharacteristics(log_of(file).real());
}

using Methods = sqlite3_io_methods;
constexpr Methods kLogMethods = {
    .iVersion = 1,  // the log is neither locked nor mapped
    .xClose = close_log,
    .xRead = after_all<&Methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = write_log,
    .xTruncate = after_all<&Methods::xTruncate, sqlite3_int64>,
    .xSync = after_all<&Methods::xSync, int>,
    .xFileSize = after_all<&Methods::xFileSize, sqlite3_int64*>,
    .xLock = after_all<&Methods::xLock, int>,
    .xUnlock = after_all<&Methods::xUnlock, int>,
    .xCheckReservedLock = after_all<&Methods::xCheckReservedLock, int*>,
    .xFileControl = after_all<&Methods::xFileControl, int, void*>,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  if ((flags & SQLITE_OPEN_WAL) == 0) return base()->xOpen(base(), name, file, flags, out_flags);
  Log* log = new (file) Log{};
  const int code = base()->xOpen(base(), name, log->real(), flags, out_flags);
  if (code != SQLITE_OK) {
    log->~Log();
    file->pMethods = nullptr;  // nothing to close
    return code;
  }
  log->file.pMethods = &kLogMethods;
  return SQLITE_OK;
}

bool register_it() {
  if (base() == nullptr) return false;
  static sqlite3_vfs gathering = *base();
  gathering.zName = kName;
  gathering.szOsFile = static_cast<int>(sizeof(Log)) + base()->szOsFile;
  gathering.xOpen = open_file;
  gathering.pNext = nullptr;
  return sqlite3_vfs_register(&gathering, 0) == SQLITE_OK;
}

}  // namespace

const char* gathering_file_system() {
  static const bool registered = register_it();
  return registered ? kName : nullptr;
}

}  // namespace wrapup::sql
