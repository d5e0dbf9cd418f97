#include "base/sha256.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static void finish(struct sha256_ctx *context, char hexadecimal[SN_SHA256_HEX]) {
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(context, sizeof digest, digest);
  for (size_t i = 0; i < sizeof digest; i++) snprintf(hexadecimal + 2 * i, 3, "%02x", digest[i]);
}

void sn_sha256(const void *data, size_t size, char hexadecimal[SN_SHA256_HEX]) {
  struct sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, size, data);
  finish(&context, hexadecimal);
}

bool sn_sha256_file(const char *path, char hexadecimal[SN_SHA256_HEX]) {
  if (!sn_ok()) return false;
  FILE *file = fopen(path, "rbe");
  if (!file) return sn_fail("%s: cannot be opened: %s", path, strerror(errno));
  struct sha256_ctx context;
  sha256_init(&context);
  uint8_t buffer[1 << 16];
  for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;) sha256_update(&context, got, buffer);
  bool failed = ferror(file) != 0;
  fclose(file);
  if (failed) return sn_fail("%s: cannot be read", path);
  finish(&context, hexadecimal);
  return true;
}
