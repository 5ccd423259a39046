#include "CLinux.h"
#include <unistd.h>

int nsml_syncfs(int descriptor) { return syncfs(descriptor); }
