#include "CAssets.h"
#include <zlib.h>

unsigned long nsml_checksum(const unsigned char *bytes, size_t size) { return crc32_z(0, bytes, size); }

size_t nsml_gzip(const unsigned char *bytes, size_t size, unsigned char *out, size_t capacity) {
    z_stream stream = {0};
    // 16 more than the largest window asks for gzip's frame.
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (unsigned char *)bytes;
    stream.avail_in = (unsigned)size;
    stream.next_out = out;
    stream.avail_out = (unsigned)capacity;
    int result = deflate(&stream, Z_FINISH);
    size_t written = stream.total_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? written : 0;
}
