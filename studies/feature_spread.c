#include "studies/feature_spread.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "autograd/ops.h"
#include "base/file.h"
#include "datasets/csv.h"
#include "report/results.h"

enum { IMAGES_AT_ONCE = 8 };

/* Sums over rows [rows, channels] for each channel. */
typedef struct Sums {
  double *sum, *squares;
} Sums;

static bool add_rows(const SnTensor *tensor, int64_t channels, float *values, Sums sums) {
  if (!sn_to_host(tensor, SN_FLOAT32, values)) return false;
  for (int64_t row = 0; row < sn_count(tensor) / channels; row++)
    for (int64_t c = 0; c < channels; c++) {
      double value = (double)values[row * channels + c];
      sums.sum[c] += value;
      sums.squares[c] += value * value;
    }
  return true;
}

static double deviation(Sums sums, int64_t channel, double rows) {
  double mean = sums.sum[channel] / rows;
  return sqrt(fmax(sums.squares[channel] / rows - mean * mean, 0));
}

static double sum_up(const SnRun *run, const SnPaperSpread *spread, int64_t channels, Sums before, Sums after) {
  int64_t images = run->dataset->train.count, cells = run->model->features.height * run->model->features.width;
  float *values = sn_scope_allocate(IMAGES_AT_ONCE * cells * channels, sizeof *values, NULL);
  for (int64_t first = 0; values && first < images && sn_ok(); first += IMAGES_AT_ONCE) {
    int64_t count = images - first < IMAGES_AT_ONCE ? images - first : IMAGES_AT_ONCE;
    SnScope *scope = sn_scope_open();
    SnTensor *features = sn_features_assembled(run->model, run->train_features, first, count);
    SnTensor *o = features ? sn_reshape(features, SN_SHAPE(count * cells, channels)) : NULL;
    SnTensor *q = o ? spread->transform(run->model, o) : NULL;
    if (sn_ok() && add_rows(o, channels, values, before)) add_rows(q, channels, values, after);
    sn_scope_close(scope);
  }
  return (double)(images * cells);
}

bool sn_write_feature_spread(const char *path, const SnRun *run, const SnPaperSpread *spread) {
  int64_t channels = run->model->features.channels;
  SnScope *scope = sn_scope_open();
  Sums before = {sn_scope_allocate(channels, sizeof(double), NULL), sn_scope_allocate(channels, sizeof(double), NULL)};
  Sums after = {sn_scope_allocate(channels, sizeof(double), NULL), sn_scope_allocate(channels, sizeof(double), NULL)};
  double rows = sn_ok() ? sum_up(run, spread, channels, before, after) : 0;
  SnFileWriter writer;
  if (sn_ok() && sn_file_create(path, &writer)) {
    fprintf(writer.stream, "dimension,before,after\n");
    for (int64_t c = 0; c < channels; c++) {
      fprintf(writer.stream, "%" PRId64, c);
      sn_write_csv_number(writer.stream, deviation(before, c, rows));
      sn_write_csv_number(writer.stream, deviation(after, c, rows));
      fprintf(writer.stream, "\n");
    }
    sn_csv_commit(&writer);
  }
  sn_scope_close(scope);
  return sn_ok();
}
