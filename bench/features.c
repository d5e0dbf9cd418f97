/* Whether decoding leaves a processor idle: features of a whole category beside what they are made of.
 *
 *     build/bench/features ROOT CATEGORY WEIGHTS [BACKBONE [ROUNDS]]
 *
 * In each of ROUNDS (5) rounds, one after the other: all images decoded and transformed on one thread and nothing else;
 * the network on all images on one thread and nothing else; features of all images, decoded ahead, on two threads. The
 * ratio of the last to half of the sum of the others is 1 when both processors always have work. Wall seconds; a
 * round's ratio is of times next to each other, and the median is over rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "anomaly/features.h"
#include "anomaly/local_features.h"
#include "anomaly/view.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/number.h"
#include "bench/support/network.h"
#include "datasets/dataset.h"

enum { BATCH = 8, MAX_ROUNDS = 101 };

typedef struct Work {
  SnModel *model;
  SnDataset dataset;
  SnSamples *lists[2];
  SnLoadOptions load;
  SnTensor *images; /* [BATCH,3,height,width] of the crop */
  int64_t count;
} Work;

static bool decode_all(const Work *work) {
  int64_t pixels = sn_size_pixels(work->load.transform.crop);
  float *image = sn_allocate(3 * pixels, sizeof *image, "an image");
  uint8_t *mask = sn_allocate(pixels, 1, "a mask");
  for (int l = 0; l < 2 && sn_ok(); l++)
    for (int64_t i = 0; i < work->lists[l]->count && sn_ok(); i++)
      sn_load_sample(&work->dataset, &work->lists[l]->items[i], &work->load, image, l == 1 ? mask : NULL, NULL, NULL);
  free(image);
  free(mask);
  return sn_ok();
}

static int forward(void *model, SnTensor *const *inputs, SnTensor **outputs) {
  return sn_feature_levels(model, inputs[0], outputs);
}

/* As many images as there are, in batches like those of the features; their pixels do not matter. Making the plan is
 * part of both. */
static bool run_network(const Work *work) {
  for (int l = 0; l < 2 && sn_ok(); l++) {
    SnScope *scope = sn_scope_open();
    SnPlanned *planned = sn_planned_new(forward, work->model);
    for (int64_t left = work->lists[l]->count; left > 0 && sn_ok(); left -= BATCH) {
      int64_t count = left < BATCH ? left : BATCH;
      SnTensor *outputs[SN_PLAN_MAX_OUTPUTS];
      SnScope *step = sn_scope_open();
      SnTensor *images = sn_view(work->images, 4, (int64_t[]){count, 3, 224, 224}, work->images->array.stride, 0);
      sn_planned_run(planned, 1, &images, outputs);
      sn_scope_close(step);
    }
    sn_scope_close(scope);
  }
  return sn_ok();
}

static bool extract_all(const Work *work) {
  SnScope *scope = sn_scope_open();
  SnExtractionOptions options = {.truth = NULL};
  for (int l = 0; l < 2 && sn_ok(); l++) {
    if (l == 1) options.truth = sn_truth_new(work->lists[l]->count, work->load.transform.crop);
    sn_extract_features(work->model, &work->dataset, work->lists[l], &options);
  }
  sn_scope_close(scope);
  return sn_ok();
}

typedef struct Seconds {
  double wall, processor;
} Seconds;

static double processor_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static Seconds seconds_of(bool (*part)(const Work *work), const Work *work, int threads) {
  sn_device()->set_threads(threads);
  Seconds start = {sn_seconds(), processor_seconds()};
  part(work);
  return (Seconds){sn_seconds() - start.wall, processor_seconds() - start.processor};
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static bool measure(const Work *work, int rounds) {
  double ratios[MAX_ROUNDS];
  extract_all(work); /* files into the system's memory, pages into ours */
  printf("%lld images\n%8s %10s %10s %15s %8s %18s\n", (long long)work->count, "round", "decoding", "network",
         "both, 2 threads", "ratio", "of processor time");
  for (int round = 0; round < rounds && sn_ok(); round++) {
    Seconds decoding = seconds_of(decode_all, work, 1), network = seconds_of(run_network, work, 1);
    Seconds both = seconds_of(extract_all, work, 2);
    ratios[round] = both.wall / ((decoding.wall + network.wall) / 2);
    printf("%8d %8.3f s %8.3f s %13.3f s %8.3f %18.3f\n", round + 1, decoding.wall, network.wall, both.wall,
           ratios[round], both.processor / (decoding.processor + network.processor));
    fflush(stdout);
  }
  qsort(ratios, (size_t)rounds, sizeof *ratios, compare);
  if (sn_ok()) printf("median ratio %.3f (at most 1.15 is wanted)\n", ratios[rounds / 2]);
  return sn_ok();
}

int main(int argc, char **argv) {
  if (argc < 4 || argc > 6) {
    fprintf(stderr, "usage: %s ROOT CATEGORY WEIGHTS [BACKBONE [ROUNDS]]\n", argv[0]);
    return EXIT_FAILURE;
  }
  int64_t rounds = 5;
  if (argc > 5) sn_parse_integer("ROUNDS", argv[5], 1, MAX_ROUNDS, &rounds);
  SnScope *scope = sn_scope_open();
  Work work = {.model = sn_bench_network(argc > 4 ? argv[4] : "resnet18", argv[3], SN_BENCH_SIZE),
               .images = sn_bench_images(BATCH, SN_BENCH_SIZE)};
  if (sn_ok() && sn_dataset_open(argv[1], argv[2], NULL, &work.dataset)) {
    work.lists[0] = &work.dataset.train;
    work.lists[1] = &work.dataset.test;
    work.count = work.dataset.train.count + work.dataset.test.count;
    work.load = sn_load_options(&work.model->settings);
    measure(&work, (int)rounds);
    sn_dataset_free(&work.dataset);
  }
  sn_scope_close(scope);
  if (!sn_ok()) fprintf(stderr, "%s\n", sn_error());
  return sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
