#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "cli/model_options.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "datasets/generated/generate.h"
#include "datasets/outputs.h"
#include "models/baseline/mean_image.h"
#include "models/simplenet/notes.h"
#include "report/draw/overview.h"
#include "report/draw/panel.h"
#include "report/draw/png.h"
#include "report/page/category_page.h"
#include "report/page/demo_page.h"
#include "report/page/gallery.h"
#include "report/results.h"

enum { MAX_CATEGORIES = 16, PHOTOGRAPH_SIDE = 320, SHEET_SIDE = 112, OVERVIEW_SIDE = 80, OVERVIEW_COLUMNS = 2 };

typedef struct Demo {
  const char *out, *weights;
  SnGenerateOptions drawing;
  SnSimpleNetSettings settings;
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
  SnRun *run;
} Demo;

/* ---- progress ---- */

static const double drawing_cost = 18, image_cost = 12, step_cost = 60, picture_cost = 60; /* an image or a step */

static double steps_of(const Demo *demo) {
  int64_t batch = demo->settings.batch;
  return (double)(demo->settings.epochs * ((demo->drawing.train + batch - 1) / batch));
}

static double images_of(const Demo *demo, int category) {
  return (double)(demo->drawing.train + demo->drawing.test_good +
                  demo->drawing.per_defect * sn_generated_category(category)->defect_count);
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

static bool show_steps(void *context, int64_t done, int64_t total) {
  Demo *demo = context;
  return show(demo, demo->run->training->epoch * total + done, demo->settings.epochs * total);
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
  if (folder) sn_name_heatmaps(&dataset->test, folder, NULL, names);
  free(folder);
  return sn_ok();
}

static bool add_outputs(const Demo *demo, const SnDataset *dataset, SnOutputs *outputs) {
  SnOutputNames names;
  char *folder = sn_path_join(demo->out, dataset->category);
  sn_outputs_read_dataset(outputs, dataset);
  sn_outputs_write(outputs, SN_OUTPUT_MODEL, folder, "model.safetensors");
  sn_outputs_write(outputs, SN_OUTPUT_TRAINING, folder, "training.csv");
  sn_outputs_write(outputs, SN_OUTPUT_TEST_SCORES, folder, "scores.csv");
  sn_outputs_write(outputs, SN_OUTPUT_METRICS, folder, "metrics.json");
  sn_outputs_write(outputs, SN_OUTPUT_PICTURE, folder, "contact_sheet.png");
  if (name_pictures(demo, dataset, &names)) sn_outputs_write_names(outputs, SN_OUTPUT_HEATMAP, &names);
  sn_output_names_free(&names);
  free(folder);
  return sn_ok();
}

/* Of all categories, once their images are drawn. */
static bool check_outputs(const Demo *demo, const char *data) {
  SnOutputs outputs = {0};
  sn_outputs_read(&outputs, demo->weights);
  sn_outputs_write(&outputs, SN_OUTPUT_PAGE, demo->out, "index.html");
  sn_outputs_write(&outputs, SN_OUTPUT_PICTURE, demo->out, "overview.png");
  for (int i = 0; i < sn_generated_category_count() && sn_ok(); i++) {
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
        sn_panel(&exhibits->items[i], &exhibits->scale, exhibits->score_threshold, PHOTOGRAPH_SIDE, &panel)) {
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

static bool write_tables(SnRun *run, const SnTestResult *test, const char *folder) {
  SnOrigin origin = {{run->dataset->root}};
  SnResults results = {.dataset = run->dataset,
                       .model = run->model,
                       .evaluation = &test->evaluation,
                       .selection = SN_SELECT_LAST,
                       .run = run,
                       .origin = &origin};
  SnStateDict *notes = sn_state_dict_new();
  char *paths[] = {sn_path_join(folder, "model.safetensors"), sn_path_join(folder, "training.csv"),
                   sn_path_join(folder, "scores.csv"), sn_path_join(folder, "metrics.json")};
  if (sn_ok()) {
    int64_t crop = run->model->settings.crop;
    SnNotes found = sn_make_notes(test->maps, test->image_count * crop * crop, &test->evaluation);
    sn_add_notes(notes, &found);
    sn_simplenet_save(run->model, paths[0], notes);
    sn_write_training_table(paths[1], run);
    sn_write_score_table(paths[2], run->dataset, test->image_scores);
    sn_write_metrics(paths[3], &results);
  }
  for (int i = 0; i < 4; i++) free(paths[i]);
  return sn_ok();
}

/* Everything that can be looked at, below demo/CATEGORY and in the page. */
static bool write_category(Demo *demo, const SnCategoryReport *report, SnRun *run) {
  const char *category = report->dataset->category;
  char *folder = sn_path_join(demo->out, category), *link = sn_format("%s/pictures", category);
  SnExhibits exhibits = {0};
  SnOutputNames names;
  bool written = false;
  if (name_pictures(demo, report->dataset, &names) && sn_make_directories(folder) &&
      write_tables(run, report->test, folder) && sn_exhibits_load(report, PHOTOGRAPH_SIDE, &exhibits)) {
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

static bool run_category(Demo *demo, SnDataset *dataset, int number) {
  const char *category = sn_generated_category(number)->name;
  double start = sn_seconds(), images = images_of(demo, number);
  SnRunListener hooks = {.context = demo, .features = show, .steps = show_steps};
  SnEvaluationCurves curves = {0}, baseline_curves = {0};
  begin_stage(demo, category, "features", images * image_cost);
  SnSimpleNet *model = sn_simplenet_new(&demo->settings, demo->weights);
  demo->run = model ? sn_run_new(model, dataset, false, false, &hooks) : NULL;
  begin_stage(demo, category, "training", steps_of(demo) * step_cost);
  bool trained = demo->run && sn_run_train(demo->run, 0, NULL, 0, &hooks);
  SnTestResult *test = trained ? sn_run_test(demo->run, SN_SELECT_LAST, &curves) : NULL;
  double seconds = sn_seconds() - start;
  begin_stage(demo, category, "baseline", images * image_cost);
  SnMeanImage *mean = test ? sn_mean_image_train(&demo->settings, dataset, show, demo) : NULL;
  SnTestResult *baseline =
      mean ? sn_mean_image_test(mean, &demo->settings, dataset, &baseline_curves, show, demo) : NULL;
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
                               .features = demo->run->test_features,
                               .rows = demo->run->rows,
                               .row_count = demo->run->training->epoch,
                               .baseline = &baseline->evaluation,
                               .baseline_curves = &baseline_curves,
                               .baseline_name = "mean image"};
    written = write_category(demo, &report, demo->run);
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
  int categories = sn_generated_category_count();
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
  demo->overview = sn_overview_new(OVERVIEW_SIDE);
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

/* The paper's settings but for these, which reach in a minute or two on two cores what the paper's reach in many: a
 * noise three times as strong and rates five times as high are learnt from in a tenth of the epochs, and the hidden
 * layer is half as wide. Many different images in few epochs teach more than few images in many. Level 1 joins: the
 * embedded backbone's is only 48 channels wide, and it sees the small defects. */
static void demo_settings(SnSimpleNetSettings *settings) {
  sn_settings_preset("paper", settings);
  strcpy(settings->backbone, "embedded");
  settings->levels = 1 << 0 | 1 << 1 | 1 << 2;
  settings->grid_level = 2;
  settings->sigma = 0.05;
  settings->hidden = 512;
  settings->adaptor_rate *= 5;
  settings->discriminator_rate *= 5;
  settings->epochs = 10;
}

typedef struct DemoTexts {
  const char *epochs, *train, *good, *defects, *seed, *backbone;
  SnDeviceTexts device;
} DemoTexts;

static bool read_count(const char *name, const char *text, int64_t minimum, int64_t *value) {
  return !text || sn_parse_integer(name, text, minimum, 100000, value);
}

static bool read_numbers(const DemoTexts *texts, Demo *demo) {
  int64_t seed = 0;
  if (!read_count("--epochs", texts->epochs, 1, &demo->settings.epochs) ||
      !read_count("--train", texts->train, 2, &demo->drawing.train) ||
      !read_count("--test-good", texts->good, 1, &demo->drawing.test_good) ||
      !read_count("--per-defect", texts->defects, 1, &demo->drawing.per_defect) ||
      !read_count("--seed", texts->seed, 0, &seed))
    return false;
  demo->drawing.seed = (uint64_t)seed;
  demo->settings.seed = seed;
  if (!texts->backbone) return sn_ok();
  if (strlen(texts->backbone) >= sizeof demo->settings.backbone)
    return sn_fail("--backbone: there is no backbone '%.40s'", texts->backbone);
  strcpy(demo->settings.backbone, texts->backbone);
  return sn_ok();
}

int sn_command_demo(int argc, char **argv) {
  Demo demo = {.out = "demo", .drawing = sn_generate_options()};
  demo.drawing.train = 120;
  DemoTexts texts = {0};
  SnOption options[SN_MAX_OPTIONS] = {
      {.name = "out", .argument = "FOLDER", .help = "where everything goes (demo)", .text = &demo.out},
      {.name = "seed", .argument = "N", .help = "of the images and of the training (0)", .text = &texts.seed},
      {.name = "epochs", .argument = "N", .help = "passes over the training images (10)", .text = &texts.epochs},
      {.name = "train", .argument = "N", .help = "good training images a category (120)", .text = &texts.train},
      {.name = "test-good", .argument = "N", .help = "good test images a category (12)", .text = &texts.good},
      {.name = "per-defect", .argument = "N", .help = "test images a kind of defect (6)", .text = &texts.defects},
      {.name = "backbone",
       .argument = "NAME",
       .help = "network that gives features (embedded: it needs no weights)",
       .text = &texts.backbone},
      {.name = "weights", .argument = "FILE", .help = "another backbone's weights", .text = &demo.weights}};
  int count = 8, positionals;
  sn_add_device_options(options, &count, &texts.device);
  SnUsage usage = {"demo", "",
                   "Draws a data set, trains a detector for each of its categories, tests them, and leaves pictures\n"
                   "and a page to look at. Nothing is downloaded.",
                   options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  demo_settings(&demo.settings);
  if (!read_numbers(&texts, &demo) || !sn_use_device(&texts.device)) return sn_report_misuse();
  return run_demo(&demo);
}
