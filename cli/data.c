#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

static void print_problems(const SnCategorySummary *category, bool all) {
  int64_t count = category->problems.count, shown = all || count <= PROBLEMS_SHOWN ? count : PROBLEMS_SHOWN;
  if (category->train_left_out > 0)
    sn_print("\n%s: %" PRId64 " defective image%s of the training split left out\n", category->category,
             category->train_left_out, category->train_left_out == 1 ? "" : "s");
  for (int reason = 0; reason < SN_LEFT_OUT_REASONS; reason++) {
    char *text = sn_left_out_text(&category->left_out, (SnLeftOutReason)reason);
    if (text) sn_print("\n%s: left out: %s\n", category->category, text);
    free(text);
  }
  if (count > 0) sn_print("\n%s: %" PRId64 " problem%s\n", category->category, count, count == 1 ? "" : "s");
  for (int64_t i = 0; i < shown; i++) sn_print("  %s\n", category->problems.items[i].message);
  if (shown < count) sn_print("  and %" PRId64 " more; --all shows them\n", count - shown);
}

int sn_command_data(int argc, char **argv) {
  const char *category = NULL, *layout = NULL;
  bool decode = false, all = false;
  SnOption options[] = {
      {.name = "category", .argument = "NAME", .help = "look at one category only (all)", .text = &category},
      {.name = "layout",
       .argument = "NAME",
       .help = "the data set's layout (found from the folder's shape)",
       .text = &layout},
      {.name = "decode",
       .help = "decode every image, which finds truncated and corrupt files (headers only are read)",
       .present = &decode},
      {.name = "all", .help = "print every problem (the first 10 of a category)", .present = &all}};
  SnUsage usage = {"data", "FOLDER",
                   "Tells what a data set's folder holds: layout, categories, images, sizes, missing masks and files\n"
                   "that cannot be read. The exit status is 1 when no layout is recognised.",
                   options, (int)(sizeof options / sizeof *options)};
  int positionals;
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals != 1) return sn_usage_error(&usage, "name one folder");
  if (layout && !(layout = sn_dataset_layout_name(layout))) return sn_report_misuse();
  SnSummary summary;
  if (!sn_dataset_summarize(argv[0], category, layout, decode, &summary)) return sn_report_error();
  sn_print("layout: %s\n\n%-16s %7s %10s %9s %9s %13s %10s  %s\n", summary.layout, "category", "train", "validation",
           "test good", "defective", "missing masks", "unreadable", "sizes");
  for (int64_t i = 0; i < summary.count; i++) print_category(&summary.categories[i]);
  for (int64_t i = 0; i < summary.count; i++) print_problems(&summary.categories[i], all);
  sn_summary_free(&summary);
  return SN_EXIT_OK;
}
