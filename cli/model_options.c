#include "cli/model_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/name.h"
#include "base/number.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "tensor/tensor.h"

static void add(SnOption *options, int *count, SnOption option) {
  if (*count < SN_MAX_OPTIONS) options[(*count)++] = option;
}

static const char *argument_of(const SnSetting *setting) {
  switch (setting->kind) {
    case SN_SETTING_INTEGER:
      return "N";
    case SN_SETTING_REAL:
      return "X";
    case SN_SETTING_LEVELS:
      return "L,L";
    case SN_SETTING_CHOICE:
      break;
  }
  return setting->choices;
}

static bool check_setting(const SnOption *option) {
  SnSimpleNetSettings any;
  return sn_settings_preset("paper", &any) && sn_setting_parse(sn_setting_find(option->name), *option->text, &any);
}

static bool check_preset(const SnOption *option) {
  SnSimpleNetSettings any;
  return sn_settings_preset(*option->text, &any);
}

void sn_add_setting_options(SnOption *options, int *count, SnSettingTexts *texts) {
  SnSimpleNetSettings paper, official;
  sn_settings_preset("paper", &paper);
  sn_settings_preset("official", &official);
  add(options, count,
      (SnOption){.name = "preset",
                 .argument = "paper|official",
                 .help = "whose values the settings below begin with: the paper's, or those of its released "
                         "code (paper)",
                 .text = &texts->preset,
                 .check = check_preset});
  for (int i = 0; i < sn_setting_count; i++) {
    char paper_text[SN_SETTING_TEXT], official_text[SN_SETTING_TEXT], help[256];
    sn_setting_print(&sn_settings[i], &paper, paper_text);
    sn_setting_print(&sn_settings[i], &official, official_text);
    if (strcmp(paper_text, official_text) == 0)
      snprintf(help, sizeof help, "%s (%s)", sn_settings[i].help, paper_text);
    else
      snprintf(help, sizeof help, "%s (%s; official: %s)", sn_settings[i].help, paper_text, official_text);
    add(options, count,
        (SnOption){.name = sn_settings[i].name,
                   .argument = argument_of(&sn_settings[i]),
                   .help = sn_scope_text(help),
                   .text = &texts->texts[i],
                   .check = check_setting});
  }
}

bool sn_read_settings(const SnSettingTexts *texts, SnSimpleNetSettings *settings) {
  if (!sn_settings_preset(texts->preset ? texts->preset : "paper", settings)) return false;
  for (int i = 0; i < sn_setting_count; i++)
    if (texts->texts[i] && !sn_setting_parse(&sn_settings[i], texts->texts[i], settings)) return false;
  return sn_settings_check(settings);
}

bool sn_read_threads(const char *text, int64_t *threads) {
  return !text || sn_parse_integer("--threads", text, 1, 1024, threads);
}

static bool check_threads(const SnOption *option) {
  int64_t threads;
  return sn_read_threads(*option->text, &threads);
}

void sn_add_device_options(SnOption *options, int *count, SnDeviceTexts *texts) {
  add(options, count,
      (SnOption){.name = "threads",
                 .argument = "N",
                 .help = "threads to compute with; the results do not depend on it (all cores)",
                 .text = &texts->threads,
                 .check = check_threads});
  add(options, count,
      (SnOption){.name = "device",
                 .argument = "NAME",
                 .help = "where to compute; `simplenet info` lists the devices (cpu)",
                 .text = &texts->device});
  add(options, count,
      (SnOption){.name = "precision",
                 .argument = "fp32|tf32|bf16",
                 .help = "of the factors in products (fp32; cuda: tf32); cpu: fp32 or bf16",
                 .text = &texts->precision});
}

bool sn_use_device(const SnDeviceTexts *texts) {
  if (texts->device && !sn_set_device(texts->device)) return false;
  int64_t threads = 0;
  if (!sn_read_threads(texts->threads, &threads)) return false;
  if (threads > 0 && sn_device()->set_threads) sn_device()->set_threads((int)threads);
  return !texts->precision || sn_set_precision(texts->precision);
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
  sn_tell_left_out(&dataset->left_out);
  return true;
}

SnOrigin sn_origin_of(const SnDataTexts *texts) {
  return (SnOrigin){{texts->data, texts->train, texts->test_good, texts->test_bad}};
}
