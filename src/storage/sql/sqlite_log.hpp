// A file system for SQLite that gathers what a commit adds to the write-ahead log: SQLite writes each page in two
// pieces, a head of 24 bytes and the page, and here what lies side by side goes to the file in one call, at the latest
// when the log is synced. Everything else is the default file system's (SQLite's documentation, "The OS Backend
// (VFS)").
//
// Safe with synchronous=FULL alone: then SQLite syncs the log before it lets any connection know of the commit's pages
// (`sqlite3WalFrames` in wal.c), so that nobody looks for them sooner, but the connection itself, whose reads write
// what is gathered first. A write that fails (a full disk) fails the sync, and with it the commit.
#pragma once

namespace wrapup::sql {

/// The name of that file system, for sqlite3_open_v2; it is registered at the first call. Null when that failed.
const char* gathering_file_system();

}  // namespace wrapup::sql
