/* The page, embedded in the program from the files of serve/page/. */
#ifndef SN_SERVE_ASSET_H
#define SN_SERVE_ASSET_H

#include <stdbool.h>
#include <stddef.h>

typedef struct SnAsset {
  const char *type; /* for Content-Type */
  const void *bytes;
  size_t size;
} SnAsset;

/* False where there is none at this path, as "/page.css". */
bool sn_asset_find(const char *path, SnAsset *asset);

#endif
