#include "studies/paper_tables.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

const char *const sn_paper_methods[SN_PAPER_METHODS] = {"AE-SSIM", "RIAD",    "DRAEM",     "CutPaste", "CS-Flow",
                                                        "PaDiM",   "RevDist", "PatchCore", "SimpleNet"};
const char *const sn_paper_groups[SN_PAPER_GROUPS] = {"textures", "objects", "all categories"};

/* clang-format off */
const SnPaperCategory sn_paper_categories[SN_PAPER_CATEGORIES] = {
    {"carpet", SN_PAPER_TEXTURES, 280, 117, {{87, 64.7}, {84.2, 96.3}, {97.0, 95.5}, {93.9, 98.3}, {100, NAN}, {99.8, 99.1}, {98.9, 98.9}, {98.7, 99.0}, {99.7, 98.2}}},
    {"grid", SN_PAPER_TEXTURES, 264, 78, {{94, 84.9}, {99.6, 98.8}, {99.9, 99.7}, {100, 97.5}, {99.0, NAN}, {96.7, 97.3}, {100, 99.3}, {98.2, 98.7}, {99.7, 98.8}}},
    {"leather", SN_PAPER_TEXTURES, 245, 124, {{78, 56.1}, {100, 99.4}, {100, 98.6}, {100, 99.5}, {100, NAN}, {100, 99.2}, {100, 99.4}, {100, 99.3}, {100, 99.2}}},
    {"tile", SN_PAPER_TEXTURES, 230, 117, {{59, 17.5}, {98.7, 89.1}, {99.6, 99.2}, {94.6, 90.5}, {100, NAN}, {98.1, 94.1}, {99.3, 95.6}, {98.7, 95.6}, {99.8, 97.0}}},
    {"wood", SN_PAPER_TEXTURES, 247, 79, {{73, 60.3}, {93.0, 85.8}, {99.1, 96.4}, {99.1, 95.5}, {100, NAN}, {99.2, 94.9}, {99.2, 95.3}, {99.2, 95.0}, {100, 94.5}}},
    {"bottle", SN_PAPER_OBJECTS, 209, 83, {{93, 83.4}, {99.9, 98.4}, {99.2, 99.1}, {98.2, 97.6}, {99.8, NAN}, {99.1, 98.3}, {100, 98.7}, {100, 98.6}, {100, 98.0}}},
    {"cable", SN_PAPER_OBJECTS, 224, 150, {{82, 47.8}, {81.9, 84.2}, {91.8, 94.7}, {81.2, 90.0}, {99.1, NAN}, {97.1, 96.7}, {95.0, 97.4}, {99.5, 98.4}, {99.9, 97.6}}},
    {"capsule", SN_PAPER_OBJECTS, 219, 132, {{94, 86.0}, {88.4, 92.8}, {98.5, 94.3}, {98.2, 97.4}, {97.1, NAN}, {87.5, 98.5}, {96.3, 98.7}, {98.1, 98.8}, {97.7, 98.9}}},
    {"hazelnut", SN_PAPER_OBJECTS, 391, 110, {{97, 91.6}, {83.3, 96.1}, {100, 99.7}, {98.3, 97.3}, {99.6, NAN}, {99.4, 98.2}, {99.9, 98.9}, {100, 98.7}, {100, 97.9}}},
    {"metal_nut", SN_PAPER_OBJECTS, 220, 115, {{89, 60.3}, {88.5, 92.5}, {98.7, 99.5}, {99.9, 93.1}, {99.1, NAN}, {96.2, 97.2}, {100, 97.3}, {100, 98.4}, {100, 98.8}}},
    {"pill", SN_PAPER_OBJECTS, 267, 167, {{91, 83.0}, {83.8, 95.7}, {98.9, 97.6}, {94.9, 95.7}, {98.6, NAN}, {90.1, 95.7}, {96.6, 98.2}, {96.6, 97.4}, {99.0, 98.6}}},
    {"screw", SN_PAPER_OBJECTS, 320, 160, {{96, 88.7}, {84.5, 98.8}, {93.9, 97.6}, {88.7, 96.7}, {97.6, NAN}, {97.5, 98.5}, {97.0, 99.6}, {98.1, 99.4}, {98.2, 99.3}}},
    {"toothbrush", SN_PAPER_OBJECTS, 60, 42, {{92, 78.4}, {100, 98.9}, {100, 98.1}, {99.4, 98.1}, {91.9, NAN}, {100, 98.8}, {99.5, 99.1}, {100, 98.7}, {99.7, 98.5}}},
    {"transistor", SN_PAPER_OBJECTS, 213, 100, {{90, 72.5}, {90.9, 87.7}, {93.1, 90.9}, {96.1, 93.0}, {99.3, NAN}, {94.4, 97.5}, {96.7, 92.5}, {100, 96.3}, {100, 97.6}}},
    {"zipper", SN_PAPER_OBJECTS, 240, 151, {{88, 66.5}, {98.1, 97.8}, {100, 98.8}, {99.9, 99.3}, {99.7, NAN}, {98.6, 98.5}, {98.5, 98.2}, {99.4, 98.8}, {99.9, 98.9}}},
};

const SnPaperScore sn_paper_printed_means[SN_PAPER_GROUPS][SN_PAPER_METHODS] = {
    {{78, 56.7}, {95.1, 93.9}, {99.1, 97.9}, {97.5, 96.3}, {99.8, NAN}, {95.5, 96.9}, {99.5, 97.7}, {99.0, 97.5}, {99.8, 97.5}},
    {{91, 75.8}, {89.9, 94.3}, {97.4, 97.0}, {95.5, 95.8}, {98.2, NAN}, {96.0, 97.8}, {98, 97.9}, {99.2, 98.4}, {99.5, 98.4}},
    {{87, 69.4}, {91.7, 94.2}, {98.0, 97.3}, {96.1, 96.0}, {98.7, NAN}, {95.8, 97.5}, {98.5, 97.8}, {99.1, 98.1}, {99.6, 98.1}},
};
/* clang-format on */

const SnPaperCategory *sn_paper_category(const char *name) {
  for (int i = 0; i < SN_PAPER_CATEGORIES; i++)
    if (strcmp(sn_paper_categories[i].name, name) == 0) return &sn_paper_categories[i];
  return NULL;
}

SnPaperScore sn_paper_mean(SnPaperGroup group, int method) {
  SnPaperScore sum = {0, 0};
  int count = 0;
  for (int i = 0; i < SN_PAPER_CATEGORIES; i++) {
    const SnPaperCategory *category = &sn_paper_categories[i];
    if (group != SN_PAPER_ALL && category->group != group) continue;
    sum.image += category->scores[method].image;
    sum.pixel += category->scores[method].pixel;
    count++;
  }
  return (SnPaperScore){sum.image / count, sum.pixel / count};
}

const SnPaperLine sn_paper_table2[SN_PAPER_TABLE2] = {{"1", {93.0, 94.2}},   {"2", {98.4, 96.7}},
                                                      {"3", {99.2, 97.5}},   {"1+2", {96.7, 96.7}},
                                                      {"2+3", {99.6, 98.1}}, {"1+2+3", {99.1, 98.1}}};

const SnPaperLine sn_paper_table3[SN_PAPER_TABLE3] = {{"ours", {99.6, 98.1}},
                                                      {"non-linear adaptor", {98.3, 97.2}},
                                                      {"no adaptor", {99.2, 97.9}},
                                                      {"cross-entropy", {99.4, 97.8}}};

const SnPaperLine sn_paper_table4[SN_PAPER_TABLE4] = {{"resnet18", {98.3, 95.7}},
                                                      {"resnet50", {99.6, 98.0}},
                                                      {"resnet101", {99.2, 97.6}},
                                                      {"wide_resnet50_2", {99.6, 98.1}}};

const SnPaperLine sn_paper_table5[SN_PAPER_TABLE5] = {
    {"LSA", {64.1, NAN}},     {"DSVDD", {64.8, NAN}},      {"OCGAN", {65.6, NAN}}, {"HRN", {71.3, NAN}},
    {"DAAD", {75.3, NAN}},    {"DisAug CLR", {80.0, NAN}}, {"IGD", {83.68, NAN}},  {"MKD", {84.5, NAN}},
    {"RevDist", {86.5, NAN}}, {"SimpleNet", {86.5, NAN}}};
