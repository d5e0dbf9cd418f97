/* Our side of `make bench-peers` and `make bench-cuda`: does what it is told, one command a line on stdin, one line of
 * answer each, so that its runs can come between those of others. An answer is "ok" with numbers behind it, or "error"
 * and a sentence.
 *
 *     threads N                  how many to use from now on
 *     device NAME PRECISION      where to compute from now on, and how ("fp32", "tf32", "bf16", "int8")
 *     images N SIZE              how many images the next network has, and their sides (8 of 224)
 *     network NAME WEIGHTS       makes the network; WEIGHTS is a file, or "-" for random ones
 *     export FILE                writes its weights and images as safetensors, for others to load
 *     prepare BATCH              plans the forward of so many of these images; answers its multiply-adds
 *     scores FILE                writes the raw map as "scores"
 *     run N                      N forwards; answers the seconds and the processor's seconds of each
 *     clocked N                  N forwards; answers the seconds of each by the device's own clock
 *     profile N                  the median of N times of each step on its own, as lines on stderr
 *     dataset ROOT CATEGORY      the images to train on
 *     features                   computes their features; answers the seconds and the processor's
 *     epoch                      trains once on all of them; answers the seconds and the processor's
 *     model FOLDER               writes model.safetensors and a photograph, for `simplenet predict`, whose backbone is
 *                                the WEIGHTS of `network` */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "anomaly/local_features.h"
#include "anomaly/planned_model.h"
#include "anomaly/quantizing.h"
#include "base/clock.h"
#include "base/number.h"
#include "bench/support/network.h"
#include "datasets/generated/generate.h"
#include "datasets/png_write.h"
#include "models/simplenet/fit.h"
#include "tensor/safetensors.h"

enum { IMAGES = 8, MAX_IMAGES = 128, MAX_RUNS = 1000, LONGEST_LINE = 8192 };

typedef struct Server {
  SnScope *network_scope, *plan_scope, *dataset_scope, *training_scope;
  SnModel *model;
  SnPlanned *planned;
  int64_t image_count, size;
  SnTensor *images, *batch;
  SnDataset dataset;
  bool has_dataset;
  SnFeatures *features;
  void *fit;
} Server;

/* ---- scopes that are made anew ---- */

static bool renew(SnScope **scope) {
  sn_scope_free(*scope);
  *scope = sn_scope_new();
  return sn_scope_enter(*scope);
}

static void forget_training(Server *server) {
  sn_scope_free(server->training_scope);
  server->training_scope = NULL;
  server->features = NULL;
  server->fit = NULL;
}

static void forget_plan(Server *server) {
  sn_scope_free(server->plan_scope);
  server->plan_scope = NULL;
  server->planned = NULL;
}

static bool needs(const void *thing, const char *command) {
  return thing ? true : sn_fail("'%s' has to come first", command);
}

/* ---- commands ---- */

static bool set_threads(Server *server, char **words) {
  int64_t threads;
  (void)server;
  if (!sn_parse_integer("threads", words[1], 1, 64, &threads)) return false;
  if (sn_device()->set_threads) sn_device()->set_threads((int)threads);
  printf("ok %d\n", sn_device()->threads());
  return true;
}

static bool use_device(Server *server, char **words) {
  (void)server;
  return sn_set_device(words[1]) && sn_set_precision(words[2]) && printf("ok\n") > 0;
}

static bool choose_images(Server *server, char **words) {
  if (!sn_parse_integer("images", words[1], 1, MAX_IMAGES, &server->image_count) ||
      !sn_parse_integer("size", words[2], 32, 1024, &server->size))
    return false;
  return printf("ok\n") > 0;
}

static bool make_network(Server *server, char **words) {
  forget_training(server);
  forget_plan(server);
  server->model = NULL;
  if (!renew(&server->network_scope)) return false;
  server->model = sn_bench_network(words[1], strcmp(words[2], "-") == 0 ? NULL : words[2], server->size);
  server->images = sn_bench_images(server->image_count, server->size);
  sn_scope_leave(server->network_scope);
  if (sn_ok()) printf("ok\n");
  return sn_ok();
}

static bool write_network(Server *server, char **words) {
  if (!needs(server->model, "network")) return false;
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_state_dict_new();
  if (dict) {
    sn_module_state(&server->model->backbone->module, "backbone.", dict);
    sn_module_state(&server->model->head, "", dict);
    sn_state_dict_add(dict, "images", server->images);
    if (sn_safetensors_write(words[1], dict)) printf("ok\n");
  }
  sn_scope_close(scope);
  return sn_ok();
}

static int patches(void *memory, SnTensor *const *inputs, SnTensor **outputs) {
  SnModel *model = memory;
  sn_module_train(&model->head, false);
  outputs[0] = sn_simplenet_patch_scores(model->own, sn_local_features(model, inputs[0]));
  return outputs[0] ? 1 : 0;
}

static SnTensor *run_forward(const Server *server) {
  SnTensor *outputs[SN_PLAN_MAX_OUTPUTS];
  return sn_planned_run(server->planned, 1, (SnTensor *[]){server->batch}, outputs) == 1 ? outputs[0] : NULL;
}

/* By the images that are measured, as peers in 8 bits are. */
static bool quantize(Server *server) {
  SnQuantizing *quantizing = sn_quantizing_new(server->model, sn_float_data(server->images), server->image_count);
  while (quantizing && sn_quantizing_next(quantizing)) continue;
  return sn_ok();
}

static bool prepare(Server *server, char **words) {
  int64_t batch;
  if (!needs(server->model, "network") || !sn_parse_integer("batch", words[1], 1, server->image_count, &batch))
    return false;
  if (sn_precision() == SN_PRECISION_INT8 && server->model->ranges.count == 0) {
    sn_scope_enter(server->network_scope);
    quantize(server);
    sn_scope_leave(server->network_scope);
  }
  forget_plan(server);
  if (!renew(&server->plan_scope)) return false;
  const SnArray *images = &server->images->array;
  server->planned = sn_model_planned_new(server->model, patches, server->model);
  server->batch =
      sn_view(server->images, 4, (int64_t[]){batch, 3, images->shape[2], images->shape[3]}, images->stride, 0);
  run_forward(server);
  sn_scope_leave(server->plan_scope);
  if (sn_ok()) printf("ok %lld\n", (long long)sn_plan_summary(sn_planned_plan(server->planned)).planned.macs);
  return sn_ok();
}

static bool write_scores(Server *server, char **words) {
  if (!needs(server->planned, "prepare")) return false;
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_state_dict_new();
  SnTensor *scores = run_forward(server); /* a later run, as those that are timed */
  if (scores && dict && sn_state_dict_add(dict, "scores", scores) && sn_safetensors_write(words[1], dict))
    printf("ok\n");
  sn_scope_close(scope);
  return sn_ok();
}

static double processor_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool run(Server *server, char **words) {
  int64_t runs;
  if (!needs(server->planned, "prepare") || !sn_parse_integer("runs", words[1], 1, MAX_RUNS, &runs)) return false;
  double seconds[MAX_RUNS], processor[MAX_RUNS];
  for (int64_t i = 0; i < runs; i++) {
    SnScope *scope = sn_scope_open();
    double start = sn_seconds(), processor_start = processor_seconds();
    run_forward(server);
    seconds[i] = sn_seconds() - start;
    processor[i] = processor_seconds() - processor_start;
    sn_scope_close(scope);
  }
  if (!sn_ok()) return false;
  printf("ok");
  for (int64_t i = 0; i < runs; i++) printf(" %.9f %.9f", seconds[i], processor[i]);
  printf("\n");
  return true;
}

static bool run_clocked(Server *server, char **words) {
  int64_t runs;
  const SnBackend *device = sn_device();
  if (!needs(server->planned, "prepare") || !sn_parse_integer("runs", words[1], 1, MAX_RUNS, &runs)) return false;
  if (!device->stopwatch) return sn_fail("the device %s has no clock of its own", device->name);
  double seconds[MAX_RUNS], before;
  for (int64_t i = 0; i < runs && sn_ok(); i++) {
    SnScope *scope = sn_scope_open();
    device->stopwatch(&before);
    if (run_forward(server)) device->stopwatch(&seconds[i]);
    sn_scope_close(scope);
  }
  if (!sn_ok()) return false;
  printf("ok");
  for (int64_t i = 0; i < runs; i++) printf(" %.9f", seconds[i]);
  printf("\n");
  return true;
}

static bool profile(Server *server, char **words) {
  int64_t rounds;
  if (!needs(server->planned, "prepare") || !sn_parse_integer("rounds", words[1], 1, MAX_RUNS, &rounds)) return false;
  SnScope *scope = sn_scope_open();
  SnPlan *plan = sn_planned_plan(server->planned);
  double *seconds = sn_scope_allocate(sn_plan_summary(plan).planned.steps, sizeof *seconds, NULL);
  SnTensor *scores = sn_plan_new_output(plan, 0);
  if (seconds && scores && sn_plan_profile(plan, &server->batch, &scores, (int)rounds, seconds)) {
    sn_plan_print(plan, stderr, seconds);
    printf("ok\n");
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool open_dataset(Server *server, char **words) {
  forget_training(server);
  if (server->has_dataset) sn_dataset_free(&server->dataset);
  server->has_dataset = sn_dataset_open(words[1], words[2], NULL, &server->dataset);
  if (server->has_dataset) printf("ok %lld\n", (long long)server->dataset.train.count);
  return sn_ok();
}

static bool compute_features(Server *server, char **words) {
  (void)words;
  if (!needs(server->model, "network") || !needs(server->has_dataset ? server : NULL, "dataset")) return false;
  forget_training(server);
  if (!renew(&server->training_scope)) return false;
  double start = sn_seconds(), processor_start = processor_seconds();
  server->features = sn_extract_features(server->model, &server->dataset, &server->dataset.train,
                                         &(SnExtractionOptions){.memory = NULL});
  double seconds = sn_seconds() - start, processor = processor_seconds() - processor_start;
  if (server->features) server->fit = sn_simplenet_fit_new(server->model, server->features);
  sn_scope_leave(server->training_scope);
  if (sn_ok()) printf("ok %.9f %.9f\n", seconds, processor);
  return sn_ok();
}

static bool train_epoch(Server *server, char **words) {
  (void)words;
  SnFitStep step = {.ends_epoch = false};
  if (!needs(server->fit, "features")) return false;
  double start = sn_seconds(), processor_start = processor_seconds();
  while (!step.ends_epoch && sn_simplenet_fit_next(server->fit, &step)) continue;
  if (step.ends_epoch) printf("ok %.9f %.9f\n", sn_seconds() - start, processor_seconds() - processor_start);
  return step.ends_epoch || (sn_ok() ? sn_fail("all epochs are done") : false);
}

static bool write_photograph(const char *path) {
  enum { SIZE = 900 };
  uint8_t *rgb = sn_scope_allocate((int64_t)SIZE * SIZE * 3, 1, NULL);
  return rgb && sn_generated_draw(0, 0, 0, SN_GENERATED_GOOD, SIZE, rgb, NULL) &&
         sn_png_write(path, rgb, SIZE, SIZE, 3);
}

static bool write_model(Server *server, char **words) {
  if (!needs(server->model, "network")) return false;
  SnScope *scope = sn_scope_open();
  char path[LONGEST_LINE + 32];
  snprintf(path, sizeof path, "%s/model.safetensors", words[1]);
  sn_model_save(server->model, path);
  snprintf(path, sizeof path, "%s/photograph.png", words[1]);
  if (sn_ok() && write_photograph(path)) printf("ok\n");
  sn_scope_close(scope);
  return sn_ok();
}

static const struct {
  const char *name;
  int words; /* behind the name */
  bool (*obey)(Server *server, char **words);
} commands[] = {{"device", 2, use_device},    {"images", 2, choose_images},
                {"clocked", 1, run_clocked},  {"profile", 1, profile},
                {"threads", 1, set_threads},  {"network", 2, make_network},
                {"export", 1, write_network}, {"prepare", 1, prepare},
                {"scores", 1, write_scores},  {"run", 1, run},
                {"dataset", 2, open_dataset}, {"features", 0, compute_features},
                {"epoch", 0, train_epoch},    {"model", 1, write_model}};

static bool obey(Server *server, char *line) {
  char *words[4] = {NULL};
  int count = 0;
  for (char *word = strtok(line, " \n"); word && count < 4; word = strtok(NULL, " \n")) words[count++] = word;
  for (size_t i = 0; count > 0 && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(words[0], commands[i].name) == 0 && count == commands[i].words + 1)
      return commands[i].obey(server, words);
  return sn_fail("there is no command '%.40s' of %d words", count > 0 ? words[0] : "", count);
}

int main(void) {
  Server server = {.image_count = IMAGES, .size = SN_BENCH_SIZE};
  char line[LONGEST_LINE];
  while (fgets(line, sizeof line, stdin)) {
    if (!obey(&server, line)) printf("error %s\n", sn_error());
    sn_clear_error();
    fflush(stdout);
  }
  forget_training(&server);
  forget_plan(&server);
  sn_scope_free(server.network_scope);
  if (server.has_dataset) sn_dataset_free(&server.dataset);
  return EXIT_SUCCESS;
}
