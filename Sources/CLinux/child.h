// What a child does between fork and exec, for the ways to start one: system calls only, no allocation, no locks.
#pragma once
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/// Says through a pipe what went wrong.
typedef struct {
    int error;
    int step;
    /// The program's number, from one that says that it runs; `error` is 0 then.
    pid_t pid;
} nsml_report;

static inline _Noreturn void give_up(int pipe, nsml_spawn_step step) {
    nsml_report told = {errno ? errno : EINVAL, (int)step, 0};
    ssize_t ignored = write(pipe, &told, sizeof told);
    (void)ignored;
    _exit(127);
}

static inline void reset_signals(void) {
    struct sigaction standard = {0};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/// Forks with all signals blocked, which the child resets, and a pipe by which it reports.
///
/// In the child: 0, with the pipe's end to write to in `pipe`. In the parent: the child, with the end to read from; or -1 with errno, and
/// no pipe.
static inline pid_t fork_reporting(int *pipe) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) {
        *pipe = ends[1];
        return 0;
    }
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (child < 0) close(ends[0]);
    *pipe = ends[0];
    errno = error;
    return child;
}

/// The next report; 0 when there is none, because the pipe was closed.
static inline int read_report(int pipe, nsml_report *told) {
    ssize_t count;
    do {
        count = read(pipe, told, sizeof *told);
    } while (count < 0 && errno == EINTR);
    return count == (ssize_t)sizeof *told;
}
