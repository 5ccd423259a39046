// SQLite's variadic switches, which Swift cannot call, and a time limit for queries.
#pragma once
#include <stdint.h>

/// Takes from a connection (`sqlite3 *`) what a server never needs: writes to the schema's own tables, double-quoted strings,
/// schemas that are trusted to call functions, and limits that are meant for desktop programs. 0, or SQLite's error code.
int nsml_sqlite_harden(void *connection);

/// What the operating system said (`errno`) when the connection last failed to read or write; 0 when it said nothing.
int nsml_sqlite_system_error(void *connection);

/// From now on, a query of `connection` is interrupted when the thread that runs it has used up its processor time.
void nsml_sqlite_watch(void *connection);

/// Gives this thread `milliseconds` of processor time from now on; 0 takes the limit away.
void nsml_sqlite_deadline(int64_t milliseconds);
