#include "anomaly/quantizing.h"

#include <math.h>

#include "anomaly/scorer.h"

enum { AT_ONCE = 4 };

struct SnQuantizing {
  SnModel *model;
  const float *images;
  int64_t measured, held_out, pixels; /* photographs; elements of a map */
  SnInputStatistics *statistics;
  int64_t done;
  float *maps;   /* of float32, of those held out */
  float *others; /* and of 8 bits */
  double difference[SN_RANGE_RULE_COUNT];
  SnRangeRule rule;
};

SnQuantizing *sn_quantizing_new(SnModel *model, const float *images, int64_t count) {
  if (!model->backbone)
    return sn_fail_null("int8: the method %s has no backbone to be computed in 8 bits", model->settings.method->name);
  SnQuantizing *q = sn_scope_allocate(1, sizeof *q, NULL);
  if (!q) return NULL;
  *q = (SnQuantizing){.model = model,
                      .images = images,
                      .held_out = (count + 2) / 3,
                      .pixels = sn_size_pixels(model->settings.view.crop)};
  q->measured = count - q->held_out;
  q->statistics = sn_input_statistics_new(model->backbone);
  q->maps = sn_scope_allocate(q->held_out * q->pixels, sizeof *q->maps, NULL);
  q->others = sn_scope_allocate(q->held_out * q->pixels, sizeof *q->others, NULL);
  return sn_ok() ? q : NULL;
}

static int64_t batches(const SnQuantizing *q) { return (q->measured + AT_ONCE - 1) / AT_ONCE; }

/* Some of the photographs that are measured. */
static bool measure(SnQuantizing *q) {
  SnSize crop = q->model->settings.view.crop;
  int64_t first = q->done % batches(q) * AT_ONCE;
  int64_t count = q->measured - first < AT_ONCE ? q->measured - first : AT_ONCE;
  SnScope *scope = sn_scope_open();
  SnTensor *images = sn_from_host(SN_FLOAT32, SN_SHAPE(count, 3, crop.height, crop.width),
                                  q->images + first * 3 * sn_size_pixels(crop));
  if (images) sn_input_statistics_add(q->statistics, (SnInputPass)(q->done / batches(q)), images);
  sn_scope_close(scope);
  return sn_ok();
}

static bool score(SnQuantizing *q, const char *precision, float *maps) {
  float one[AT_ONCE];
  SnScope *scope = sn_scope_open();
  SnPrecision usual = sn_precision();
  SnScorer *scorer = sn_set_precision(precision) ? sn_scorer_new(q->model, SN_SCORER_IMAGES) : NULL;
  for (int64_t i = 0; scorer && i < q->held_out; i++)
    if (!sn_scorer_run_images(scorer, q->images + (q->measured + i) * 3 * q->pixels, 1, maps + i * q->pixels, one))
      break;
  if (sn_device()->set_precision) sn_device()->set_precision(usual); /* after an error, too */
  sn_scope_close(scope);
  return sn_ok();
}

static double difference(const SnQuantizing *q) {
  int64_t count = q->held_out * q->pixels;
  double sum = 0, squares = 0, off = 0, n = (double)count;
  for (int64_t i = 0; i < count; i++) {
    double value = (double)q->maps[i];
    sum += value;
    squares += value * value;
    off += fabs((double)q->others[i] - value);
  }
  return off / n / sqrt(fmax(squares / n - sum / n * (sum / n), 1e-30));
}

static bool try_rule(SnQuantizing *q, SnRangeRule rule) {
  q->model->ranges = sn_input_statistics_ranges(q->statistics, rule);
  if (sn_ok() && q->model->ranges.count == 0)
    return sn_fail("int8: %s has no convolution in one group behind its first one, which could be computed in 8 bits",
                   q->model->settings.features.backbone);
  if (!sn_ok() || !score(q, "int8", q->others)) return false;
  q->difference[rule] = difference(q);
  if (rule == 0 || q->difference[rule] < q->difference[q->rule]) q->rule = rule;
  return true;
}

bool sn_quantizing_next(SnQuantizing *q) {
  int64_t measuring = SN_INPUT_PASSES * batches(q), rule = q->done - measuring - 1;
  if (!sn_ok() || rule >= SN_RANGE_RULE_COUNT) return false;
  bool good = q->done < measuring ? measure(q) : rule < 0 ? score(q, "fp32", q->maps) : try_rule(q, (SnRangeRule)rule);
  q->done++;
  if (good && rule + 1 == SN_RANGE_RULE_COUNT) q->model->ranges = sn_input_statistics_ranges(q->statistics, q->rule);
  return good && sn_ok();
}

SnQuantizingProgress sn_quantizing_progress(const SnQuantizing *q) {
  return (SnQuantizingProgress){q->done, SN_INPUT_PASSES * batches(q) + 1 + SN_RANGE_RULE_COUNT};
}

double sn_quantizing_difference(const SnQuantizing *q, SnRangeRule rule) { return q->difference[rule]; }

SnRangeRule sn_quantizing_rule(const SnQuantizing *q) { return q->rule; }

int64_t sn_quantizing_held_out(const SnQuantizing *q) { return q->held_out; }
