#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *nsml_libc_version(void) { return gnu_get_libc_version(); }

int nsml_syncfs(int descriptor) { return syncfs(descriptor); }

int nsml_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int nsml_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int nsml_pidfd_send_signal(int descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0);
}

int nsml_lock(int descriptor, int waits) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(descriptor, waits ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
}

int nsml_lock_shared(int descriptor) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    return fcntl(descriptor, F_OFD_SETLKW, &lock);
}

int nsml_is_locked(int descriptor) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0) return -1;
    return lock.l_type != F_UNLCK;
}

ssize_t nsml_copy_range(int source, int destination, size_t length) {
    return copy_file_range(source, NULL, destination, NULL, length, 0);
}

int nsml_memory_file(const char *name, const void *bytes, size_t length) {
    int descriptor = memfd_create(name, MFD_CLOEXEC);
    if (descriptor < 0) return -1;
    size_t done = 0;
    while (done < length) {
        ssize_t count = write(descriptor, (const char *)bytes + done, length - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            int error = errno;
            close(descriptor);
            errno = error;
            return -1;
        }
        done += (size_t)count;
    }
    lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}
