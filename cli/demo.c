#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/run.h"
#include "base/memory.h"
#include "base/number.h"
#include "cli/device_options.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "datasets/generated/generate.h"
#include "datasets/outputs.h"
#include "models/backbones/embedded.h"
#include "report/draw/overview.h"
#include "report/draw/panel.h"
#include "report/draw/png.h"
#include "report/output_kinds.h"
#include "report/page/category_page.h"
#include "report/page/demo_page.h"
#include "report/page/gallery.h"
#include "report/results.h"

enum { MAX_CATEGORIES = 16, PHOTOGRAPH_SIDE = 320, SHEET_SIDE = 112, OVERVIEW_SIDE = 80, OVERVIEW_COLUMNS = 2 };

typedef struct Demo {
  const char *out, *weights;
  SnGenerateOptions drawing;
  SnSettings settings, baseline; /* of the plainest method in the same view */
  /* results */
  SnDemoRow rows[MAX_CATEGORIES + 1];
  int64_t categories;
  SnMarkup sections;
  SnOverview *overview;
  double start;
  /* progress: percent of all the work, in units of about a millisecond on two cores */
  SnProgressBar bar;
  char label[64];
  double before, stage, total;
} Demo;

/* ---- progress ---- */

static const double drawing_cost = 18, image_cost = 12, step_cost = 60, picture_cost = 60; /* an image or a step */

static double steps_of(const Demo *demo) {
  const SnMethod *method = demo->settings.method;
  return method->epoch_steps
             ? (double)(sn_settings_epochs(&demo->settings) * method->epoch_steps(&demo->settings, demo->drawing.train))
             : 1;
}

static double images_of(const Demo *demo, int category) {
  return (double)(demo->drawing.train + demo->drawing.test_good +
                  demo->drawing.per_defect * sn_generated_category(category)->defect_count);
}

static double images_of_dataset(const SnDataset *dataset) {
  return (double)(dataset->train.count + dataset->test.count);
}

static void begin_stage(Demo *demo, const char *category, const char *what, double cost) {
  demo->before += demo->stage;
  demo->stage = cost;
  snprintf(demo->label, sizeof demo->label, "percent done (%s%s%s)", category, *category ? ": " : "", what);
  demo->bar.label = demo->label;
}

static bool show(void *context, int64_t done, int64_t total) {
  Demo *demo = context;
  double share = total > 0 ? (double)done / (double)total : 0;
  sn_progress_show(&demo->bar, (int64_t)(100 * (demo->before + share * demo->stage) / demo->total), 100);
  return !sn_interrupted();
}

/* An error that stands after this call ends the drawing. */
static void show_drawing(void *context, int64_t done, int64_t total) {
  if (!show(context, done, total)) sn_fail("interrupted");
}

/* ---- what will be written ---- */

/* DEMO/CATEGORY/pictures/KIND/NNN_heatmap.png */
static bool name_pictures(const Demo *demo, const SnDataset *dataset, SnOutputNames *names) {
  char *folder = sn_format("%s/%s/pictures", demo->out, dataset->category);
  *names = (SnOutputNames){0};
  if (folder) sn_name_pictures(&dataset->test, folder, SN_HEATMAP_SUFFIX, NULL, names);
  free(folder);
  return sn_ok();
}

static bool add_outputs(const Demo *demo, const SnDataset *dataset, SnOutputs *outputs) {
  SnOutputNames names;
  char *folder = sn_path_join(demo->out, dataset->category);
  sn_outputs_read_dataset(outputs, dataset);
  sn_outputs_write_results(outputs, folder);
  sn_outputs_write(outputs, SN_OUTPUT_PICTURE, folder, "contact_sheet.png");
  if (name_pictures(demo, dataset, &names)) sn_outputs_write_names(outputs, SN_OUTPUT_HEATMAP, &names);
  sn_output_names_free(&names);
  free(folder);
  return sn_ok();
}

/* Of all categories, once their images are drawn. */
static bool check_outputs(const Demo *demo, const char *data) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, demo->weights);
  sn_outputs_write(&outputs, SN_OUTPUT_PAGE, demo->out, "index.html");
  sn_outputs_write(&outputs, SN_OUTPUT_PICTURE, demo->out, "overview.png");
  for (int i = 0; i < sn_generated_default_count() && sn_ok(); i++) {
    SnDataset dataset;
    if (!sn_dataset_open(data, sn_generated_category(i)->name, NULL, &dataset)) break;
    add_outputs(demo, &dataset, &outputs);
    sn_dataset_free(&dataset);
  }
  return sn_outputs_are_clear(&outputs);
}

/* ---- one category ---- */

static bool write_pictures(Demo *demo, const SnExhibits *exhibits, const SnOutputNames *names) {
  for (int64_t i = 0; i < exhibits->count && sn_ok() && show(demo, i, exhibits->count); i++) {
    SnPicture panel;
    char *path = sn_output_path(names, exhibits->samples[i]->path, -1);
    if (path && sn_make_folder_of(path) &&
        sn_panel(&exhibits->items[i], &exhibits->scale, exhibits->score_threshold,
                 sn_tile_size(exhibits->section, PHOTOGRAPH_SIDE), &panel)) {
      sn_picture_write(&panel, path);
      sn_picture_free(&panel);
    }
    free(path);
  }
  return sn_ok() && !sn_interrupted();
}

static bool write_contact_sheet(const SnExhibits *exhibits, const char *category, const char *folder) {
  SnPicture sheet;
  char *path = sn_path_join(folder, "contact_sheet.png");
  if (path && sn_category_contact_sheet(exhibits, category, SHEET_SIDE, &sheet)) {
    sn_picture_write(&sheet, path);
    sn_picture_free(&sheet);
  }
  free(path);
  return sn_ok();
}

/* Defective images of different kinds, well found but not the plainest. */
static bool add_to_overview(Demo *demo, const SnExhibits *exhibits, const char *category) {
  const char *shown = NULL;
  int64_t columns = 0, skipped = 0;
  for (int64_t i = 0; i < exhibits->count && columns < OVERVIEW_COLUMNS && sn_ok(); i++) {
    const char *kind = exhibits->samples[i]->kind;
    if (!sn_exhibit_is_defective(exhibits, i) || (shown && strcmp(kind, shown) == 0)) continue;
    if (skipped++ < exhibits->count / 8 * (columns + 1) && i + OVERVIEW_COLUMNS < exhibits->count) continue;
    sn_overview_add(demo->overview, category, &exhibits->items[i], &exhibits->scale);
    shown = kind;
    columns++;
  }
  return sn_ok();
}

static bool write_files(SnRun *run, const SnTestResult *test, const char *folder) {
  SnOrigin origin = {{run->dataset->root}};
  SnResults results = {.dataset = run->dataset,
                       .model = run->model,
                       .test = test,
                       .selection = SN_SELECT_LAST,
                       .run = run,
                       .origin = &origin};
  return sn_write_results(folder, &results);
}

/* Everything that can be looked at, below demo/CATEGORY and in the page. */
static bool write_category(Demo *demo, const SnCategoryReport *report, SnRun *run) {
  const char *category = report->dataset->category;
  char *folder = sn_path_join(demo->out, category), *link = sn_format("%s/pictures", category);
  SnExhibits exhibits = {0};
  SnOutputNames names;
  bool written = false;
  if (name_pictures(demo, report->dataset, &names) && sn_make_directories(folder) &&
      write_files(run, report->test, folder) && sn_exhibits_load(report, PHOTOGRAPH_SIDE, &exhibits)) {
    written = write_pictures(demo, &exhibits, &names) && write_contact_sheet(&exhibits, category, folder) &&
              add_to_overview(demo, &exhibits, category) &&
              sn_category_section(&demo->sections, report, &exhibits, link, &names);
  }
  sn_exhibits_free(&exhibits);
  sn_output_names_free(&names);
  free(folder);
  free(link);
  return written;
}

static void print_row(const SnDemoRow *row) {
  const SnMetric metrics[] = {row->baseline, row->image_auroc, row->pixel_auroc, row->au_pro};
  char text[SN_METRIC_TEXT];
  sn_print("%-10s", row->category);
  for (int i = 0; i < 4; i++) sn_print("  %11s", sn_metric_text(metrics[i], text));
  sn_print("  %7.1f\n", row->seconds);
  sn_terminal_flush();
}

/* Trains a detector on the category and tests it. NULL on failure, and without an error when interrupted. */
static SnRun *train(Demo *demo, const SnSettings *settings, const char *weights, SnDataset *dataset) {
  const SnRunOptions options = {.eval_every = 0};
  double features = images_of_dataset(dataset) * image_cost, fit = demo->stage - features;
  SnModel *model = sn_model_new(settings, weights);
  SnRun *run = model ? sn_run_new(model, dataset, &options) : NULL;
  for (SnRunEvent event; !sn_interrupted() && sn_run_next(run, &event);) {
    double share = event.total > 0 ? (double)event.done / (double)event.total : 0;
    if (event.kind == SN_RUN_FEATURES) show(demo, (int64_t)(share * features), (int64_t)demo->stage);
    if (event.warning) sn_message("warning: %s\n", event.warning);
    if (event.kind == SN_RUN_STEP) show(demo, (int64_t)(features + share * fit), (int64_t)demo->stage);
  }
  return run && sn_run_is_done(run) ? run : NULL;
}

static bool run_category(Demo *demo, SnDataset *dataset, int number) {
  const char *category = sn_generated_category(number)->name;
  double start = sn_seconds(), images = images_of(demo, number);
  SnEvaluationCurves curves = {0}, baseline_curves = {0};
  begin_stage(demo, category, "training", images * image_cost + steps_of(demo) * step_cost);
  SnRun *run = train(demo, &demo->settings, demo->weights, dataset);
  SnTestResult *test = run ? sn_run_test(run, SN_SELECT_LAST, &curves) : NULL;
  double seconds = sn_seconds() - start;
  begin_stage(demo, category, "baseline", images * image_cost);
  SnRun *plain = test ? train(demo, &demo->baseline, NULL, dataset) : NULL;
  SnTestResult *baseline = plain ? sn_run_test(plain, SN_SELECT_LAST, &baseline_curves) : NULL;
  begin_stage(demo, category, "pictures", (images - (double)demo->drawing.train) * picture_cost);
  bool written = false;
  if (baseline) {
    SnDemoRow *row = &demo->rows[demo->categories++];
    *row = (SnDemoRow){category,
                       baseline->evaluation.image_auroc,
                       test->evaluation.image_auroc,
                       test->evaluation.pixel_auroc,
                       test->evaluation.au_pro,
                       seconds};
    SnCategoryReport report = {.dataset = dataset,
                               .settings = &demo->settings,
                               .test = test,
                               .curves = &curves,
                               .truth = run->truth,
                               .rows = run->rows,
                               .row_count = run->epoch,
                               .baseline = &baseline->evaluation,
                               .baseline_curves = &baseline_curves,
                               .baseline_name = demo->baseline.method->title};
    written = write_category(demo, &report, run);
    sn_progress_clear(&demo->bar);
    if (written) print_row(row);
  }
  sn_evaluation_curves_free(&curves);
  sn_evaluation_curves_free(&baseline_curves);
  return written;
}

/* ---- the whole ---- */

static bool write_page(Demo *demo) {
  char *page_path = sn_path_join(demo->out, "index.html"), *overview_path = sn_path_join(demo->out, "overview.png");
  SnPicture overview;
  demo->rows[demo->categories] = sn_demo_mean(demo->rows, demo->categories);
  if (sn_ok() && sn_overview_draw(demo->overview, &overview)) {
    SnDemoPage page = {.rows = demo->rows,
                       .row_count = demo->categories + 1,
                       .settings = &demo->settings,
                       .overview = &overview,
                       .sections = &demo->sections,
                       .seconds = sn_seconds() - demo->start};
    sn_picture_write(&overview, overview_path);
    sn_demo_page_write(&page, page_path);
    sn_picture_free(&overview);
    if (sn_ok()) {
      print_row(&demo->rows[demo->categories]);
      sn_print("%.0f s in all, with pictures\nlook at: %s\n", page.seconds, page_path);
    }
  }
  free(page_path);
  free(overview_path);
  return sn_ok();
}

static bool draw(Demo *demo, const char *data, double cost) {
  double start = sn_seconds();
  begin_stage(demo, "", "drawing images", cost);
  if (!sn_generate_dataset(data, &demo->drawing, show_drawing, demo)) return false;
  if (sn_seconds() - start < 1) { /* they were there already: the time left is to be told from what follows */
    sn_progress_clear(&demo->bar);
    demo->bar = sn_progress_begin(demo->label);
  }
  return true;
}

static bool run_all(Demo *demo, const char *data) {
  int categories = sn_generated_default_count();
  double drawing = 0;
  for (int i = 0; i < categories; i++) {
    double images = images_of(demo, i), tests = images - (double)demo->drawing.train;
    drawing += images * drawing_cost;
    demo->total += images * (drawing_cost + 2 * image_cost) + steps_of(demo) * step_cost + tests * picture_cost;
  }
  if (!draw(demo, data, drawing) || !check_outputs(demo, data)) return false;
  sn_progress_clear(&demo->bar);
  sn_print("%-10s  %11s  %11s  %11s  %11s  %7s\n", "category", "mean image", "image AUROC", "pixel AUROC", "AU-PRO",
           "seconds");
  sn_terminal_flush();
  bool going = true;
  for (int i = 0; i < categories && going; i++) {
    SnScope *scope = sn_scope_open();
    SnDataset dataset;
    going = scope && sn_dataset_open(data, sn_generated_category(i)->name, NULL, &dataset);
    if (going) {
      going = run_category(demo, &dataset, i);
      sn_dataset_free(&dataset);
    }
    sn_scope_close(scope);
  }
  return going && write_page(demo);
}

/* A folder that holds other things than a demo is left alone. */
static bool check_folder(const char *out, const char *data) {
  SnNames names = {0};
  char *mark = sn_path_join(data, "generated.txt");
  bool fine = !sn_is_directory(out) || (mark && sn_is_file(mark));
  if (!fine && sn_list_directory(out, &names) && names.count > 0)
    sn_fail("%s: holds other files (%s): expected a new or empty folder, or one of an earlier demo", out,
            names.items[0]);
  sn_names_free(&names);
  free(mark);
  return sn_ok();
}

static int run_demo(Demo *demo) {
  char *data = sn_path_join(demo->out, "data");
  bool done = false;
  sn_catch_interrupts();
  demo->start = sn_seconds();
  demo->bar = sn_progress_begin("demo");
  demo->overview = sn_overview_new(sn_tile_size(demo->settings.view.crop, OVERVIEW_SIDE), demo->settings.method->title);
  if (sn_ok() && check_folder(demo->out, data)) done = run_all(demo, data);
  sn_progress_clear(&demo->bar);
  sn_overview_free(demo->overview);
  sn_markup_free(&demo->sections);
  free(data);
  if (!done && sn_interrupted()) {
    sn_message("simplenet: interrupted; the same command starts the training anew and keeps the drawn images\n");
    return SN_EXIT_INTERRUPTED;
  }
  return done ? SN_EXIT_OK : sn_report_error();
}

/* The method's first preset on the embedded backbone, but for what the method changes to be quick. */
static bool choose_settings(const char *name, Demo *demo) {
  const SnMethod *method = name ? sn_method_find(name) : sn_methods[0];
  if (!method || !sn_settings_preset(method, NULL, &demo->settings) ||
      !sn_settings_preset(sn_baseline_method, NULL, &demo->baseline))
    return false;
  if (method->groups & SN_GROUP_FEATURES) sn_settings_set(&demo->settings, "backbone", SN_EMBEDDED_BACKBONE);
  for (const char *const *change = method->demo; change && *change && sn_ok(); change += 2)
    sn_settings_set(&demo->settings, change[0], change[1]);
  demo->baseline.view = demo->settings.view;
  return sn_ok();
}

typedef struct DemoTexts {
  const char *method, *epochs, *train, *good, *defects, *seed, *backbone;
  SnDeviceTexts device;
} DemoTexts;

static bool read_count(const char *name, const char *text, int64_t minimum, int64_t *value) {
  return !text || sn_parse_integer(name, text, minimum, 100000, value);
}

static bool read_texts(const DemoTexts *texts, Demo *demo) {
  int64_t seed = 0;
  if (!choose_settings(texts->method, demo) || !read_count("--train", texts->train, 2, &demo->drawing.train) ||
      !read_count("--test-good", texts->good, 1, &demo->drawing.test_good) ||
      !read_count("--per-defect", texts->defects, 1, &demo->drawing.per_defect) ||
      !read_count("--seed", texts->seed, 0, &seed))
    return false;
  demo->drawing.seed = (uint64_t)seed;
  demo->settings.training.seed = seed;
  if (texts->epochs && !sn_settings_set(&demo->settings, "epochs", texts->epochs)) return false;
  if (texts->backbone && !sn_settings_set(&demo->settings, "backbone", texts->backbone)) return false;
  return sn_settings_check(&demo->settings);
}

int sn_command_demo(int argc, char **argv) {
  Demo demo = {.out = "demo", .drawing = sn_generate_options()};
  demo.drawing.train = 120;
  DemoTexts texts = {0};
  SnOption options[SN_MAX_OPTIONS] = {
      {.name = "out", .argument = "FOLDER", .help = "where everything goes (demo)", .text = &demo.out},
      {.name = "seed", .argument = "N", .help = "of the images and of the training (0)", .text = &texts.seed},
      {.name = "method",
       .argument = "NAME",
       .help = "how anomalies are found; `simplenet info` lists the methods",
       .text = &texts.method},
      {.name = "epochs", .argument = "N", .help = "the most epochs, of 20 steps each (60)", .text = &texts.epochs},
      {.name = "train", .argument = "N", .help = "good training images a category (120)", .text = &texts.train},
      {.name = "test-good", .argument = "N", .help = "good test images a category (12)", .text = &texts.good},
      {.name = "per-defect", .argument = "N", .help = "test images a kind of defect (6)", .text = &texts.defects},
      {.name = "backbone",
       .argument = "NAME",
       .help = "network that gives features (embedded: it needs no weights)",
       .text = &texts.backbone},
      {.name = "weights", .argument = "FILE", .help = "another backbone's weights", .text = &demo.weights}};
  int count = 9, positionals;
  sn_add_device_options(options, &count, &texts.device);
  sn_add_tuned_option(options, &count, &texts.device);
  SnUsage usage = {"demo", "",
                   "Draws a data set, trains a detector for each of its categories, tests them, and leaves pictures\n"
                   "and a page to look at. Nothing is downloaded.",
                   options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (!read_texts(&texts, &demo) || !sn_use_device(&texts.device)) return sn_report_misuse();
  return run_demo(&demo);
}
