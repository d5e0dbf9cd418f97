#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "anomaly/view.h"
#include "base/memory.h"
#include "base/name.h"
#include "base/number.h"
#include "cli/data_options.h"
#include "cli/device_options.h"
#include "cli/progress.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "datasets/loader.h"
#include "datasets/outputs.h"
#include "report/draw/tiff.h"
#include "report/draw/whole_map.h"
#include "report/output_kinds.h"

enum { IMAGES_AT_ONCE = 8 };

typedef struct ExportMaps {
  const char *out, *run, *seed;
  SnModelTexts model;
  SnDataTexts data;
  SnDeviceTexts device;
} ExportMaps;

/* OUT/CATEGORY/test/KIND/STEM.tiff; below that the folders of photographs of a kind that come from several. */
static bool name_maps(const char *out, const SnDataset *dataset, SnOutputNames *names) {
  const SnSamples *samples = &dataset->test;
  *names = (SnOutputNames){0};
  char *folder = sn_path_below(out, dataset->category);
  SnOutputSource *sources = sn_allocate(samples->count, sizeof *sources, "the names of maps");
  char **groups = sn_allocate(samples->count, sizeof *groups, "the names of maps");
  for (int64_t i = 0; i < samples->count && sn_ok(); i++) {
    groups[i] = sn_path_below("test", samples->items[i].kind);
    sources[i] = (SnOutputSource){samples->items[i].path, samples->items[i].record, groups[i]};
  }
  if (sn_ok()) sn_output_names_make(folder, ".tiff", sources, samples->count, NULL, names);
  for (int64_t i = 0; groups && i < samples->count; i++) free(groups[i]);
  free(groups);
  free(sources);
  free(folder);
  return sn_ok();
}

static bool write_map(const SnOutputNames *names, const SnViewSettings *view, const SnSample *sample,
                      const float *map) {
  SnImageOptions options = sn_view_image_options(view);
  SnTransform transform = sn_view_transform(view);
  int64_t width, height;
  if (!sn_load_photograph_size(sample, &options, &width, &height)) return false;
  SnRectangle covered = sn_transform_covered(&transform, width, height);
  float *values = sn_allocate(width * height, sizeof *values, "an anomaly map");
  char *path = values ? sn_output_path(names, sample->path, sample->record) : NULL;
  if (path && sn_make_folder_of(path)) {
    sn_whole_map(map, view->crop, covered, width, height, values);
    sn_tiff_write(path, values, width, height);
  }
  free(values);
  free(path);
  return sn_ok();
}

static bool export_batch(const SnViewSettings *view, SnScorer *scorer, const SnDataset *dataset, const SnBatch *batch,
                         const SnOutputNames *names) {
  int64_t pixels = sn_size_pixels(view->crop);
  SnScope *scope = sn_scope_open();
  float *maps = sn_scope_allocate(batch->count * pixels, sizeof *maps, NULL);
  float *scores = sn_scope_allocate(batch->count, sizeof *scores, NULL);
  if (sn_ok() && sn_scorer_run_images(scorer, batch->images, batch->count, maps, scores))
    for (int64_t i = 0; i < batch->count && sn_ok(); i++) {
      const SnSample *sample = &dataset->test.items[batch->indices[i]];
      const float *map = maps + i * pixels;
      if (sn_check_scores(sample->path, scores[i], map, pixels)) write_map(names, view, sample, map);
    }
  sn_scope_close(scope);
  return sn_ok();
}

/* Written first, so that the maps of another data set never come among these. */
static const char note_name[] = "maps.json";

static bool write_note(const SnOutputNames *names, const SnDataset *dataset, const SnOrigin *origin) {
  char *path = sn_make_directories(names->folder) ? sn_path_join(names->folder, note_name) : NULL;
  if (path) sn_origin_write(path, dataset->category, origin);
  free(path);
  return sn_ok();
}

/* False without an error when interrupted. */
static bool export_category(SnModel *model, const SnDataset *dataset, const SnOrigin *origin, const char *out) {
  const SnViewSettings *view = &model->settings.view;
  SnLoaderOptions options = {.load = sn_load_options(&model->settings), .batch_size = IMAGES_AT_ONCE};
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  SnProgressBar bar = sn_progress_begin(dataset->category);
  SnOutputNames names;
  SnLoader *loader = name_maps(out, dataset, &names) && write_note(&names, dataset, origin)
                         ? sn_loader_open(dataset, &dataset->test, &options)
                         : NULL;
  int64_t done = 0;
  for (SnBatch batch; !sn_interrupted() && sn_loader_next(loader, &batch);) {
    if (!export_batch(view, scorer, dataset, &batch, &names)) break;
    done += batch.count;
    sn_progress_show(&bar, done, dataset->test.count);
  }
  sn_loader_close(loader);
  sn_output_names_free(&names);
  sn_progress_clear(&bar);
  if (!sn_ok() || done < dataset->test.count) return false;
  sn_print("%s: %lld maps\n", dataset->category, (long long)done);
  return true;
}

/* One category and its model, in two passes: first all are compared with what is there, then all are exported. */
typedef bool (*Pass)(const ExportMaps *all, const SnModelTexts *model, const char *category, SnOutputs *outputs);

static bool add_outputs(const ExportMaps *all, const SnModelTexts *model, const char *category, SnOutputs *outputs) {
  SnDataTexts data = all->data;
  SnDataset dataset;
  SnOutputNames names;
  data.category = category;
  if (!sn_open_data_quietly(&data, all->out, &dataset)) return false;
  sn_outputs_read(outputs, model->model);
  sn_outputs_read(outputs, model->weights);
  sn_outputs_read_dataset(outputs, &dataset);
  if (name_maps(all->out, &dataset, &names)) {
    SnOrigin origin = sn_origin_of(&data);
    char *note = sn_path_join(names.folder, note_name);
    sn_outputs_write(outputs, SN_OUTPUT_MAPS_NOTE, names.folder, note_name);
    sn_outputs_write_names(outputs, SN_OUTPUT_MAP, &names);
    if (note) sn_origin_check(note, dataset.category, &origin);
    free(note);
  }
  sn_output_names_free(&names);
  sn_dataset_free(&dataset);
  return sn_ok();
}

static bool export_with(const ExportMaps *all, const SnModelTexts *model_texts, const char *category,
                        SnOutputs *outputs) {
  SnDataTexts data = all->data;
  SnDataset dataset;
  (void)outputs;
  data.category = category;
  SnScope *scope = sn_scope_open();
  SnModel *model = sn_open_model(model_texts);
  bool done = false;
  if (model && sn_open_data(&data, all->out, &dataset)) {
    SnOrigin origin = sn_origin_of(&data);
    done = export_category(model, &dataset, &origin, all->out);
    sn_dataset_free(&dataset);
  }
  sn_scope_close(scope);
  return done;
}

/* The models of a benchmark: RUN/CATEGORY/seed-N/model.safetensors. */
static bool pass_over_run(const ExportMaps *all, int64_t seed, Pass pass, SnOutputs *outputs) {
  SnNames categories;
  int64_t found = 0;
  bool going = true;
  if (!sn_dataset_categories(all->data.data, all->data.layout, &categories)) return false;
  for (int64_t i = 0; i < categories.count && going && sn_ok(); i++) {
    const char *category = categories.items[i];
    char *path = sn_format("%s/%s/seed-%lld/model.safetensors", all->run, category, (long long)seed);
    bool wanted = !all->data.category || strcmp(all->data.category, category) == 0;
    if (path && wanted && sn_is_file(path)) {
      SnModelTexts model = all->model;
      model.model = path;
      found++;
      going = pass(all, &model, category, outputs);
    }
    free(path);
  }
  sn_names_free(&categories);
  if (sn_ok() && found == 0)
    sn_fail("%s: there is no CATEGORY/seed-%lld/model.safetensors for any category of %s", all->run, (long long)seed,
            all->data.data);
  return going && sn_ok();
}

static bool pass_over(const ExportMaps *all, int64_t seed, Pass pass, SnOutputs *outputs) {
  return all->run ? pass_over_run(all, seed, pass, outputs) : pass(all, &all->model, all->data.category, outputs);
}

int sn_command_export_maps(int argc, char **argv) {
  ExportMaps all = {.out = "anomaly_maps", .device.of_detector = true};
  all.model.device = &all.device;
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  int64_t seed = 0;
  sn_add_model_options(options, &count, &all.model);
  for (int i = 0; i < count; i++) options[i].required = false;
  options[count++] = (SnOption){.name = "run",
                                .argument = "FOLDER",
                                .help = "instead of --model: the folder of a benchmark; all its categories",
                                .text = &all.run};
  options[count++] = (SnOption){
      .name = "seed", .argument = "N", .help = "of the benchmark, whose models are taken (0)", .text = &all.seed};
  options[count++] =
      (SnOption){.name = "out", .argument = "FOLDER", .help = "where the maps go (anomaly_maps)", .text = &all.out};
  sn_add_data_options(options, &count, &all.data, false);
  sn_add_device_options(options, &count, &all.device);
  sn_add_tuned_option(options, &count, &all.device);
  sn_add_foreign_options(options, &count, &all.model);
  SnUsage usage = {
      "export-maps", "",
      "Writes the anomaly maps of the test images as 32-bit TIFF at the photographs' own resolution, to\n"
      "OUT/CATEGORY/test/KIND/NAME.tiff, where MVTec AD's evaluation script reads them. Beyond the part of\n"
      "the photograph that the model looks at stands the map's minimum. OUT/CATEGORY/maps.json notes which\n"
      "data set they are of.",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (!all.model.model == !all.run) return sn_usage_error(&usage, "expected either --model FILE or --run FOLDER");
  if (all.run && !all.data.data) return sn_usage_error(&usage, "--run needs --data FOLDER");
  if ((all.seed && !sn_parse_integer("--seed", all.seed, 0, INT64_C(9007199254740991), &seed)) ||
      !sn_use_device(&all.device) || !sn_check_data(&all.data))
    return sn_report_misuse();
  sn_catch_interrupts();
  SnOutputs outputs = {.kinds = sn_output_kinds};
  pass_over(&all, seed, add_outputs, &outputs);
  bool done = sn_outputs_are_clear(&outputs) && pass_over(&all, seed, export_with, NULL);
  if (!sn_ok()) return sn_report_error();
  if (done) sn_print("written: %s\n", all.out);
  return done ? SN_EXIT_OK : SN_EXIT_INTERRUPTED;
}
