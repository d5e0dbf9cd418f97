/* Runs the program on damaged inputs of every kind, and judges what it does (judge.h).
 *
 *     build/tests/fuzz/program SIMPLENET [--seed N] [--from N] [--runs N] [--seconds X] [--keep]
 *
 * Run N of a seed depends on both numbers alone; what fails is printed with the command that repeats it. --keep leaves
 * the folder of a run that failed, and stops there. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "tests/fuzz/program/judge.h"
#include "tests/fuzz/program/spoil.h"
#include "tests/fuzz/program/tree.h"

typedef struct Options {
  const char *program;
  uint64_t seed, from, runs;
  double seconds;
  bool keep;
} Options;

static Command command_of(Scene *scene) {
  Chance *chance = &scene->chance;
  Command command = {.arguments = scene->arguments.items, .folder = scene->in};
  sn_names_append(&scene->arguments, ""); /* room for the end */
  free(scene->arguments.items[--scene->arguments.count]);
  scene->arguments.items[scene->arguments.count] = NULL;
  command.arguments = scene->arguments.items;
  if (chance_one_in(chance, 16)) command.out = chance_one_in(chance, 2) ? STREAM_CLOSED : STREAM_FULL;
  if (chance_one_in(chance, 16)) command.err = chance_one_in(chance, 2) ? STREAM_CLOSED : STREAM_FULL;
  if (chance_one_in(chance, 8)) {
    command.signal_number = chance_one_in(chance, 2) ? SIGINT : SIGTERM;
    command.signal_seconds = 0.001 * (double)chance_below(chance, 150);
  }
  return command;
}

static SnBytes table_of(const Scene *scene) {
  SnBytes table = {0};
  char *path = path_of(scene->out, "scores.csv");
  sn_clear_error();
  if (sn_is_file(path)) sn_file_read(path, (size_t)1 << 26, &table);
  sn_clear_error();
  free(path);
  return table;
}

/* Once, and judged. `own`: what was there before the program's first run, where this is another. */
static Outcome run_judged(const Scene *scene, const Command *command, const char *notes, const Snapshot *own,
                          Snapshot *before, Faults *faults) {
  *before = snapshot_of(scene->work);
  Outcome outcome = run_command(command, notes);
  Snapshot after = snapshot_of(scene->work);
  judge_outcome(scene, command, &outcome, faults);
  judge_changes(scene, own, before, &after, &outcome, faults);
  snapshot_free(&after);
  return outcome;
}

static void run_again(Scene *scene, Command command, const char *notes, const Snapshot *first, const Outcome *outcome,
                      Faults *faults) {
  SnBytes table = table_of(scene), table_again;
  if (scene->again == SPOILT_AGAIN && sn_is_directory(scene->out))
    for (size_t i = 1 + chance_below(&scene->chance, 3); i > 0; i--)
      spoil_tree(&scene->chance, scene->out, scene->work);
  const bool interrupted = command.signal_number != 0;
  command.signal_number = 0;
  Snapshot before;
  Outcome again = run_judged(scene, &command, notes, first, &before, faults);
  table_again = table_of(scene);
  if (scene->again == SAME_AGAIN && !interrupted) {
    if (again.status != outcome->status)
      add_fault(faults, "the exit status is %d, and %d when it runs again", outcome->status, again.status);
    if (table.size != table_again.size || (table.size > 0 && memcmp(table.data, table_again.data, table.size) != 0))
      add_fault(faults, "scores.csv is another when it runs again");
  }
  sn_bytes_free(&table);
  sn_bytes_free(&table_again);
  outcome_free(&again);
  snapshot_free(&before);
}

/* As a line for a shell; the control characters of names as they are. */
static void print_command(const Scene *scene) {
  printf("  cd %s && \\\n ", scene->in);
  for (int64_t i = 0; i < scene->arguments.count; i++) {
    printf(" '");
    for (const char *c = scene->arguments.items[i]; *c; c++) {
      if (*c == '\'')
        printf("'\\''");
      else if ((unsigned char)*c < ' ' || (unsigned char)*c >= 127)
        printf("\\x%02x", (unsigned char)*c);
      else
        putchar(*c);
    }
    putchar('\'');
  }
  putchar('\n');
}

static void report(const Options *options, uint64_t run, const Scene *scene, const Faults *faults,
                   const Outcome *outcome) {
  printf("run %llu, %s: status %d, %.2f s, %lld MB\n", (unsigned long long)run, scene->command, outcome->status,
         outcome->processor_seconds, (long long)(outcome->memory >> 20));
  for (int64_t i = 0; i < faults->sentences.count; i++) printf("  FAULT: %s\n", faults->sentences.items[i]);
  printf("  again: build/tests/fuzz/program/main %s --seed %llu --from %llu --runs 1 --keep\n", options->program,
         (unsigned long long)options->seed, (unsigned long long)run);
  print_command(scene);
  fflush(stdout);
}

/* True when all that must hold does. */
static bool run_one(const Options *options, const Materials *materials, const char *fixture, uint64_t run) {
  char *work = path_of(fixture, "work"), *notes = path_of(fixture, "notes");
  Chance chance = {options->seed};
  chance.state = chance_bits(&chance) + run;
  Scene scene = scene_make(materials, work, chance_bits(&chance));
  Command command = command_of(&scene);
  Faults faults = {0};
  Snapshot before;
  make_folders(notes);
  Outcome outcome = run_judged(&scene, &command, notes, NULL, &before, &faults);
  if (scene.again != ONCE && !outcome.hung) run_again(&scene, command, notes, &before, &outcome, &faults);
  const bool sound = faults.sentences.count == 0;
  if (!sound) report(options, run, &scene, &faults, &outcome);
  if (sound || !options->keep) remove_tree(work);
  snapshot_free(&before);
  outcome_free(&outcome);
  sn_names_free(&faults.sentences);
  scene_free(&scene);
  free(work);
  free(notes);
  return sound;
}

static bool read_options(int count, char **arguments, Options *options) {
  if (count < 2) return false;
  options->program = arguments[1];
  for (int i = 2; i < count; i++) {
    const char *name = arguments[i], *value = i + 1 < count ? arguments[i + 1] : "";
    if (strcmp(name, "--keep") == 0)
      options->keep = true;
    else if (strcmp(name, "--seed") == 0)
      options->seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--from") == 0)
      options->from = strtoull(value, NULL, 10);
    else if (strcmp(name, "--runs") == 0)
      options->runs = strtoull(value, NULL, 10);
    else if (strcmp(name, "--seconds") == 0)
      options->seconds = strtod(value, NULL);
    else
      return false;
    i += strcmp(name, "--keep") != 0;
  }
  return true;
}

int main(int count, char **arguments) {
  Options options = {.runs = UINT64_MAX, .seconds = 60};
  if (!read_options(count, arguments, &options)) {
    fprintf(stderr, "usage: main SIMPLENET [--seed N] [--from N] [--runs N] [--seconds X] [--keep]\n");
    return 2;
  }
  /* A program with sanitizers ends with a status of its own when they find something. */
  setenv("ASAN_OPTIONS", "exitcode=99:allocator_may_return_null=1", 0);
  setenv("UBSAN_OPTIONS", "exitcode=99:print_stacktrace=1", 0);
  char fixture[64];
  /* Files in memory are flushed at once. */
  snprintf(fixture, sizeof fixture, "%s/fuzz-program-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  char *program = realpath(options.program, NULL);
  if (!mkdtemp(fixture) || !program) give_up("used", program ? fixture : options.program);
  Materials materials = materials_make(program, fixture);
  const double begin = sn_seconds();
  uint64_t run = options.from, failed = 0, done = 0;
  for (; done < options.runs && sn_seconds() - begin < options.seconds && !(failed > 0 && options.keep); run++, done++)
    failed += !run_one(&options, &materials, fixture, run);
  printf("%llu runs of the program, %llu with faults, %.1f s\n", (unsigned long long)done, (unsigned long long)failed,
         sn_seconds() - begin);
  if (failed == 0 || !options.keep)
    remove_tree(fixture);
  else
    printf("left: %s\n", fixture);
  materials_free(&materials);
  free(program);
  return failed == 0 && done > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
