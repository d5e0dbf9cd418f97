#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/fuzz/program/child.h"
#include "tests/fuzz/program/scene.h"
#include "tests/fuzz/program/tree.h"

/* These must succeed: nothing is damaged yet. */
static void must_run(const char *program, const char *folder, const char *const *arguments, int count) {
  char *all[32] = {sn_copy_text(program)};
  for (int i = 0; i < count; i++) all[i + 1] = sn_copy_text(arguments[i]);
  Outcome outcome = run_command(&(Command){.arguments = all, .folder = folder}, folder);
  if (outcome.status != 0) {
    fprintf(stderr, "fuzzer: simplenet %s fails on sound inputs:\n%s", arguments[0], outcome.err.data);
    exit(EXIT_FAILURE);
  }
  outcome_free(&outcome);
  for (int i = 0; i <= count; i++) free(all[i]);
}

#define MUST_RUN(...) \
  must_run(program, folder, (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static void copy_to(const char *from, const char *folder, const char *name) {
  char *to = path_of(folder, name);
  copy_tree(from, to);
  free(to);
}

/* VisA's folders and its table, from the photographs of MVTec AD's layout. */
static void make_visa(const char *folder) {
  static const char *const files[][2] = {{"train/good/000.png", "Images/Normal/000.png"},
                                         {"train/good/001.png", "Images/Normal/001.png"},
                                         {"test/good/000.png", "Images/Normal/002.png"},
                                         {"test/dent/000.png", "Images/Anomaly/000.png"},
                                         {"ground_truth/dent/000_mask.png", "Masks/Anomaly/000.png"}};
  static const char table[] =
      "object,split,label,image,mask\n"
      "candle,train,normal,candle/Data/Images/Normal/000.png,\n"
      "candle,train,normal,candle/Data/Images/Normal/001.png,\n"
      "candle,test,normal,candle/Data/Images/Normal/002.png,\n"
      "candle,test,anomaly,candle/Data/Images/Anomaly/000.png,candle/Data/Masks/Anomaly/000.png\n";
  static const char *const folders[] = {"Images/Normal", "Images/Anomaly", "Masks/Anomaly"};
  for (int i = 0; i < 3; i++) {
    char *inner = sn_format("%s/visa/candle/Data/%s", folder, folders[i]);
    make_folders(inner);
    free(inner);
  }
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    char *from = sn_format("%s/mvtec/gear/%s", folder, files[i][0]);
    char *to = sn_format("%s/visa/candle/Data/%s", folder, files[i][1]);
    copy_tree(from, to);
    free(from);
    free(to);
  }
  char *split = path_of(folder, "visa/split_csv"), *path = path_of(split, "1cls.csv");
  make_folders(split);
  write_file(path, table, sizeof table - 1);
  free(split);
  free(path);
}

/* Photographs of several kinds in one folder, and one in a folder below. */
static void make_photographs(const char *folder) {
  static const char *const golden[] = {"bmp-24.bmp", "jpeg-exif-6.jpg", "jpeg-grey-33x17.jpg", "jpeg-half.jpg"};
  char *photos = path_of(folder, "photos"), *below = path_of(photos, "below");
  make_folders(below);
  for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
    char *from = path_of("tests/golden/images", golden[i]);
    copy_to(from, photos, golden[i]);
    free(from);
  }
  static const char *const names[] = {"000.png", "001.png"};
  for (int i = 0; i < 2; i++) {
    char *from = sn_format("%s/mvtec/gear/train/good/%s", folder, names[i]);
    copy_to(from, i == 0 ? photos : below, "000.png");
    free(from);
  }
  free(photos);
  free(below);
}

static void make_weights(const char *folder) {
  SnNames files = paths_below("tests/golden/weights", FILES);
  char *weights = path_of(folder, "weights");
  make_folders(weights);
  for (int64_t i = 0; i < files.count; i++) {
    char *from = path_of("tests/golden/weights", files.items[i]);
    copy_to(from, weights, sn_path_name(from));
    free(from);
  }
  sn_names_free(&files);
  free(weights);
}

Materials materials_make(const char *program, const char *fixture) {
  char *folder = path_of(fixture, "materials");
  make_folders(folder);
  MUST_RUN("generate", "all", "--size", "64", "--train", "2", "--test-good", "1", "--per-defect", "1");
  static const char *const kept[] = {"gear", "wood"};
  for (int i = 0; i < 2; i++) {
    char *from = sn_format("%s/all/%s", folder, kept[i]), *to = sn_format("%s/mvtec/%s", folder, kept[i]);
    copy_tree(from, to);
    free(from);
    free(to);
  }
  MUST_RUN("train", "--data", "mvtec", "--category", "gear", "--backbone", "embedded", "--resize", "32", "--crop", "32",
           "--epochs", "1", "--hidden", "8", "--batch", "2", "--out", "trained");
  char *model = path_of(folder, "trained/gear/model.safetensors");
  copy_to(model, folder, "model.safetensors");
  free(model);
  make_visa(folder);
  make_photographs(folder);
  MUST_RUN("calibrate", "--model", "model.safetensors", "--out", "calibrated.safetensors", "mvtec/gear/train/good");
  MUST_RUN("export", "--model", "calibrated.safetensors", "detector.safetensors");
  make_weights(folder);
  return (Materials){.program = program, .folder = folder};
}

void materials_free(Materials *materials) {
  free(materials->folder);
  *materials = (Materials){0};
}
