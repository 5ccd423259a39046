// Calls of Linux that Swift's Glibc module does not show, and small wrappers where a variadic or a macro is in the way.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// Flushes the whole file system that `descriptor` lies on. 0, or -1 with errno.
int nsml_syncfs(int descriptor);
