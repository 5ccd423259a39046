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
