/* The planned forward of any backbone, alone, on random images and weights:
 *
 *     build/bench/backbone NETWORK LEVELS BATCH THREADS SIZE
 *
 * LEVELS as of --levels, or "-" for the usual ones. Does what it is told, one command a line on stdin, one line of
 * answer each, so that its runs can come between those of others (peers/backbones.py):
 *
 *     levels       the names of its levels
 *     run N        the seconds and the processor's seconds of each of N forwards
 *     profile N    the median of N times of each step on its own, as lines on stderr */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/number.h"
#include "bench/support/network.h"
#include "models/backbones/backbone.h"
#include "plan/planned.h"

enum { MAX_RUNS = 1000 };

typedef struct Bench {
  SnBackbone *backbone;
  SnPlanned *planned;
  SnTensor *images;
} Bench;

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  SnBackbone *backbone = context;
  return sn_backbone_forward(backbone, inputs[0], outputs) ? (int)backbone->levels.count : 0;
}

static bool make(Bench *bench, char **words) {
  int64_t batch, threads, size;
  SnLevels levels;
  SnGenerator generator = {SN_FLOAT32, 5, 0};
  if (!sn_parse_integer("BATCH", words[2], 1, 128, &batch) || !sn_parse_integer("THREADS", words[3], 1, 64, &threads) ||
      !sn_parse_integer("SIZE", words[4], 32, 1024, &size))
    return false;
  if (strcmp(words[1], "-") == 0)
    levels = sn_backbone_usual_levels(words[0]);
  else if (!sn_parse_levels(words[0], words[1], &levels))
    return false;
  if (sn_device()->set_threads) sn_device()->set_threads((int)threads);
  bench->backbone = sn_ok() ? sn_backbone_new(words[0], &levels, &generator) : NULL;
  bench->planned = bench->backbone ? sn_planned_new(forward, bench->backbone) : NULL;
  bench->images = sn_bench_images(batch, size);
  return bench->planned && bench->images && sn_planned_prepare(bench->planned, 1, &bench->images);
}

static double processor_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool run(Bench *bench, int64_t runs) {
  double seconds[MAX_RUNS], processor[MAX_RUNS];
  for (int64_t i = 0; i < runs; i++) {
    SnTensor *outputs[SN_PLAN_MAX_OUTPUTS];
    SnScope *scope = sn_scope_open();
    double start = sn_seconds(), processor_start = processor_seconds();
    sn_planned_run(bench->planned, 1, &bench->images, outputs);
    seconds[i] = sn_seconds() - start;
    processor[i] = processor_seconds() - processor_start;
    sn_scope_close(scope);
  }
  if (!sn_ok()) return false;
  printf("ok");
  for (int64_t i = 0; i < runs; i++) printf(" %.9f %.9f", seconds[i], processor[i]);
  return printf("\n") > 0;
}

static bool profile(Bench *bench, int64_t rounds) {
  SnTensor *outputs[SN_PLAN_MAX_OUTPUTS];
  SnScope *scope = sn_scope_open();
  SnPlan *plan = sn_planned_plan(bench->planned);
  double *seconds = sn_scope_allocate(sn_plan_summary(plan).planned.steps, sizeof *seconds, NULL);
  for (int i = 0; i < (int)bench->backbone->levels.count; i++) outputs[i] = sn_plan_new_output(plan, i);
  if (sn_ok() && sn_plan_profile(plan, &bench->images, outputs, (int)rounds, seconds)) {
    sn_plan_print(plan, stderr, seconds);
    printf("ok\n");
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool print_levels(const Bench *bench) {
  printf("ok");
  for (int64_t i = 0; i < bench->backbone->levels.count; i++)
    printf(" %s", sn_backbone_level_name(bench->backbone->name, bench->backbone->levels.numbers[i]));
  return printf("\n") > 0;
}

static bool obey(Bench *bench, char *line) {
  const char *command = strtok(line, " \n"), *number = strtok(NULL, " \n");
  int64_t runs = 0;
  if (command && strcmp(command, "levels") == 0) return print_levels(bench);
  if (!number || !sn_parse_integer("N", number, 1, MAX_RUNS, &runs))
    return sn_fail("a command is levels, run N or profile N");
  return strcmp(command, "run") == 0 ? run(bench, runs) : profile(bench, runs);
}

int main(int argc, char **argv) {
  Bench bench = {NULL, NULL, NULL};
  char line[80];
  if (argc != 6) {
    fprintf(stderr, "usage: backbone NETWORK LEVELS BATCH THREADS SIZE\n");
    return 2;
  }
  SnScope *scope = sn_scope_open();
  bool made = make(&bench, argv + 1);
  if (!made) fprintf(stderr, "%s\n", sn_error());
  while (made && fgets(line, sizeof line, stdin)) {
    if (!obey(&bench, line)) printf("error %s\n", sn_error());
    sn_clear_error();
    fflush(stdout);
  }
  sn_scope_close(scope);
  return made ? EXIT_SUCCESS : EXIT_FAILURE;
}
