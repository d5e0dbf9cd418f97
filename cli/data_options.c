#include "cli/data_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/name.h"
#include "cli/messages.h"
#include "cli/terminal.h"

static void add(SnOption *options, int *count, SnOption option) {
  if (*count < SN_MAX_OPTIONS) options[(*count)++] = option;
}

void sn_add_data_options(SnOption *options, int *count, SnDataTexts *texts, bool with_train) {
  texts->trains = with_train;
  add(options, count,
      (SnOption){.name = "data",
                 .argument = "FOLDER",
                 .help = "data set: MVTec AD, MVTec LOCO, VisA, BTAD, MPDD, KolektorSDD and SDD2, CIFAR-10",
                 .text = &texts->data});
  add(options, count,
      (SnOption){.name = "category",
                 .argument = "NAME",
                 .help = "category of the data set (the only one); of plain folders: what to call it (folder)",
                 .text = &texts->category});
  add(options, count,
      (SnOption){.name = "layout",
                 .argument = "NAME",
                 .help = "the data set's layout (found from the folder's shape)",
                 .text = &texts->layout});
  if (with_train)
    add(options, count,
        (SnOption){.name = "train",
                   .argument = "FOLDER",
                   .help = "instead of --data: a folder of good photographs, with its sub-folders",
                   .text = &texts->train});
  add(options, count,
      (SnOption){.name = "test-good",
                 .argument = "FOLDER",
                 .help = "a folder of good photographs to test on, with its sub-folders",
                 .text = &texts->test_good});
  add(options, count,
      (SnOption){.name = "test-bad",
                 .argument = "FOLDER",
                 .help = "a folder of defective photographs to test on, with its sub-folders",
                 .text = &texts->test_bad});
  add(options, count,
      (SnOption){.name = "masks",
                 .argument = "FOLDER",
                 .help = "their masks, named and in sub-folders as they are, with or without _mask",
                 .text = &texts->masks});
}

static bool are_folders(const SnDataTexts *texts) { return texts->train || texts->test_good || texts->test_bad; }

bool sn_check_data(const SnDataTexts *texts) {
  if (!sn_ok()) return false;
  if (are_folders(texts) && texts->data)
    return sn_fail("--data and plain folders (--train, --test-good, --test-bad) exclude each other");
  if (!are_folders(texts) && !texts->data)
    return sn_fail("say where the photographs are: with --data FOLDER, or as plain folders");
  return !texts->layout || sn_dataset_layout_name(texts->layout);
}

/* Whoever only tests needs no images to train on. */
static bool matters(const SnDataTexts *texts, const SnProblem *problem) {
  return texts->trains || problem->kind != SN_PROBLEM_EMPTY;
}

/* Plain folders are of a category that has no other name than the one given. */
static bool rename_category(const char *name, SnDataset *dataset) {
  if (!sn_check_name(name, "--category")) return false;
  free(dataset->category);
  dataset->category = sn_copy_text(name);
  return sn_ok();
}

bool sn_open_data_quietly(const SnDataTexts *texts, const char *out, SnDataset *dataset) {
  if (!sn_check_data(texts)) return false;
  SnPlainFolders folders = {texts->train, texts->test_good, texts->test_bad, texts->masks, out};
  if (!are_folders(texts)) return sn_dataset_open(texts->data, texts->category, texts->layout, dataset);
  if (!sn_dataset_open_folders(&folders, dataset)) return false;
  if (texts->category && !rename_category(texts->category, dataset)) sn_dataset_free(dataset);
  return sn_ok();
}

bool sn_open_data(const SnDataTexts *texts, const char *out, SnDataset *dataset) {
  if (!sn_open_data_quietly(texts, out, dataset)) return false;
  enum { SHOWN = 5 };
  int64_t count = 0;
  for (int64_t i = 0; i < dataset->problems.count; i++) {
    if (!matters(texts, &dataset->problems.items[i])) continue;
    if (count++ < SHOWN) sn_message("warning: %s\n", dataset->problems.items[i].message);
  }
  if (count > SHOWN) sn_message("warning: … and %lld more\n", (long long)(count - SHOWN));
  sn_print_left_out(&dataset->left_out);
  return true;
}

SnOrigin sn_origin_of(const SnDataTexts *texts) {
  return (SnOrigin){{texts->data, texts->train, texts->test_good, texts->test_bad}};
}
