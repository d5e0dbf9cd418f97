#ifndef SN_BASE_SHA256_H
#define SN_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>

enum { SN_SHA256_HEX = 65 };

/* SHA-256 of a memory range in lower-case hexadecimal, with its final zero. */
void sn_sha256(const void *data, size_t size, char hexadecimal[SN_SHA256_HEX]);

/* SHA-256 of a file's contents; an error names a file that cannot be read. */
bool sn_sha256_file(const char *path, char hexadecimal[SN_SHA256_HEX]);

#endif
