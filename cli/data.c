#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "anomaly/method.h"
#include "anomaly/view.h"
#include "base/error.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "datasets/summary.h"

enum { SIZES_SHOWN = 3, PROBLEMS_SHOWN = 10 };

/* "900x900", "900x900, 700x700 (2)", or "512x384 to 2048x1536, 14 sizes" */
static void print_sizes(const SnCategorySummary *category) {
  if (category->size_count > SIZES_SHOWN) {
    sn_print("%" PRId64 "x%" PRId64 " to %" PRId64 "x%" PRId64 ", %" PRId64 " sizes", category->min_width,
             category->min_height, category->max_width, category->max_height, category->size_count);
    return;
  }
  for (int64_t i = 0; i < category->size_count; i++) {
    const SnSizeCount *size = &category->sizes[i];
    sn_print("%s%" PRId64 "x%" PRId64, i > 0 ? ", " : "", size->width, size->height);
    if (i > 0) sn_print(" (%" PRId64 ")", size->count);
  }
}

static void print_category(const SnCategorySummary *category) {
  sn_print("%-16s ", category->category);
  if (category->error) {
    sn_print("cannot be opened: %s\n", category->error);
    return;
  }
  char missing[32] = "no masks";
  if (category->has_masks) snprintf(missing, sizeof missing, "%" PRId64, category->missing_masks);
  sn_print("%7" PRId64 " %10" PRId64 " %9" PRId64 " %9" PRId64 " %13s %10" PRId64 "  ", category->train,
           category->validation, category->test_good, category->test_defective, missing, category->unreadable);
  print_sizes(category);
  sn_print("\n");
}

static void print_fact(const SnCategorySummary *category, char *text) {
  if (text) sn_print("\n%s: %s\n", category->category, text);
  free(text);
}

static void print_facts(const SnCategorySummary *category, const SnSummaryOptions *options) {
  const SnFacts *facts = &category->facts;
  print_fact(category, sn_facts_orientation_text(facts, &options->image));
  print_fact(category, sn_facts_bits_text(facts, &options->image));
  if (facts->class_masks > 0)
    sn_print("\n%s: %" PRId64 " of %" PRId64
             " masks hold class numbers or colours: all but their background counts as defect\n",
             category->category, facts->class_masks, facts->masks);
}

static void print_problems(const SnCategorySummary *category, const SnSummaryOptions *options, bool all) {
  int64_t count = category->problems.count, shown = all || count <= PROBLEMS_SHOWN ? count : PROBLEMS_SHOWN;
  if (category->train_left_out > 0)
    sn_print("\n%s: %" PRId64 " defective image%s of the training split left out\n", category->category,
             category->train_left_out, category->train_left_out == 1 ? "" : "s");
  for (int reason = 0; reason < SN_LEFT_OUT_REASONS; reason++) {
    char *text = sn_left_out_text(&category->left_out, (SnLeftOutReason)reason);
    if (text) sn_print("\n%s: left out: %s\n", category->category, text);
    free(text);
  }
  print_facts(category, options);
  if (count > 0) sn_print("\n%s: %" PRId64 " problem%s\n", category->category, count, count == 1 ? "" : "s");
  for (int64_t i = 0; i < shown; i++) sn_print("  %s\n", category->problems.items[i].message);
  if (shown < count) sn_print("  and %" PRId64 " more; --all shows them\n", count - shown);
}

/* The two settings of training that say how a data set's files are read. */
static bool read_texts(const char *orientation, const char *mask_threshold, SnSummaryOptions *options) {
  SnSettings settings;
  if (!sn_settings_preset(sn_methods[0], NULL, &settings)) return false;
  if (orientation && !sn_settings_set(&settings, "orientation", orientation)) return false;
  if (mask_threshold && !sn_settings_set(&settings, "mask-threshold", mask_threshold)) return false;
  if (options->layout) options->layout = sn_dataset_layout_name(options->layout);
  options->image = sn_view_image_options(&settings.view);
  options->mask_threshold = settings.view.mask_threshold;
  return sn_ok();
}

int sn_command_data(int argc, char **argv) {
  SnSummaryOptions how = {0};
  const char *orientation = NULL, *mask_threshold = NULL;
  bool all = false;
  SnOption options[] = {
      {.name = "category", .argument = "NAME", .help = "look at one category only (all)", .text = &how.category},
      {.name = "layout",
       .argument = "NAME",
       .help = "the data set's layout (found from the folder's shape)",
       .text = &how.layout},
      {.name = "orientation",
       .argument = "stored|exif",
       .help = "sizes of photographs as they are stored, or turned as their EXIF orientation says (stored)",
       .text = &orientation},
      {.name = "mask-threshold",
       .argument = "X",
       .help = "share of white above which a mask's pixel is defective (0.5)",
       .text = &mask_threshold},
      {.name = "decode",
       .help = "decode every image, which finds truncated and corrupt files (headers are read, and masks)",
       .present = &how.decode},
      {.name = "all", .help = "print every problem (the first 10 of a category)", .present = &all}};
  SnUsage usage = {
      "data", "FOLDER",
      "Tells what a data set's folder holds: layout, categories, images, sizes, what is left out, missing\n"
      "and empty masks, photographs that are turned or nearly black, and files that cannot be read. The\n"
      "exit status is 1 when no layout is recognised.",
      options, (int)(sizeof options / sizeof *options)};
  int positionals;
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals != 1) return sn_usage_error(&usage, "name one folder");
  if (!read_texts(orientation, mask_threshold, &how)) return sn_report_misuse();
  SnSummary summary;
  if (!sn_dataset_summarize(argv[0], &how, &summary)) return sn_report_error();
  sn_print("layout: %s\n\n%-16s %7s %10s %9s %9s %13s %10s  %s\n", summary.layout, "category", "train", "validation",
           "test good", "defective", "missing masks", "unreadable", "sizes");
  for (int64_t i = 0; i < summary.count; i++) print_category(&summary.categories[i]);
  for (int64_t i = 0; i < summary.count; i++) print_problems(&summary.categories[i], &how, all);
  sn_summary_free(&summary);
  return SN_EXIT_OK;
}
