
#include "datasets/generated/generate.h"
#include "base/error.h"
#include "base/number.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/terminal.h"

typedef struct Generate {
  const char *seed, *size, *train, *good, *defects, *categories, *threads;
} Generate;

/* An error that stands after this call ends the drawing, and so does Ctrl-C. */
static void show(void *context, int64_t done, int64_t total) {
  sn_progress_show(context, done, total);
  if (sn_interrupted()) sn_fail("interrupted");
}

static bool read_count(const char *name, const char *text, int64_t minimum, int64_t maximum, int64_t *value) {
  return !text || sn_parse_integer(name, text, minimum, maximum, value);
}

static bool read_options(const Generate *texts, SnGenerateOptions *options) {
  int64_t seed = 0, threads = 0;
  bool read = read_count("--seed", texts->seed, 0, INT64_MAX, &seed) &&
              read_count("--size", texts->size, SN_GENERATED_MIN_SIZE, SN_GENERATED_MAX_SIZE, &options->size) &&
              read_count("--train", texts->train, 1, 100000, &options->train) &&
              read_count("--test-good", texts->good, 1, 100000, &options->test_good) &&
              read_count("--per-defect", texts->defects, 1, 100000, &options->per_defect) &&
              read_count("--threads", texts->threads, 1, 64, &threads);
  if (read && texts->categories) {
    options->categories = sn_generated_find_categories(texts->categories);
    read = options->categories != 0;
  }
  options->seed = (uint64_t)seed;
  options->threads = (int)threads;
  return read;
}

static int generate(const char *folder, const SnGenerateOptions *options) {
  sn_catch_interrupts();
  SnProgressBar bar = sn_progress_begin("drawing");
  bool done = sn_generate_dataset(folder, options, show, &bar);
  sn_progress_clear(&bar);
  if (!done && sn_interrupted()) {
    sn_message("simplenet: interrupted; the same command goes on\n");
    return SN_EXIT_INTERRUPTED;
  }
  if (!done) return sn_report_error();
  for (int i = 0; i < sn_generated_category_count(); i++) {
    if (!sn_generated_is_drawn(options, i)) continue;
    const SnGeneratedCategory *category = sn_generated_category(i);
    sn_print("%-10s %3lld training images, %3lld good and %3lld defective test images:", category->name,
             (long long)options->train, (long long)options->test_good,
             (long long)(options->per_defect * category->defect_count));
    for (int d = 0; d < category->defect_count; d++) sn_print("%s %s", d > 0 ? "," : "", category->defects[d]);
    sn_print("\n");
  }
  sn_print("written: %s\n", folder);
  return SN_EXIT_OK;
}

int sn_command_generate(int argc, char **argv) {
  Generate texts = {0};
  SnOption list[] = {
      {.name = "seed", .argument = "N", .help = "another seed draws other images (0)", .text = &texts.seed},
      {.name = "size", .argument = "N", .help = "pixels along a side, 64 to 2048 (256)", .text = &texts.size},
      {.name = "train", .argument = "N", .help = "good training images a category (40)", .text = &texts.train},
      {.name = "test-good", .argument = "N", .help = "good test images a category (12)", .text = &texts.good},
      {.name = "per-defect", .argument = "N", .help = "test images a kind of defect (6)", .text = &texts.defects},
      {.name = "categories",
       .argument = "NAMES",
       .help =
           "of circuit, fabric, gear, tiles, wood, label, tablet, with commas between (the first five). The last two "
           "are held out: no setting of this program was chosen by them",
       .text = &texts.categories},
      {.name = "threads",
       .argument = "N",
       .help = "threads to draw with; the images do not depend on it (all cores)",
       .text = &texts.threads}};
  SnUsage usage = {"generate", "FOLDER",
                   "Draws a data set in MVTec AD's layout into FOLDER: textures and objects, good and defective, with\n"
                   "exact masks. An interrupted drawing goes on with the same command.",
                   list, sizeof list / sizeof *list};
  int positionals;
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals != 1) return sn_usage_error(&usage, "expected one FOLDER, found %d", positionals);
  SnGenerateOptions options = sn_generate_options();
  if (!read_options(&texts, &options)) return sn_report_misuse();
  return generate(argv[0], &options);
}
