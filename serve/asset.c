#include "serve/asset.h"

#include <stdint.h>
#include <string.h>

/* As in models/backbones/embedded.c: paths count from the repository's root. */
#define EMBED(name, file)                                                                                   \
  __asm__(".pushsection .rodata\nsn_page_" #name "_begin:\n.incbin \"serve/page/" file "\"\nsn_page_" #name \
          "_end:\n"                                                                                         \
          ".popsection\n");                                                                                 \
  extern const uint8_t sn_page_##name##_begin[], sn_page_##name##_end[]

EMBED(index, "index.html");
EMBED(style, "page.css");
EMBED(icon, "icon.svg");
EMBED(page, "page.js");
EMBED(card, "card.js");
EMBED(threshold, "threshold.js");
EMBED(picture, "picture.js");
EMBED(regions, "regions.js");
EMBED(stored, "stored.js");
EMBED(colormap, "colormap.js");
EMBED(server, "server.js");

static const char script[] = "text/javascript; charset=utf-8";

#define ASSET(path, type, name) \
  { path, type, sn_page_##name##_begin, sn_page_##name##_end }

static const struct {
  const char *path, *type;
  const uint8_t *begin, *end;
} assets[] = {
    ASSET("/", "text/html; charset=utf-8", index),
    ASSET("/page.css", "text/css; charset=utf-8", style),
    ASSET("/icon.svg", "image/svg+xml", icon),
    ASSET("/page.js", script, page),
    ASSET("/card.js", script, card),
    ASSET("/threshold.js", script, threshold),
    ASSET("/picture.js", script, picture),
    ASSET("/regions.js", script, regions),
    ASSET("/stored.js", script, stored),
    ASSET("/colormap.js", script, colormap),
    ASSET("/server.js", script, server),
};

bool sn_asset_find(const char *path, SnAsset *asset) {
  for (size_t i = 0; i < sizeof assets / sizeof *assets; i++)
    if (strcmp(path, assets[i].path) == 0) {
      *asset =
          (SnAsset){assets[i].type, assets[i].begin, (size_t)((uintptr_t)assets[i].end - (uintptr_t)assets[i].begin)};
      return true;
    }
  return false;
}
