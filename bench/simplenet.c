/* Times what a user waits for, on this machine and by this program alone:
 *
 *     build/bench/simplenet [RESULTS.json] [SECONDS]
 *
 * Inference of two networks, extraction of features, training steps and evaluation, on 1 and 2 threads; medians of at
 * least 20 runs and SECONDS (2) a case; fewer runs, as the table says, of cases that would take too long. The weights
 * are random: they cost the same. Beside each case stands the limit: its multiply-adds at the speed that a loop of
 * nothing else reaches. Winograd's algorithms save some, so a case can be better than its limit. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "anomaly/local_features.h"
#include "base/file.h"
#include "base/number.h"
#include "bench/support/evaluation.h"
#include "bench/support/network.h"
#include "bench/support/peak.h"
#include "bench/support/timing.h"
#include "bench/support/training.h"
#include "models/simplenet/simplenet.h"
#include "plan/planned.h"

static const char *const networks[] = {"resnet18", "wide_resnet50_2"};
static const int64_t batches[] = {1, 8};

typedef struct Bench {
  double seconds; /* to spend on a case */
  int threads;
  double peak; /* FLOP/s on so many threads */
  cJSON *rows;
} Bench;

/* A row of the table. macs 0: no share of the limit is known. */
static bool report(const Bench *bench, const char *what, const char *network, int64_t batch, double macs,
                   const SnTiming *timing) {
  /* Other programs' share of the processor does not count where that can be told apart. */
  double seconds = bench->threads == 1 ? timing->processor : timing->median;
  double ms = timing->median * 1e3, processor_ms = timing->processor * 1e3, gflops = 2 * macs / seconds / 1e9;
  double limit = bench->peak > 0 ? 2 * macs / bench->peak * 1e3 : 0;
  printf("%-22s %-16s %5d %7d %5d %9.2f %9.2f %9.2f", what, network, (int)batch, bench->threads, timing->runs, ms,
         timing->best * 1e3, processor_ms);
  if (macs > 0) printf(" %7.2f %8.1f", macs / 1e9, gflops);
  if (limit > 0) printf(" %9.2f %5.0f%%", limit, 100 * limit / (seconds * 1e3));
  printf("\n");
  fflush(stdout);
  cJSON *row = cJSON_CreateObject();
  cJSON_AddStringToObject(row, "what", what);
  cJSON_AddStringToObject(row, "network", network);
  cJSON_AddNumberToObject(row, "batch", (double)batch);
  cJSON_AddNumberToObject(row, "threads", bench->threads);
  cJSON_AddNumberToObject(row, "runs", timing->runs);
  cJSON_AddNumberToObject(row, "median_ms", ms);
  cJSON_AddNumberToObject(row, "best_ms", timing->best * 1e3);
  cJSON_AddNumberToObject(row, "processor_ms", processor_ms);
  if (macs > 0) cJSON_AddNumberToObject(row, "gmac", macs / 1e9);
  if (macs > 0) cJSON_AddNumberToObject(row, "gflops", gflops);
  if (limit > 0) cJSON_AddNumberToObject(row, "limit_ms", limit);
  cJSON_AddItemToArray(bench->rows, row);
  return true;
}

/* ---- inference ---- */

typedef struct Forward {
  SnPlanned *planned;
  SnTensor *images;
} Forward;

static bool run_forward(void *context) {
  Forward *forward = context;
  SnTensor *outputs[SN_PLAN_MAX_OUTPUTS];
  SnScope *scope = sn_scope_open();
  sn_planned_run(forward->planned, 1, &forward->images, outputs);
  sn_scope_close(scope);
  return sn_ok();
}

/* Images -> patch scores, and images -> levels of features. */
static int patches(void *memory, SnTensor *const *inputs, SnTensor **outputs) {
  SnModel *model = memory;
  sn_module_train(&model->head, false);
  outputs[0] = sn_simplenet_patch_scores(model->own, sn_local_features(model, inputs[0]));
  return outputs[0] ? 1 : 0;
}

static int levels(void *model, SnTensor *const *inputs, SnTensor **outputs) {
  return sn_feature_levels(model, inputs[0], outputs);
}

static bool time_forward(const Bench *bench, const char *what, SnModel *model, SnForward planned, int64_t batch) {
  SnScope *scope = sn_scope_open();
  Forward forward = {sn_planned_new(planned, model), sn_bench_images(batch, SN_BENCH_SIZE)};
  SnTiming timing;
  if (sn_ok() && sn_time(run_forward, &forward, bench->seconds, &timing)) {
    SnPlanSummary summary = sn_plan_summary(sn_planned_plan(forward.planned));
    report(bench, what, model->settings.features.backbone, batch, (double)summary.planned.macs, &timing);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* The same operation by operation, as training with a trained backbone would run it. */
typedef struct Eager {
  SnModel *model;
  SnTensor *images;
} Eager;

static bool run_eager(void *context) {
  Eager *eager = context;
  SnTensor *scores;
  SnScope *scope = sn_scope_open();
  patches(eager->model, &eager->images, &scores);
  sn_scope_close(scope);
  return sn_ok();
}

/* macs: of the plan before its passes. */
static bool time_eager(const Bench *bench, SnModel *model) {
  SnScope *scope = sn_scope_open();
  Eager eager = {model, sn_bench_images(1, SN_BENCH_SIZE)};
  Forward forward = {sn_planned_new(patches, model), eager.images};
  SnTiming timing;
  if (run_forward(&forward) && sn_time(run_eager, &eager, bench->seconds, &timing)) {
    SnPlanSummary summary = sn_plan_summary(sn_planned_plan(forward.planned));
    report(bench, "inference, eager", model->settings.features.backbone, 1, (double)summary.written.macs, &timing);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool time_network(const Bench *bench, const char *name) {
  SnScope *scope = sn_scope_open();
  SnModel *model = sn_bench_network(name, NULL, SN_BENCH_SIZE);
  if (model) time_eager(bench, model);
  for (size_t b = 0; model && b < sizeof batches / sizeof *batches; b++)
    time_forward(bench, "inference", model, patches, batches[b]);
  if (sn_ok()) time_forward(bench, "features", model, levels, 8);
  sn_scope_close(scope);
  return sn_ok();
}

/* ---- training and evaluation ---- */

static bool time_training(const Bench *bench, const char *name) {
  SnScope *scope = sn_scope_open();
  SnBenchTraining work;
  SnTiming timing;
  if (sn_bench_training_new(&work, name)) {
    if (sn_time(sn_bench_training_step, &work, bench->seconds, &timing))
      report(bench, "training step", name, 4, work.macs[0], &timing);
    if (sn_ok() && sn_time(sn_bench_training_tape_step, &work, bench->seconds, &timing))
      report(bench, "training step, tape", name, 4, work.macs[1], &timing);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool time_evaluation(const Bench *bench) {
  SnScope *scope = sn_scope_open();
  SnBenchEvaluation work;
  SnTiming timing;
  if (sn_bench_evaluation_new(&work)) {
    if (sn_time(sn_bench_maps, &work, bench->seconds, &timing))
      report(bench, "score maps", "", SN_BENCH_TEST_IMAGES, 0, &timing);
    if (sn_ok() && sn_time(sn_bench_metrics, &work, bench->seconds, &timing))
      report(bench, "metrics", "", SN_BENCH_TEST_IMAGES, 0, &timing);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool time_all(const Bench *bench) {
  for (size_t n = 0; n < sizeof networks / sizeof *networks && sn_ok(); n++) time_network(bench, networks[n]);
  for (size_t n = 0; n < sizeof networks / sizeof *networks && sn_ok(); n++) time_training(bench, networks[n]);
  return sn_ok() && time_evaluation(bench);
}

static bool write_json(const char *path, const cJSON *results) {
  SnFileWriter writer;
  char *text = cJSON_Print(results);
  if (!text) return sn_fail("out of memory for %s", path);
  if (sn_file_create(path, &writer)) fprintf(writer.stream, "%s\n", text);
  free(text);
  return sn_file_commit(&writer);
}

int main(int argc, char **argv) {
  if (argc > 3 || (argc > 1 && argv[1][0] == '-')) {
    fprintf(stderr, "usage: %s [RESULTS.json [SECONDS]]\n", argv[0]);
    return 2;
  }
  Bench bench = {.seconds = 2};
  cJSON *results = cJSON_CreateObject();
  if (argc > 2) sn_parse_real("SECONDS", argv[2], 0.01, 600, &bench.seconds);
  printf("%s; limits by %s multiply-adds\n\n%-22s %-16s %5s %7s %5s %9s %9s %9s %7s %8s %9s %6s\n",
         sn_device()->description, sn_peak_instructions(), "what", "network", "batch", "threads", "runs", "median ms",
         "best ms", "cpu ms", "GMAC", "GFLOP/s", "limit ms", "share");
  cJSON_AddStringToObject(results, "device", sn_device()->description);
  cJSON_AddStringToObject(results, "peak_instructions", sn_peak_instructions());
  cJSON *peaks = cJSON_AddArrayToObject(results, "peak_gflops");
  bench.rows = cJSON_AddArrayToObject(results, "rows");
  for (bench.threads = 1; bench.threads <= 2 && sn_ok(); bench.threads++) {
    sn_device()->set_threads(bench.threads);
    bench.peak = sn_peak_flops(bench.threads);
    cJSON_AddItemToArray(peaks, cJSON_CreateNumber(bench.peak / 1e9));
    time_all(&bench);
    if (sn_ok() && argc > 1) write_json(argv[1], results); /* what there is by now */
    printf("limit of %d thread%s: %.1f GFLOP/s\n\n", bench.threads, bench.threads == 1 ? "" : "s", bench.peak / 1e9);
  }
  cJSON_Delete(results);
  if (!sn_ok()) fprintf(stderr, "%s\n", sn_error());
  return sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
