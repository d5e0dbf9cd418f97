#include "datasets/outputs.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

bool sn_outputs_read_samples(SnOutputs *outputs, const SnSamples *samples) {
  for (int64_t i = 0; i < samples->count && sn_ok(); i++) {
    const SnSample *sample = &samples->items[i];
    sn_outputs_read_image(outputs, sample->path);
    for (int64_t m = 0; m < sample->mask_count; m++) sn_outputs_read_image(outputs, sample->mask_paths[m]);
  }
  return sn_ok();
}

bool sn_outputs_read_dataset(SnOutputs *outputs, const SnDataset *dataset) {
  return sn_outputs_read_samples(outputs, &dataset->train) && sn_outputs_read_samples(outputs, &dataset->validation) &&
         sn_outputs_read_samples(outputs, &dataset->test) && sn_outputs_read_samples(outputs, &dataset->calibration);
}

bool sn_name_pictures(const SnSamples *samples, const char *folder, const char *suffix, const SnNames *roots,
                      SnOutputNames *names) {
  *names = (SnOutputNames){0};
  SnOutputSource *sources = sn_allocate(samples->count, sizeof *sources, "the names of outputs");
  for (int64_t i = 0; i < samples->count && sources; i++)
    sources[i] = (SnOutputSource){samples->items[i].path, samples->items[i].record, NULL};
  if (sources) sn_output_names_make(folder, suffix, sources, samples->count, roots, names);
  free(sources);
  return sn_ok();
}

bool sn_outputs_write_names(SnOutputs *outputs, int kind, const SnOutputNames *names) {
  for (int64_t i = 0; i < names->count && sn_ok(); i++)
    sn_outputs_write(outputs, kind, names->folder, sn_output_name_at(names, i));
  return sn_ok();
}

bool sn_outputs_are_clear(SnOutputs *outputs) {
  sn_outputs_check(outputs);
  sn_outputs_free(outputs);
  return sn_ok();
}
