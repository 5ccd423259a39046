// What a child does between fork and exec, for the ways to start one: system calls only, no allocation, no locks.
#pragma once
#include "CLinux.h"

#include <errno.h>
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
