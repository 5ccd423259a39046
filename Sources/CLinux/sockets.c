#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// A socket's path may have 107 bytes only; by way of the open directory it is always short.

static int fail(int descriptor) {
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

int nsml_unix_listen(int directory, const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    fchmod(descriptor, 0600);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return fail(descriptor);
    if (listen(descriptor, 16) != 0) return fail(descriptor);
    return descriptor;
}

int nsml_unix_connect(int directory, const char *name) {
    int target = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0) return -1;
    struct stat status;
    if (fstat(target, &status) != 0) return fail(target);
    if (!S_ISSOCK(status.st_mode)) {
        errno = ENOTSOCK;
        return fail(target);
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", target);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return fail(target);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        fail(descriptor);
        return fail(target);
    }
    close(target);
    return descriptor;
}
