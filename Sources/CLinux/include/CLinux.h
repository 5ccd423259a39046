// Calls of Linux that Swift's Glibc module does not show, and small wrappers where a variadic or a macro is in the way.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// Flushes the whole file system that `descriptor` lies on. 0, or -1 with errno.
int nsml_syncfs(int descriptor);

/// Renames without replacing what is there already: -1 with EEXIST then. 0, or -1 with errno.
int nsml_rename_exclusive(int old_directory, const char *old_name, int new_directory, const char *new_name);

/// Opens `path` below `directory`, with no symbolic link in any component and no way out. A descriptor, or -1 with errno;
/// ENOSYS on kernels before 5.6.
int nsml_open_beneath(int directory, const char *path, int flags);

/// Makes `to` share the blocks of `from` (a reflink). 0, or -1 with errno where the file system cannot.
int nsml_clone(int from, int to);

/// Starts writing the dirty pages of a range to the disk, without waiting and without any promise.
void nsml_start_writeback(int descriptor, int64_t offset, int64_t length);

// MARK: Processes

/// A place that a process shall be able to reach whatever lies above it: `source` appears at `target`.
typedef struct {
    const char *source;
    const char *target;
    int is_directory;
} nsml_mount;

/// A descriptor that the child gets under `number`, whatever it or its parent has open there.
typedef struct {
    int descriptor;
    int number;
} nsml_kept;

/// What to start, and as whom. Only calls that are safe between fork and exec are made with it, so it may be used from a
/// process with threads.
typedef struct {
    /// The program's absolute path; the path is not searched.
    const char *path;
    /// Ends with NULL, as does `environment`.
    char *const *arguments;
    char *const *environment;
    /// Where it starts; NULL: where the caller is.
    const char *directory;
    /// Becomes its standard input, and its standard output and error.
    int input;
    int output;
    /// Becomes its standard error; 0: that is `output`.
    int errors;
    /// Descriptors that it gets, at most 16; all others from 3 on are closed.
    const nsml_kept *kept;
    size_t kept_count;
    /// Files `cgroup.procs` into which it writes itself before anything else; NULL at the end.
    const char *const *groups;
    /// For a caller who is root: a directory on which a small file system is mounted that only the child sees, with these
    /// places in it; NULL: none.
    const char *stage;
    const nsml_mount *mounts;
    size_t mount_count;
    /// The user and group to become, with no supplementary groups; -1 keeps them.
    int64_t user_id;
    int64_t group_id;
    /// Whether it gets SIGKILL when the thread that started it ends.
    int dies_with_parent;
    /// The permissions that its new files lack.
    mode_t mask;
} nsml_spawn_request;

/// Which step of a start went wrong.
typedef enum {
    nsml_step_none = 0,
    nsml_step_fork,
    nsml_step_group,
    nsml_step_mount,
    nsml_step_namespace,
    nsml_step_user,
    nsml_step_descriptors,
    nsml_step_directory,
    nsml_step_exec,
} nsml_spawn_step;

typedef struct {
    pid_t pid;
    /// 0, or the errno of `step`.
    int error;
    nsml_spawn_step step;
} nsml_spawn_result;

/// Starts a child in a session (setsid) of its own, with default signal handling and no core dumps.
nsml_spawn_result nsml_spawn(const nsml_spawn_request *request);

/// Starts a program that is nobody's child: in a session of its own, at `/`, with standard input from `/dev/null` and
/// the rest appended to `log`. Returns 0 or an errno.
int nsml_spawn_detached(const char *path, char *const arguments[], char *const environment[], const char *log);

/// Makes orphans among the descendants children of this process. 0, or -1 with errno.
int nsml_become_subreaper(void);

/// Sends `signal` to the process `pid`, which must be a descendant or a thread group that cannot have been reused since
/// `descriptor` (a pidfd) was opened. 0, or -1 with errno.
int nsml_pidfd_open(pid_t pid);
int nsml_pidfd_send_signal(int descriptor, int signal);

// MARK: Beside a process

/// How many kinds of namespaces are entered.
enum { nsml_namespace_count = 7 };

/// Opens the namespaces of a process; all, or none and -1 with errno.
int nsml_open_namespaces(pid_t process, int descriptors[nsml_namespace_count]);

/// What to start beside a process: in its namespaces and control groups, and with no more rights than it has.
typedef struct {
    /// The program's absolute path, as it is called in there.
    const char *path;
    char *const *arguments;
    char *const *environment;
    /// Where it starts, in there; NULL: at the root.
    const char *directory;
    int input;
    int output;
    int error;
    /// Whether the three are a terminal, which becomes the one that controls it.
    int is_terminal;
    const char *const *groups;
    /// As `nsml_open_namespaces` gives them; NULL: none is entered.
    const int *namespaces;
    int64_t user_id;
    int64_t group_id;
    /// Whether all capabilities go, new ones cannot be had, and the filter of system calls applies.
    int drops_rights;
    mode_t mask;
} nsml_join_request;

typedef struct {
    /// The process to wait for, which ends with the program's exit status, or 128 and the signal.
    pid_t pid;
    /// The program itself, leader of a session and a process group, by its number here.
    pid_t program;
    /// 0, or the errno of `step`.
    int error;
    nsml_spawn_step step;
} nsml_join_result;

/// Starts it. Ending `pid` ends the program.
nsml_join_result nsml_join(const nsml_join_request *request);

/// Opens a pair of terminals: the descriptor of the leader, and the path of the follower. 0, or -1 with errno.
int nsml_open_terminal(int *leader, char *path, size_t length);

/// Tells a terminal how large the window is that shows it. 0, or -1 with errno.
int nsml_set_window(int terminal, unsigned short rows, unsigned short columns);

// MARK: Sockets

/// Listens on a socket called `name` in the open directory, however long the directory's path is. A descriptor, or -1.
int nsml_unix_listen(int directory, const char *name);

/// Connects to the socket called `name` in the open directory; a symbolic link there is refused. A descriptor, or -1.
int nsml_unix_connect(int directory, const char *name);

// MARK: Files

/// Locks the whole file for this open descriptor (and those copied from it), waiting for it when `waits`. 0, or -1 with
/// errno, which is EAGAIN when another has it. The lock goes with the last descriptor.
int nsml_lock(int descriptor, int waits);

/// Locks the whole file together with others who do the same, waiting while one has it alone. 0, or -1 with errno.
int nsml_lock_shared(int descriptor);

/// Whether another descriptor has the file locked; looking takes no lock. 1, 0, or -1 with errno.
int nsml_is_locked(int descriptor);

/// Copies up to `length` bytes, sharing blocks where the file system can. The count, 0 at the end, or -1 with errno.
ssize_t nsml_copy_range(int source, int destination, size_t length);

/// An anonymous file that holds `bytes`, positioned at its start, closed on exec. A descriptor, or -1 with errno.
int nsml_memory_file(const char *name, const void *bytes, size_t length);

/// A filter of system calls for a session's process, as `bwrap --seccomp` reads it: refuses what reaches the kernel's less
/// guarded corners. The bytes and their number; NULL on machines whose calls it does not know.
const void *nsml_seccomp_filter(size_t *length);

/// The version of the C library, as in "2.36".
const char *nsml_libc_version(void);
