// Files of this repository inside the binary: the Python package `nsml`.
#pragma once
#include <stddef.h>

typedef struct {
    const char *path;
    const unsigned char *bytes;
    size_t size;
} nsml_asset;

size_t nsml_asset_count(void);
nsml_asset nsml_asset_at(size_t index);
