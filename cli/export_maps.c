#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/name.h"
#include "base/number.h"
#include "cli/progress.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "datasets/loader.h"
#include "models/simplenet/local_features.h"
#include "models/simplenet/scoring.h"
#include "report/tiff.h"
#include "report/whole_map.h"

enum { IMAGES_AT_ONCE = 8 };

typedef struct ExportMaps {
  const char *out, *run, *seed;
  SnModelTexts model;
  SnDataTexts data;
  SnDeviceTexts device;
} ExportMaps;

static bool photograph_size(const SnSample *sample, const SnImageOptions *options, int64_t *width, int64_t *height) {
  *width = *height = 32; /* of a record of CIFAR-10 */
  return sample->record >= 0 || sn_image_read_size(sample->path, options, width, height);
}

/* OUT/CATEGORY/test/KIND/STEM.tiff; to be released with free(). */
static char *map_path(const char *out, const SnDataset *dataset, const SnSample *sample) {
  char *category = sn_path_below(out, dataset->category), *test = category ? sn_path_below(category, "test") : NULL;
  char *folder = test ? sn_path_below(test, sample->kind) : NULL;
  const char *file = sn_path_name(sample->path), *dot = strrchr(file, '.');
  char *path = NULL;
  if (folder && sn_make_directories(folder)) {
    if (sample->record >= 0)
      path = sn_format("%s/%lld.tiff", folder, (long long)sample->record);
    else
      path = sn_format("%s/%.*s.tiff", folder, dot ? (int)(dot - file) : (int)strlen(file), file);
  }
  free(folder);
  free(test);
  free(category);
  return path;
}

static bool write_map(const char *out, const SnSimpleNetSettings *settings, const SnDataset *dataset,
                      const SnSample *sample, const float *map) {
  SnLoadOptions options = sn_simplenet_load_options(settings);
  int64_t width, height;
  if (!photograph_size(sample, &options.image, &width, &height)) return false;
  SnRectangle covered = sn_transform_covered(&options.transform, width, height);
  float *values = sn_allocate(width * height, sizeof *values, "an anomaly map");
  char *path = values ? map_path(out, dataset, sample) : NULL;
  if (path) {
    sn_whole_map(map, settings->crop, covered, width, height, values);
    sn_tiff_write(path, values, width, height);
  }
  free(values);
  free(path);
  return sn_ok();
}

static bool export_batch(SnSimpleNet *model, const SnDataset *dataset, const SnBatch *batch, const char *out) {
  int64_t crop = model->settings.crop;
  SnScope *scope = sn_scope_open();
  SnTensor *images = sn_from_host(SN_FLOAT32, SN_SHAPE(batch->count, 3, crop, crop), batch->images);
  SnTensor *patches = sn_patch_scores(model, sn_local_features(&model->settings, model->backbone, images));
  SnTensor *tensor = sn_anomaly_maps(&model->settings, patches);
  float *maps = sn_scope_allocate(batch->count * crop * crop, sizeof *maps, NULL);
  if (maps && sn_to_host(tensor, SN_FLOAT32, maps))
    for (int64_t i = 0; i < batch->count && sn_ok(); i++) {
      const SnSample *sample = &dataset->test.items[batch->indices[i]];
      const float *map = maps + i * crop * crop;
      if (sn_check_scores(sample->path, map[0], map, crop * crop))
        write_map(out, &model->settings, dataset, sample, map);
    }
  sn_scope_close(scope);
  return sn_ok();
}

/* False without an error when interrupted. */
static bool export_category(SnSimpleNet *model, const SnDataset *dataset, const char *out) {
  SnLoaderOptions options = {.load = sn_simplenet_load_options(&model->settings), .batch_size = IMAGES_AT_ONCE};
  SnProgressBar bar = sn_progress_begin(dataset->category);
  SnLoader *loader = sn_loader_open(dataset, &dataset->test, &options);
  int64_t done = 0;
  for (SnBatch batch; !sn_interrupted() && sn_loader_next(loader, &batch);) {
    if (!export_batch(model, dataset, &batch, out)) break;
    done += batch.count;
    sn_progress_show(&bar, done, dataset->test.count);
  }
  sn_loader_close(loader);
  sn_progress_clear(&bar);
  if (!sn_ok() || done < dataset->test.count) return false;
  sn_print("%s: %lld maps\n", dataset->category, (long long)done);
  return true;
}

static bool export_with(const ExportMaps *all, const SnModelTexts *model_texts, const char *category) {
  SnDataTexts data = all->data;
  SnDataset dataset;
  data.category = category;
  SnScope *scope = sn_scope_open();
  SnSimpleNet *model = sn_open_model(model_texts);
  bool done = false;
  if (model && sn_open_data(&data, all->out, &dataset)) {
    done = export_category(model, &dataset, all->out);
    sn_dataset_free(&dataset);
  }
  sn_scope_close(scope);
  return done;
}

/* The models of a benchmark: RUN/CATEGORY/seed-N/model.safetensors. */
static bool export_run(const ExportMaps *all, int64_t seed) {
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
      going = export_with(all, &model, category);
    }
    free(path);
  }
  sn_names_free(&categories);
  if (sn_ok() && found == 0)
    sn_fail("%s: there is no CATEGORY/seed-%lld/model.safetensors for any category of %s", all->run, (long long)seed,
            all->data.data);
  return going && sn_ok();
}

int sn_command_export_maps(int argc, char **argv) {
  ExportMaps all = {.out = "anomaly_maps"};
  SnOption options[SN_MOST_OPTIONS];
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
  sn_add_released_options(options, &count, &all.model);
  SnUsage usage = {
      "export-maps", "",
      "Writes the anomaly maps of the test images as 32-bit TIFF at the photographs' own resolution, to\n"
      "OUT/CATEGORY/test/KIND/NAME.tiff, where MVTec AD's evaluation script reads them. Beyond the part of\n"
      "the photograph that the model looks at stands the map's minimum.",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (!all.model.model == !all.run) return sn_usage_error(&usage, "expected either --model FILE or --run FOLDER");
  if (all.run && !all.data.data) return sn_usage_error(&usage, "--run needs --data FOLDER");
  if ((all.seed && !sn_parse_integer("--seed", all.seed, 0, INT64_C(9007199254740991), &seed)) ||
      !sn_use_device(&all.device) || !sn_check_data(&all.data)) {
    sn_report_error();
    return SN_EXIT_USAGE;
  }
  sn_catch_interrupts();
  bool done = all.run ? export_run(&all, seed) : export_with(&all, &all.model, all.data.category);
  if (!sn_ok()) return sn_report_error();
  if (done) sn_print("written: %s\n", all.out);
  return done ? SN_EXIT_OK : SN_EXIT_INTERRUPTED;
}
