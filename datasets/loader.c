#include "datasets/loader.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/image_budget.h"

enum { MAX_THREADS = 64, DEFAULT_AHEAD = 2 };

/* Sample i is decoded into slot i % slot_count, once the caller has taken what was there. A slot belongs to the thread
 * that decodes into it while it is not ready, and to the caller while it is. */
typedef struct Slot {
  float *image;
  uint8_t *mask, *thumbnail;
  bool mask_missing, ready;
  SnFacts facts;
  SnError error;
} Slot;

struct SnLoader {
  const SnDataset *dataset;
  const SnSamples *samples;
  SnLoaderOptions options;
  int64_t pixels;       /* of the crop */
  SnImageBudget budget; /* of what the threads decode at the same time */

  Slot *slots;
  int64_t slot_count;
  float *slot_images;
  uint8_t *slot_masks, *slot_thumbnails;

  /* The caller's batch. */
  float *images;
  uint8_t *masks, *thumbnails;
  bool *mask_missing;
  int64_t *indices;
  SnBroken broken;
  SnFacts facts;
  bool ended;

  pthread_t threads[MAX_THREADS];
  int thread_count;
  pthread_mutex_t lock;
  pthread_cond_t slot_taken, slot_ready;
  int64_t next_to_decode, next_to_take; /* under the lock, as are slots[].ready and stop */
  bool stop;
};

static void decode(SnLoader *loader, int64_t index, Slot *slot) {
  SnLoadOptions load = loader->options.load;
  SnImageShare share = {.budget = &loader->budget};
  load.image.share = &share;
  slot->facts = (SnFacts){0};
  sn_load_sample_with_thumbnail(loader->dataset, &loader->samples->items[index], &load, slot->image, slot->thumbnail,
                                slot->mask, &slot->mask_missing, &slot->facts);
  sn_image_share_return(&share);
  slot->error = sn_error_take();
}

static void *work(void *argument) {
  SnLoader *loader = argument;
  pthread_mutex_lock(&loader->lock);
  while (!loader->stop && loader->next_to_decode < loader->samples->count) {
    if (loader->next_to_decode >= loader->next_to_take + loader->slot_count) {
      pthread_cond_wait(&loader->slot_taken, &loader->lock);
      continue;
    }
    int64_t index = loader->next_to_decode++;
    Slot *slot = &loader->slots[index % loader->slot_count];
    pthread_mutex_unlock(&loader->lock);
    decode(loader, index, slot);
    pthread_mutex_lock(&loader->lock);
    slot->ready = true;
    if (index == loader->next_to_take) pthread_cond_signal(&loader->slot_ready);
  }
  pthread_mutex_unlock(&loader->lock);
  return NULL;
}

static bool check_options(const SnSamples *samples, const SnLoaderOptions *options) {
  const SnTransform *transform = &options->load.transform;
  if (options->batch_size < 1) return sn_fail("batch size: expected 1 or more, found %" PRId64, options->batch_size);
  char crop[SN_SIZE_TEXT];
  if (transform->crop.height < 1 || transform->crop.width < 1)
    return sn_fail("crop: expected 1 x 1 pixel or more, found %s", sn_size_text(transform->crop, crop));
  if (options->ahead < 0) return sn_fail("batches ahead: expected 0 or more, found %" PRId64, options->ahead);
  if (options->threads < 0 || options->threads > MAX_THREADS)
    return sn_fail("decoding threads: expected 0 to %d, found %d", MAX_THREADS, options->threads);
  if (samples->count < 0) return sn_fail("samples: expected a list, found a count of %" PRId64, samples->count);
  return true;
}

static int64_t clamp_to_samples(int64_t batches, int64_t batch_size, int64_t samples) {
  int64_t wanted;
  if (samples < 1) samples = 1;
  return sn_multiply(batches, batch_size, &wanted) && wanted < samples ? wanted : samples;
}

static int64_t thumbnail_size(const SnLoader *loader) { return 3 * sn_size_pixels(loader->options.load.thumbnail); }

static bool allocate(SnLoader *loader) {
  const SnLoaderOptions *options = &loader->options;
  SnSize crop = options->load.transform.crop;
  int64_t image_size, batch, size;
  batch = clamp_to_samples(1, options->batch_size, loader->samples->count);
  loader->slot_count = clamp_to_samples(options->ahead, options->batch_size, loader->samples->count);
  if (!sn_multiply(crop.height, crop.width, &loader->pixels) || !sn_multiply(3, loader->pixels, &image_size) ||
      !sn_multiply(image_size, batch + loader->slot_count, &size))
    return sn_fail("crop: batches of %" PRId64 " images of %" PRId64 " x %" PRId64 " pixels are too large", batch,
                   crop.height, crop.width);
  char what[96];
  snprintf(what, sizeof what, "%" PRId64 " images of %" PRId64 " x %" PRId64 " pixels at a time",
           batch + loader->slot_count, crop.height, crop.width);
  if (size > INT64_MAX / (int64_t)sizeof(float)) return sn_fail("%s: are too many", what);
  if (!sn_memory_suffices(size * (int64_t)sizeof(float), what)) return false;
  loader->slots = sn_allocate(loader->slot_count, sizeof *loader->slots, "the loader's slots");
  loader->slot_images = sn_allocate(loader->slot_count * image_size, sizeof(float), "images read ahead");
  loader->images = sn_allocate(batch * image_size, sizeof(float), "a batch of images");
  loader->indices = sn_allocate(batch, sizeof *loader->indices, "a batch's indices");
  if (options->masks) {
    loader->slot_masks = sn_allocate(loader->slot_count * loader->pixels, 1, "masks read ahead");
    loader->masks = sn_allocate(batch * loader->pixels, 1, "a batch of masks");
    loader->mask_missing = sn_allocate(batch, sizeof *loader->mask_missing, "a batch of masks");
  }
  if (options->thumbnails) {
    loader->slot_thumbnails = sn_allocate(loader->slot_count, (size_t)thumbnail_size(loader), "thumbnails read ahead");
    loader->thumbnails = sn_allocate(batch, (size_t)thumbnail_size(loader), "a batch of thumbnails");
  }
  if (!sn_ok()) return false;
  for (int64_t i = 0; i < loader->slot_count; i++) {
    loader->slots[i].image = loader->slot_images + i * image_size;
    if (options->masks) loader->slots[i].mask = loader->slot_masks + i * loader->pixels;
    if (options->thumbnails) loader->slots[i].thumbnail = loader->slot_thumbnails + i * thumbnail_size(loader);
  }
  return true;
}

static bool start_threads(SnLoader *loader) {
  int64_t count = loader->options.threads;
  if (count == 0) count = sysconf(_SC_NPROCESSORS_ONLN);
  if (count > loader->slot_count) count = loader->slot_count;
  if (count > MAX_THREADS) count = MAX_THREADS;
  if (count < 1) count = 1;
  sigset_t all, before; /* signals go to the program's own threads */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = 0;
  for (; loader->thread_count < count && code == 0; loader->thread_count += code == 0)
    code = pthread_create(&loader->threads[loader->thread_count], NULL, work, loader);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (loader->thread_count > 0) return true; /* fewer threads than wished do the same work */
  return sn_fail("a thread that decodes images cannot be started, as memory or threads are short: %s", strerror(code));
}

SnLoader *sn_loader_open(const SnDataset *dataset, const SnSamples *samples, const SnLoaderOptions *options) {
  if (!sn_ok() || !check_options(samples, options)) return NULL;
  SnLoader *loader = sn_allocate(1, sizeof *loader, "a loader");
  if (!loader) return NULL;
  loader->dataset = dataset;
  loader->samples = samples;
  loader->options = *options;
  if (loader->options.ahead == 0) loader->options.ahead = DEFAULT_AHEAD;
  sn_image_budget_open(&loader->budget);
  pthread_mutex_init(&loader->lock, NULL);
  pthread_cond_init(&loader->slot_taken, NULL);
  pthread_cond_init(&loader->slot_ready, NULL);
  if (!allocate(loader) || !start_threads(loader)) {
    sn_loader_close(loader);
    return NULL;
  }
  return loader;
}

static Slot *wait_for(SnLoader *loader, int64_t index) {
  Slot *slot = &loader->slots[index % loader->slot_count];
  pthread_mutex_lock(&loader->lock);
  while (!slot->ready) pthread_cond_wait(&loader->slot_ready, &loader->lock);
  pthread_mutex_unlock(&loader->lock);
  return slot;
}

static void hand_back(SnLoader *loader, Slot *slot) {
  pthread_mutex_lock(&loader->lock);
  slot->ready = false;
  loader->next_to_take++;
  pthread_cond_signal(&loader->slot_taken);
  pthread_mutex_unlock(&loader->lock);
}

static bool note_broken(SnLoader *loader, int64_t index, const char *message) {
  SnBroken *broken = &loader->broken;
  int64_t count = broken->messages.count;
  int64_t *indices = sn_grow(broken->indices, count, sizeof *indices, "the list of broken images");
  if (!indices) return false;
  broken->indices = indices;
  broken->indices[count] = index;
  return sn_names_append(&broken->messages, message);
}

/* Moves a slot's image to the end of the batch, or its error to where it belongs. */
static bool take(SnLoader *loader, int64_t index, const Slot *slot, int64_t *count) {
  if (slot->error.raised) {
    SnError error;
    sn_error_raise(&slot->error);
    if (!sn_error_forgive(&error)) return false;
    if (loader->options.skip_broken) return note_broken(loader, index, error.message);
    const char *advice = loader->dataset ? loader->dataset->advice : NULL;
    return sn_fail("%s%s%s", error.message, advice ? "; " : "", advice ? advice : "");
  }
  size_t pixels = (size_t)loader->pixels, place = (size_t)*count;
  memcpy(loader->images + place * 3 * pixels, slot->image, 3 * pixels * sizeof(float));
  if (loader->masks) {
    memcpy(loader->masks + place * pixels, slot->mask, pixels);
    loader->mask_missing[place] = slot->mask_missing;
  }
  if (loader->thumbnails) {
    size_t size = (size_t)thumbnail_size(loader);
    memcpy(loader->thumbnails + place * size, slot->thumbnail, size);
  }
  loader->indices[place] = index;
  sn_facts_add(&loader->facts, &slot->facts);
  ++*count;
  return true;
}

bool sn_loader_next(SnLoader *loader, SnBatch *batch) {
  *batch = (SnBatch){0};
  if (!sn_ok() || !loader || loader->ended) return false;
  int64_t count = 0;
  while (count < loader->options.batch_size && loader->next_to_take < loader->samples->count && !loader->ended) {
    int64_t index = loader->next_to_take; /* only this thread changes it */
    Slot *slot = wait_for(loader, index);
    if (!take(loader, index, slot, &count)) loader->ended = true;
    hand_back(loader, slot);
  }
  if (loader->ended || count == 0) {
    loader->ended = true;
    return false;
  }
  *batch = (SnBatch){.count = count,
                     .images = loader->images,
                     .masks = loader->masks,
                     .mask_missing = loader->mask_missing,
                     .thumbnails = loader->thumbnails,
                     .indices = loader->indices};
  return true;
}

const SnBroken *sn_loader_broken(const SnLoader *loader) { return &loader->broken; }

const SnFacts *sn_loader_facts(const SnLoader *loader) { return &loader->facts; }

void sn_loader_close(SnLoader *loader) {
  if (!loader) return;
  pthread_mutex_lock(&loader->lock);
  loader->stop = true;
  pthread_cond_broadcast(&loader->slot_taken);
  pthread_mutex_unlock(&loader->lock);
  for (int t = 0; t < loader->thread_count; t++) pthread_join(loader->threads[t], NULL);
  sn_image_budget_close(&loader->budget);
  pthread_mutex_destroy(&loader->lock);
  pthread_cond_destroy(&loader->slot_taken);
  pthread_cond_destroy(&loader->slot_ready);
  sn_names_free(&loader->broken.messages);
  free(loader->broken.indices);
  free(loader->slots);
  free(loader->slot_images);
  free(loader->slot_masks);
  free(loader->slot_thumbnails);
  free(loader->images);
  free(loader->masks);
  free(loader->thumbnails);
  free(loader->mask_missing);
  free(loader->indices);
  free(loader);
}
