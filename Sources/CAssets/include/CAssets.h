// Files of this repository inside the binary: the Python package `nsml`, and the page.
#pragma once
#include <stddef.h>

typedef struct {
    const char *path;
    const unsigned char *bytes;
    size_t size;
} nsml_asset;

size_t nsml_asset_count(void);
nsml_asset nsml_asset_at(size_t index);

// The files of web/, with their paths below it; one that was not there when the program was built has the size 0.
size_t nsml_page_count(void);
nsml_asset nsml_page_at(size_t index);

// For telling one version of a file from the next; no protection against anybody.
unsigned long nsml_checksum(const unsigned char *bytes, size_t size);

// Compresses at most 4 GiB into `out`. Answers with the number of bytes written; 0 when they do not fit or memory is short.
size_t nsml_gzip(const unsigned char *bytes, size_t size, unsigned char *out, size_t capacity);
