#include "datasets/generated/generate.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "datasets/png_write.h"

/* Raised whenever the drawings change, so that two generations are never mixed in one directory. */
enum { VERSION = 2, MAX_THREADS = 64 };

/* Images of a seed are numbered by use: the first of each use is a multiple of this. */
#define INDEX_SPACING ((int64_t)1 << 24)
enum { TRAIN, TEST_GOOD, DEFECTIVE };

typedef struct Generation {
  const char *directory;
  const SnGenerateOptions *options;
  SnGenerateProgress progress;
  void *context;
  pthread_mutex_t lock; /* of what follows */
  int64_t next, done, total;
  SnError error; /* the first of any thread */
} Generation;

/* One image of the data set. */
typedef struct Job {
  int category, defect;
  const char *split;
  int64_t number; /* in its folder */
  int64_t index;  /* of the drawing */
} Job;

SnGenerateOptions sn_generate_options(void) {
  return (SnGenerateOptions){.seed = 0,
                             .size = 256,
                             .train = 40,
                             .test_good = 12,
                             .per_defect = 6,
                             .categories = (1u << sn_generated_default_count()) - 1,
                             .threads = 0};
}

static bool check_count(const char *name, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return true;
  return sn_fail("generated data set: %s is %" PRId64 ": expected %" PRId64 " to %" PRId64, name, value, least, most);
}

static bool check_options(const SnGenerateOptions *options) {
  return check_count("categories", options->categories, 1, (INT64_C(1) << sn_generated_category_count()) - 1) &&
         check_count("size", options->size, SN_GENERATED_MIN_SIZE, SN_GENERATED_MAX_SIZE) &&
         check_count("train", options->train, 1, 100000) && check_count("test_good", options->test_good, 1, 100000) &&
         check_count("per_defect", options->per_defect, 1, 100000) &&
         check_count("threads", options->threads, 0, MAX_THREADS);
}

/* What generated.txt holds. Categories are named where they are not the usual ones. */
static char *description(const SnGenerateOptions *options) {
  char *text =
      sn_format("Images drawn by simplenet generate, version %d\nseed %" PRIu64 "\nsize %" PRId64 "\ntrain %" PRId64
                "\ntest_good %" PRId64 "\nper_defect %" PRId64 "\n",
                VERSION, options->seed, options->size, options->train, options->test_good, options->per_defect);
  if (options->categories == sn_generate_options().categories) return text;
  for (int i = 0; i < sn_generated_category_count(); i++) {
    if (!sn_generated_is_drawn(options, i)) continue;
    char *longer = text ? sn_format("%scategory %s\n", text, sn_generated_category(i)->name) : NULL;
    free(text);
    text = longer;
  }
  return text;
}

/* Claims the directory: writes generated.txt into an empty one, or finds the same text there. */
static bool claim(const char *directory, const SnGenerateOptions *options) {
  char *text = description(options);
  char *path = sn_path_join(directory, "generated.txt");
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
    } else if (sn_file_read(path, 4096, &found) && strcmp((const char *)found.data, text) != 0) {
      sn_fail("%s: holds a data set of other options than these: generate into a new directory", directory);
    }
  }
  sn_bytes_free(&found);
  sn_names_free(&names);
  free(path);
  free(text);
  return sn_ok();
}

static void write_absent(const char *path, const uint8_t *pixels, int64_t size, int channels) {
  if (path && !sn_is_file(path)) sn_png_write(path, pixels, size, size, channels);
}

static int64_t category_images(const SnGenerateOptions *options, int category) {
  if (!sn_generated_is_drawn(options, category)) return 0;
  return options->train + options->test_good + options->per_defect * sn_generated_category(category)->defect_count;
}

/* The image at a position of the whole list: category by category, train, good, then each defect. */
static Job job_at(const SnGenerateOptions *options, int64_t position) {
  Job job = {.defect = SN_GENERATED_GOOD, .split = "train"};
  for (; position >= category_images(options, job.category); job.category++)
    position -= category_images(options, job.category);
  job.number = position;
  job.index = TRAIN * INDEX_SPACING;
  if (job.number >= options->train) {
    job.number -= options->train;
    job.split = "test";
    job.index = TEST_GOOD * INDEX_SPACING;
    if (job.number >= options->test_good) {
      job.number -= options->test_good;
      job.defect = (int)(job.number / options->per_defect);
      job.number %= options->per_defect;
      job.index = (DEFECTIVE + job.defect) * INDEX_SPACING;
    }
  }
  job.index += job.number;
  return job;
}

/* CATEGORY/SPLIT/KIND/NNN.png, and the mask when the image has a defect. */
static void write_image(const Generation *generation, const Job *job, uint8_t *rgb, uint8_t *mask) {
  const SnGeneratedCategory *about = sn_generated_category(job->category);
  if (!about) return;
  bool good = job->defect == SN_GENERATED_GOOD;
  const char *kind = good ? "good" : about->defects[job->defect], *directory = generation->directory;
  int64_t size = generation->options->size;
  char *image_path = sn_format("%s/%s/%s/%s/%03" PRId64 ".png", directory, about->name, job->split, kind, job->number);
  char *mask_path = NULL;
  if (!good)
    mask_path = sn_format("%s/%s/ground_truth/%s/%03" PRId64 "_mask.png", directory, about->name, kind, job->number);
  bool present = sn_ok() && sn_is_file(image_path) && (good || sn_is_file(mask_path));
  uint64_t seed = generation->options->seed;
  if (!present && sn_generated_draw(job->category, seed, job->index, job->defect, size, rgb, mask)) {
    write_absent(mask_path, mask, size, 1);
    write_absent(image_path, rgb, size, 3);
  }
  free(image_path);
  free(mask_path);
}

/* Draws images until none is left or an error is pending anywhere. */
static void *work(void *argument) {
  Generation *generation = argument;
  int64_t count = generation->options->size * generation->options->size;
  uint8_t *rgb = sn_allocate(3 * count, 1, "a drawn image"), *mask = sn_allocate(count, 1, "a drawn mask");
  pthread_mutex_lock(&generation->lock);
  while (sn_ok() && !generation->error.raised && generation->next < generation->total) {
    Job job = job_at(generation->options, generation->next++);
    pthread_mutex_unlock(&generation->lock);
    write_image(generation, &job, rgb, mask);
    pthread_mutex_lock(&generation->lock);
    generation->done++;
    if (sn_ok() && generation->progress) generation->progress(generation->context, generation->done, generation->total);
  }
  SnError error = sn_error_take();
  if (!generation->error.raised) generation->error = error;
  pthread_mutex_unlock(&generation->lock);
  free(rgb);
  free(mask);
  return NULL;
}

static bool make_folder(const char *directory, const char *category, const char *split, const char *kind) {
  char *path = sn_format("%s/%s/%s/%s", directory, category, split, kind);
  if (path) sn_make_directories(path);
  free(path);
  return sn_ok();
}

static bool make_folders(const char *directory, const SnGenerateOptions *options) {
  for (int category = 0; category < sn_generated_category_count() && sn_ok(); category++) {
    if (!sn_generated_is_drawn(options, category)) continue;
    const SnGeneratedCategory *about = sn_generated_category(category);
    make_folder(directory, about->name, "train", "good");
    make_folder(directory, about->name, "test", "good");
    for (int defect = 0; defect < about->defect_count && sn_ok(); defect++) {
      make_folder(directory, about->name, "test", about->defects[defect]);
      make_folder(directory, about->name, "ground_truth", about->defects[defect]);
    }
  }
  return sn_ok();
}

/* The caller's thread works too, so a machine that gives no more threads only takes longer. */
static void work_in_threads(Generation *generation, int threads) {
  if (threads == 0) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    threads = processors < 1 ? 1 : processors > MAX_THREADS ? MAX_THREADS : (int)processors;
  }
  pthread_t others[MAX_THREADS];
  int started = 0;
  while (started < threads - 1 && pthread_create(&others[started], NULL, work, generation) == 0) started++;
  work(generation);
  for (int i = 0; i < started; i++) pthread_join(others[i], NULL);
}

bool sn_generate_dataset(const char *directory, const SnGenerateOptions *options, SnGenerateProgress progress,
                         void *context) {
  if (!sn_ok() || !check_options(options) || !claim(directory, options) || !make_folders(directory, options))
    return false;
  Generation generation = {.directory = directory, .options = options, .progress = progress, .context = context};
  for (int i = 0; i < sn_generated_category_count(); i++) generation.total += category_images(options, i);
  pthread_mutex_init(&generation.lock, NULL);
  work_in_threads(&generation, options->threads);
  pthread_mutex_destroy(&generation.lock);
  if (generation.error.raised) sn_error_raise(&generation.error);
  return sn_ok();
}
