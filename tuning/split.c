#include "tuning/split.h"

#include "base/error.h"
#include "datasets/synthetic/synthetic.h"
#include "tensor/random.h"
#include "tensor/scope.h"

enum { FEWEST = 8, MOST = 32, DAMAGED = 24 };

static void release(void *memory) {
  SnSplit *split = memory;
  sn_samples_free(&split->good.train);
  for (int r = 0; r < SN_TUNING_ROUNDS; r++) sn_samples_free(&split->rounds[r].test);
}

/* Names and folders alone, which are the data set's own. */
static SnDataset without_images(const SnDataset *dataset) {
  return (SnDataset){.root = dataset->root,
                     .category = dataset->category,
                     .layout = dataset->layout,
                     .advice = dataset->advice,
                     .has_masks = true};
}

SnSplit *sn_split_new(const SnDataset *dataset, uint64_t seed) {
  int64_t count = dataset->train.count;
  SnSplit *split = sn_scope_allocate(1, sizeof *split, release);
  int64_t *order = sn_scope_allocate(count, sizeof *order, NULL);
  if (!split || !order) return NULL;
  split->good = without_images(dataset);
  sn_permutation(seed, SN_STREAM_TUNING, 0, count, order);
  for (int64_t i = 0; i < count && sn_ok(); i++) {
    const SnSample *sample = &dataset->train.items[order[i]];
    sn_samples_append(&split->good.train, sample->path, sample->record, SN_GOOD, sample->kind);
  }
  return sn_ok() ? split : NULL;
}

static int64_t held_out_of(int64_t count) {
  int64_t held = count / 4;
  if (held < FEWEST) held = FEWEST;
  if (held > MOST) held = MOST;
  return held > count / 3 ? count / 3 : held;
}

int64_t sn_split_first(const SnSplit *split, int round) {
  return split->good.train.count - (round + 1) * split->held_out;
}

static void add_damaged(SnSamples *samples, const SnSample *good, int64_t number, uint64_t seed) {
  SnSample *sample = sn_samples_append(samples, good->path, good->record, SN_DEFECTIVE, sn_synthetic_kind(number));
  if (!sample) return;
  sample->damage = number;
  sample->damage_seed = seed;
}

bool sn_split_divide(SnSplit *split, uint64_t seed) {
  int64_t count = split->good.train.count, number = 1;
  if (count < SN_TUNING_LEAST_IMAGES)
    return sn_fail("%s: to choose settings, at least %d good training images are needed, and there are %lld",
                   split->good.category, SN_TUNING_LEAST_IMAGES, (long long)count);
  split->held_out = held_out_of(count);
  for (int r = 0; r < SN_TUNING_ROUNDS; r++) {
    SnDataset *round = &split->rounds[r];
    *round = without_images(&split->good);
    round->train = split->good.train; /* its count is asked for; not owned */
    const SnSample *held = split->good.train.items + sn_split_first(split, r);
    for (int64_t i = 0; i < split->held_out && sn_ok(); i++)
      sn_samples_append(&round->test, held[i].path, held[i].record, SN_GOOD, held[i].kind);
    int64_t copies = (DAMAGED + split->held_out - 1) / split->held_out;
    for (int64_t i = 0; i < copies * split->held_out && sn_ok(); i++)
      add_damaged(&round->test, &held[i % split->held_out], number++, seed);
  }
  return sn_ok();
}
