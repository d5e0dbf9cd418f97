#include "datasets/generated/generate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "datasets/png_write.h"

/* Raised whenever the drawings change, so that two generations are never mixed in one directory. */
enum { VERSION = 1 };

/* Images of a seed are numbered by use: the first of each use is a multiple of this. */
#define INDEX_SPACING ((int64_t)1 << 24)
enum { TRAIN, TEST_GOOD, DEFECTIVE };

typedef struct Generation {
  const char* directory;
  const SnGenerateOptions* options;
  SnGenerateProgress progress;
  void* context;
  int64_t done, total;
  uint8_t *rgb, *mask;
} Generation;

SnGenerateOptions sn_generate_options(void) {
  return (SnGenerateOptions){.seed = 0, .size = 256, .train = 40, .test_good = 12, .per_defect = 6};
}

static bool check_count(const char* name, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return true;
  return sn_fail("generated data set: %s is %" PRId64 ": expected %" PRId64 " to %" PRId64, name, value, least, most);
}

static bool check_options(const SnGenerateOptions* options) {
  return check_count("size", options->size, SN_GENERATED_MIN_SIZE, SN_GENERATED_MAX_SIZE) &&
         check_count("train", options->train, 1, 100000) && check_count("test_good", options->test_good, 1, 100000) &&
         check_count("per_defect", options->per_defect, 1, 100000);
}

/* Claims the directory: writes generated.txt into an empty one, or finds the same text there. */
static bool claim(const char* directory, const SnGenerateOptions* options) {
  char* text =
      sn_format("Images drawn by simplenet generate, version %d\nseed %" PRIu64 "\nsize %" PRId64 "\ntrain %" PRId64
                "\ntest_good %" PRId64 "\nper_defect %" PRId64 "\n",
                VERSION, options->seed, options->size, options->train, options->test_good, options->per_defect);
  char* path = sn_path_join(directory, "generated.txt");
  SnNames names = {0};
  SnBytes found = {0};
  if (sn_ok() && sn_make_directories(directory) && sn_list_directory(directory, &names)) {
    if (names.count == 0) {
      SnFileWriter writer;
      if (sn_file_create(path, &writer)) fputs(text, writer.stream);
      sn_file_commit(&writer);
    } else if (!sn_is_file(path)) {
      sn_fail("%s: holds other files (%s): expected a new or empty directory, or a generated data set", directory,
              names.items[0]);
    } else if (sn_file_read(path, 4096, &found) && strcmp((const char*)found.data, text) != 0) {
      sn_fail("%s: holds a data set of other options than these: generate into a new directory", directory);
    }
  }
  sn_bytes_free(&found);
  sn_names_free(&names);
  free(path);
  free(text);
  return sn_ok();
}

static void write_absent(const char* path, const uint8_t* pixels, int64_t size, int channels) {
  if (path && !sn_is_file(path)) sn_png_write(path, pixels, size, size, channels);
}

/* CATEGORY/SPLIT/KIND/NNN.png, and the mask when the image has a defect. */
static bool write_image(Generation* generation, int category, const char* split, int defect, int64_t number,
                        int64_t index) {
  const SnGeneratedCategory* about = sn_generated_category(category);
  const char* kind = defect == SN_GENERATED_GOOD ? "good" : about->defects[defect];
  int64_t size = generation->options->size;
  char* image = sn_format("%s/%s/%s/%s/%03" PRId64 ".png", generation->directory, about->name, split, kind, number);
  char* mask = defect == SN_GENERATED_GOOD ? NULL
                                           : sn_format("%s/%s/ground_truth/%s/%03" PRId64 "_mask.png",
                                                       generation->directory, about->name, kind, number);
  bool present = sn_ok() && sn_is_file(image) && (!mask || sn_is_file(mask));
  if (!present &&
      sn_generated_draw(category, generation->options->seed, index, defect, size, generation->rgb, generation->mask)) {
    write_absent(image, generation->rgb, size, 3);
    write_absent(mask, generation->mask, size, 1);
  }
  free(image);
  free(mask);
  generation->done++;
  if (sn_ok() && generation->progress) generation->progress(generation->context, generation->done, generation->total);
  return sn_ok();
}

static bool make_folder(const Generation* generation, const char* category, const char* split, const char* kind) {
  char* path = sn_format("%s/%s/%s/%s", generation->directory, category, split, kind);
  if (path) sn_make_directories(path);
  free(path);
  return sn_ok();
}

static bool write_category(Generation* generation, int category) {
  const SnGeneratedCategory* about = sn_generated_category(category);
  const SnGenerateOptions* options = generation->options;
  make_folder(generation, about->name, "train", "good");
  make_folder(generation, about->name, "test", "good");
  for (int64_t i = 0; i < options->train && sn_ok(); i++)
    write_image(generation, category, "train", SN_GENERATED_GOOD, i, TRAIN * INDEX_SPACING + i);
  for (int64_t i = 0; i < options->test_good && sn_ok(); i++)
    write_image(generation, category, "test", SN_GENERATED_GOOD, i, TEST_GOOD * INDEX_SPACING + i);
  for (int defect = 0; defect < about->defect_count && sn_ok(); defect++) {
    make_folder(generation, about->name, "test", about->defects[defect]);
    make_folder(generation, about->name, "ground_truth", about->defects[defect]);
    for (int64_t i = 0; i < options->per_defect && sn_ok(); i++)
      write_image(generation, category, "test", defect, i, (DEFECTIVE + defect) * INDEX_SPACING + i);
  }
  return sn_ok();
}

bool sn_generate_dataset(const char* directory, const SnGenerateOptions* options, SnGenerateProgress progress,
                         void* context) {
  if (!sn_ok() || !check_options(options) || !claim(directory, options)) return false;
  Generation generation = {.directory = directory, .options = options, .progress = progress, .context = context};
  int64_t count = options->size * options->size;
  generation.rgb = sn_allocate(3 * count, 1, "a drawn image");
  generation.mask = sn_allocate(count, 1, "a drawn mask");
  for (int i = 0; i < sn_generated_category_count(); i++)
    generation.total +=
        options->train + options->test_good + options->per_defect * sn_generated_category(i)->defect_count;
  for (int i = 0; i < sn_generated_category_count() && sn_ok(); i++) write_category(&generation, i);
  free(generation.rgb);
  free(generation.mask);
  return sn_ok();
}
