#include "child.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/nsfs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

// The namespaces of a process in the order in which they are entered. The user namespace comes last: the others belong to
// one further out, and whoever has entered the innermost may not go back.
static const char *const kinds[] = {"mnt", "net", "ipc", "uts", "cgroup", "pid", "user"};
enum { kind_count = sizeof kinds / sizeof kinds[0], user_kind = kind_count - 1 };

int nsml_open_namespaces(pid_t process, int descriptors[nsml_namespace_count]) {
    _Static_assert(kind_count == nsml_namespace_count, "the header counts them");
    char path[64];
    for (int index = 0; index < kind_count; index++) {
        snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)process, kinds[index]);
        descriptors[index] = open(path, O_RDONLY | O_CLOEXEC);
        if (descriptors[index] < 0) {
            int error = errno;
            while (index-- > 0) close(descriptors[index]);
            errno = error;
            return -1;
        }
    }
    return 0;
}

int nsml_open_terminal(int *leader, char *path, size_t length) {
    int descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    if (grantpt(descriptor) != 0 || unlockpt(descriptor) != 0 || ptsname_r(descriptor, path, length) != 0) {
        int error = errno;
        close(descriptor);
        errno = error;
        return -1;
    }
    *leader = descriptor;
    return 0;
}

int nsml_set_window(int terminal, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(terminal, TIOCSWINSZ, &size);
}

// Everything below up to `nsml_join` runs between fork and exec: system calls only, no allocation, no locks.

static int is_ours(int namespace, const char *own) {
    struct stat there, here;
    return fstat(namespace, &there) == 0 && stat(own, &here) == 0 && there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

static void enter_namespaces(const nsml_join_request *request, int pipe) {
    static const char *const own[] = {"/proc/self/ns/mnt", "/proc/self/ns/net", "/proc/self/ns/ipc", "/proc/self/ns/uts",
                                      "/proc/self/ns/cgroup", "/proc/self/ns/pid", "/proc/self/ns/user"};
    int enter[kind_count];
    // Looked at before the first is entered: afterwards /proc is another one.
    for (int index = 0; index < kind_count; index++) enter[index] = !is_ours(request->namespaces[index], own[index]);
    if (geteuid() != 0 && enter[user_kind]) {
        // Root may enter all of them as it is; another user only from the namespace that owns them, which is its own.
        int owner = ioctl(request->namespaces[0], NS_GET_USERNS);
        if (owner >= 0 && !is_ours(owner, own[user_kind])) {
            if (setns(owner, CLONE_NEWUSER) != 0) give_up(pipe, nsml_step_namespace);
            struct stat innermost, entered;
            if (fstat(request->namespaces[user_kind], &innermost) == 0 && fstat(owner, &entered) == 0 &&
                innermost.st_ino == entered.st_ino) {
                enter[user_kind] = 0;
            }
        }
    }
    for (int index = 0; index < kind_count; index++) {
        if (enter[index] && setns(request->namespaces[index], 0) != 0) give_up(pipe, nsml_step_namespace);
    }
}

static void become_user(const nsml_join_request *request, int pipe) {
    // The raw calls: glibc's would ask the other threads, which this copy of the process does not have.
    if (request->group_id >= 0) {
        gid_t group = (gid_t)request->group_id;
        if (syscall(SYS_setresgid, group, group, group) != 0) give_up(pipe, nsml_step_user);
    }
    if (request->user_id >= 0) {
        uid_t user = (uid_t)request->user_id;
        if (syscall(SYS_setresuid, user, user, user) != 0) give_up(pipe, nsml_step_user);
    }
}

static void drop_rights(const nsml_join_request *request, int pipe) {
    if (!request->drops_rights) return;
    for (int capability = 0; capability < 64; capability++) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL) give_up(pipe, nsml_step_user);
    }
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    if (syscall(SYS_capset, &header, none) != 0) give_up(pipe, nsml_step_user);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(pipe, nsml_step_user);
    size_t length = 0;
    const void *filter = nsml_seccomp_filter(&length);
    if (filter) {
        struct sock_fprog program = {(unsigned short)(length / sizeof(struct sock_filter)), (struct sock_filter *)filter};
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) give_up(pipe, nsml_step_user);
    }
}

/// The process itself: born into the process namespace, in a session of its own.
static _Noreturn void run_program(const nsml_join_request *request, int pipe) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    setsid();
    if (request->is_terminal && ioctl(0, TIOCSCTTY, 0) != 0) give_up(pipe, nsml_step_descriptors);
    if (request->directory && chdir(request->directory) != 0) give_up(pipe, nsml_step_directory);
    umask(request->mask);
    drop_rights(request, pipe);
    execve(request->path, request->arguments, request->environment);
    give_up(pipe, nsml_step_exec);
}

/// The one in the middle, which can have children in the process namespace but is not in it. It waits, and ends as they do.
static _Noreturn void run_middle(const nsml_join_request *request, int pipe, pid_t parent) {
    reset_signals();
    setsid();
    // Our memory is that of a supervisor: nobody in there may look at it.
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) give_up(pipe, nsml_step_user);
    for (const char *const *file = request->groups; file && *file; file++) {
        int descriptor = open(*file, O_WRONLY | O_CLOEXEC);
        if (descriptor < 0 || write(descriptor, "0", 1) != 1) give_up(pipe, nsml_step_group);
        close(descriptor);
    }
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (dup2(request->input, 0) < 0 || dup2(request->output, 1) < 0 || dup2(request->error, 2) < 0) {
        give_up(pipe, nsml_step_descriptors);
    }
    if (request->is_terminal && request->user_id >= 0 && geteuid() == 0) {
        // So that it can be opened again by its name.
        if (fchown(0, (uid_t)request->user_id, (gid_t)-1) != 0) give_up(pipe, nsml_step_descriptors);
    }
    // While we still may: inside, groups cannot be set.
    if (request->group_id >= 0 && geteuid() == 0 && syscall(SYS_setgroups, 0, NULL) != 0) give_up(pipe, nsml_step_user);
    if (request->namespaces) enter_namespaces(request, pipe);
    become_user(request, pipe);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) _exit(127);
    pid_t child = fork();
    if (child == 0) run_program(request, pipe);
    if (child < 0) give_up(pipe, nsml_step_fork);
    nsml_report told = {0, (int)nsml_step_none, child};
    ssize_t ignored = write(pipe, &told, sizeof told);
    (void)ignored;
    syscall(SYS_close_range, 0, ~0U, 0);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

nsml_join_result nsml_join(const nsml_join_request *request) {
    nsml_join_result result = {-1, -1, 0, nsml_step_none};
    int pipe;
    pid_t parent = getpid();
    pid_t middle = fork_reporting(&pipe);
    if (middle == 0) run_middle(request, pipe, parent);
    if (middle < 0) {
        result.error = errno;
        result.step = nsml_step_fork;
        return result;
    }
    // The one in the middle tells which process it is; then either the pipe closes, because the program runs, or it says what went wrong.
    nsml_report told;
    while (read_report(pipe, &told)) {
        if (told.error == 0) {
            result.program = told.pid;
        } else {
            result.error = told.error;
            result.step = (nsml_spawn_step)told.step;
        }
    }
    close(pipe);
    if (result.error != 0 || result.program < 0) {
        while (waitpid(middle, NULL, 0) < 0 && errno == EINTR) {
        }
        if (result.error == 0) result.error = ECHILD;
        return result;
    }
    result.pid = middle;
    return result;
}
