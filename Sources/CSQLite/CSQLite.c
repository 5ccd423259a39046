#include "CSQLite.h"
#include <sqlite3.h>
#include <time.h>

int nsml_sqlite_harden(void *connection) {
    sqlite3 *database = connection;
    static const int switches[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
    };
    for (unsigned index = 0; index < sizeof switches / sizeof switches[0]; index++) {
        int result = sqlite3_db_config(database, switches[index][0], switches[index][1], (int *)0);
        if (result != SQLITE_OK) return result;
    }
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, 64 << 20);
    sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, 100000);
    sqlite3_limit(database, SQLITE_LIMIT_EXPR_DEPTH, 100);
    sqlite3_limit(database, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 1);
    return SQLITE_OK;
}

int nsml_sqlite_system_error(void *connection) { return sqlite3_system_errno(connection); }

static _Thread_local int64_t deadline;

static int64_t now(void) {
    struct timespec time;
    // The thread's own time: a query is not cut off because the machine is busy.
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * INT64_C(1000) + time.tv_nsec / 1000000;
}

static int is_over(void *unused) {
    (void)unused;
    return deadline != 0 && now() > deadline;
}

void nsml_sqlite_watch(void *connection) {
    // Every 10,000 steps of SQLite's machine: some tenths of a millisecond.
    sqlite3_progress_handler(connection, 10000, is_over, (void *)0);
}

void nsml_sqlite_deadline(int64_t milliseconds) { deadline = milliseconds > 0 ? now() + milliseconds : 0; }
