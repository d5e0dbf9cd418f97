#include "datasets/mvtec_ad.h"

#include <stddef.h>
#include <string.h>

const char *const sn_mvtec_groups[SN_MVTEC_GROUPS] = {"textures", "objects", "all categories"};

const SnMvtecCategory sn_mvtec_categories[SN_MVTEC_CATEGORIES] = {
    {"carpet", SN_MVTEC_TEXTURES, 280, 117},  {"grid", SN_MVTEC_TEXTURES, 264, 78},
    {"leather", SN_MVTEC_TEXTURES, 245, 124}, {"tile", SN_MVTEC_TEXTURES, 230, 117},
    {"wood", SN_MVTEC_TEXTURES, 247, 79},     {"bottle", SN_MVTEC_OBJECTS, 209, 83},
    {"cable", SN_MVTEC_OBJECTS, 224, 150},    {"capsule", SN_MVTEC_OBJECTS, 219, 132},
    {"hazelnut", SN_MVTEC_OBJECTS, 391, 110}, {"metal_nut", SN_MVTEC_OBJECTS, 220, 115},
    {"pill", SN_MVTEC_OBJECTS, 267, 167},     {"screw", SN_MVTEC_OBJECTS, 320, 160},
    {"toothbrush", SN_MVTEC_OBJECTS, 60, 42}, {"transistor", SN_MVTEC_OBJECTS, 213, 100},
    {"zipper", SN_MVTEC_OBJECTS, 240, 151},
};

const SnMvtecCategory *sn_mvtec_category(const char *name) {
  for (int i = 0; i < SN_MVTEC_CATEGORIES; i++)
    if (strcmp(sn_mvtec_categories[i].name, name) == 0) return &sn_mvtec_categories[i];
  return NULL;
}
