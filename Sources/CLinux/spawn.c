#include "child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

// Everything below up to `nsml_spawn` runs between fork and exec: system calls only, no allocation, no locks.

/// Marks every descriptor from 3 on as closed on exec; one by one where the kernel lacks the call.
static void close_all_on_exec(void) {
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    for (int descriptor = 3; descriptor < (int)limit.rlim_cur; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

static void join_groups(const nsml_spawn_request *request, int pipe) {
    for (const char *const *file = request->groups; file && *file; file++) {
        int descriptor = open(*file, O_WRONLY | O_CLOEXEC);
        if (descriptor < 0) give_up(pipe, nsml_step_group);
        if (write(descriptor, "0", 1) != 1) give_up(pipe, nsml_step_group);
        close(descriptor);
    }
}

static void mount_stage(const nsml_spawn_request *request, int pipe) {
    if (!request->stage) return;
    if (unshare(CLONE_NEWNS) != 0) give_up(pipe, nsml_step_mount);
    // What is mounted here stays here.
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) give_up(pipe, nsml_step_mount);
    if (mount("nsml", request->stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=256k") != 0) give_up(pipe, nsml_step_mount);
    for (size_t index = 0; index < request->mount_count; index++) {
        const nsml_mount *place = &request->mounts[index];
        if (place->is_directory) {
            if (mkdir(place->target, 0755) != 0) give_up(pipe, nsml_step_mount);
        } else {
            int file = open(place->target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
            if (file < 0) give_up(pipe, nsml_step_mount);
            close(file);
        }
        if (mount(place->source, place->target, NULL, MS_BIND | MS_REC, NULL) != 0) give_up(pipe, nsml_step_mount);
    }
}

static void become_user(const nsml_spawn_request *request, int pipe) {
    if (request->group_id >= 0) {
        // The raw calls: glibc's would ask the other threads, which this copy of the process does not have.
        gid_t group = (gid_t)request->group_id;
        if (syscall(SYS_setgroups, 0, NULL) != 0) give_up(pipe, nsml_step_user);
        if (syscall(SYS_setresgid, group, group, group) != 0) give_up(pipe, nsml_step_user);
    }
    if (request->user_id >= 0) {
        uid_t user = (uid_t)request->user_id;
        if (syscall(SYS_setresuid, user, user, user) != 0) give_up(pipe, nsml_step_user);
    }
}

/// Gives the kept descriptors their numbers, and returns the pipe, which may have had one of these.
static int number_kept(const nsml_spawn_request *request, int pipe) {
    enum { maximum = 16 };
    int descriptors[maximum];
    if (request->kept_count > maximum) {
        errno = EINVAL;
        give_up(pipe, nsml_step_descriptors);
    }
    for (size_t index = 0; index < request->kept_count; index++) descriptors[index] = request->kept[index].descriptor;
    for (size_t index = 0; index < request->kept_count; index++) {
        int number = request->kept[index].number;
        // What lies there and is needed yet moves away; a copy may lie at a later number, and then moves again.
        if (pipe == number && (pipe = fcntl(pipe, F_DUPFD_CLOEXEC, 3)) < 0) _exit(127);
        for (size_t later = index + 1; later < request->kept_count; later++) {
            if (descriptors[later] != number) continue;
            descriptors[later] = fcntl(number, F_DUPFD_CLOEXEC, 3);
            if (descriptors[later] < 0) give_up(pipe, nsml_step_descriptors);
        }
        int made = descriptors[index] == number ? fcntl(number, F_SETFD, 0) : dup2(descriptors[index], number);
        if (made < 0) give_up(pipe, nsml_step_descriptors);
    }
    return pipe;
}

static _Noreturn void run_child(const nsml_spawn_request *request, int pipe, pid_t parent) {
    reset_signals();
    setsid();
    join_groups(request, pipe);
    close_all_on_exec();
    int errors = request->errors > 0 ? request->errors : request->output;
    if (dup2(request->input, 0) < 0 || dup2(request->output, 1) < 0 || dup2(errors, 2) < 0) {
        give_up(pipe, nsml_step_descriptors);
    }
    pipe = number_kept(request, pipe);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    umask(022);
    mount_stage(request, pipe);
    umask(request->mask);
    become_user(request, pipe);
    if (request->directory && chdir(request->directory) != 0) give_up(pipe, nsml_step_directory);
    if (request->dies_with_parent) {
        // After the change of user, which clears it; and then a look whether the parent is already gone.
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (getppid() != parent) _exit(127);
    }
    execve(request->path, request->arguments, request->environment);
    give_up(pipe, nsml_step_exec);
}

nsml_spawn_result nsml_spawn(const nsml_spawn_request *request) {
    nsml_spawn_result result = {-1, 0, nsml_step_none};
    int pipe;
    pid_t parent = getpid();
    pid_t child = fork_reporting(&pipe);
    if (child == 0) run_child(request, pipe, parent);
    if (child < 0) {
        result.error = errno;
        result.step = nsml_step_fork;
        return result;
    }
    nsml_report told;
    int failed = read_report(pipe, &told);
    close(pipe);
    if (failed) {
        waitpid(child, NULL, 0);
        result.error = told.error;
        result.step = (nsml_spawn_step)told.step;
        return result;
    }
    result.pid = child;
    return result;
}

int nsml_spawn_detached(const char *path, char *const arguments[], char *const environment[], const char *log) {
    int pipe;
    pid_t middle = fork_reporting(&pipe);
    if (middle == 0) {
        setsid();
        pid_t last = fork();
        if (last < 0) give_up(pipe, nsml_step_fork);
        if (last > 0) _exit(0);
        reset_signals();
        int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
        int output = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (input < 0 || output < 0) give_up(pipe, nsml_step_descriptors);
        close_all_on_exec();
        if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) give_up(pipe, nsml_step_descriptors);
        if (chdir("/") != 0) give_up(pipe, nsml_step_directory);
        execve(path, arguments, environment);
        give_up(pipe, nsml_step_exec);
    }
    if (middle < 0) return errno;
    nsml_report told;
    int failed = read_report(pipe, &told);
    close(pipe);
    // The one in the middle has nothing to say; ECHILD means that somebody else in this process has collected it.
    while (waitpid(middle, NULL, 0) < 0 && errno == EINTR) {
    }
    return failed ? told.error : 0;
}
