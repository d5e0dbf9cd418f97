#include "anomaly/input_statistics.h"

#include <math.h>
#include <string.h>

#include "autograd/record.h"

enum { BINS = 2048, LEVELS = 256 };

typedef struct Layer {
  const char *weight;
  const SnStorage *storage;
  float least, most; /* 0 is between them */
  bool is_seen;
  int64_t total;
  int64_t bins[BINS]; /* evenly between least and most; zeros are not counted */
} Layer;

struct SnInputStatistics {
  SnBackbone *backbone;
  int64_t count;
  Layer *layers; /* of all tensors of the backbone: most are never seen */
};

static const char *const rule_names[SN_RANGE_RULE_COUNT] = {
    [SN_RANGE_MINMAX] = "minmax",
    [SN_RANGE_PERCENTILE_4] = "percentile 99.99",
    [SN_RANGE_PERCENTILE_3] = "percentile 99.9",
    [SN_RANGE_ENTROPY] = "entropy",
};

const char *sn_range_rule_name(SnRangeRule rule) { return rule_names[rule]; }

SnInputStatistics *sn_input_statistics_new(SnBackbone *backbone) {
  SnInputStatistics *statistics = sn_scope_allocate(1, sizeof *statistics, NULL);
  SnStateDict *state = sn_state_dict_new();
  if (!statistics || !state || !sn_module_state(&backbone->module, "", state)) return NULL;
  *statistics = (SnInputStatistics){backbone, 0, sn_scope_allocate(state->tensor_count, sizeof(Layer), NULL)};
  for (int64_t i = 0; i < state->tensor_count && statistics->layers; i++) {
    SnNamedTensor *item = &state->tensors[i];
    if (item->tensor->array.ndim == 4)
      statistics->layers[statistics->count++] = (Layer){.weight = item->name, .storage = item->tensor->storage};
  }
  return sn_ok() ? statistics : NULL;
}

/* ---- measuring ---- */

/* What this thread's recorder works for. */
static _Thread_local struct {
  SnInputStatistics *statistics;
  const SnTensor *images;
  SnInputPass pass;
} measuring;

static void add_values(Layer *layer, SnInputPass pass, const float *values, int64_t count) {
  if (pass == SN_INPUT_BOUNDS) {
    for (int64_t i = 0; i < count; i++) {
      layer->least = fminf(layer->least, values[i]);
      layer->most = fmaxf(layer->most, values[i]);
    }
    return;
  }
  float width = (layer->most - layer->least) / BINS;
  for (int64_t i = 0; i < count && width > 0; i++) {
    float bin = (values[i] - layer->least) / width;
    if (values[i] == 0) continue; /* which 8 bits hold exactly, whatever the range */
    layer->bins[bin >= BINS ? BINS - 1 : bin > 0 ? (int)bin : 0]++;
    layer->total++;
  }
}

static bool add_input(Layer *layer, const SnTensor *x) {
  SnScope *scope = sn_scope_open();
  float *values = sn_scope_allocate(sn_count(x), sizeof *values, NULL);
  if (values && sn_to_host(x, SN_FLOAT32, values)) add_values(layer, measuring.pass, values, sn_count(x));
  layer->is_seen = true;
  sn_scope_close(scope);
  return sn_ok();
}

/* The recorder (autograd/record.h). */
static bool see(const SnRecord *call) {
  SnInputStatistics *statistics = measuring.statistics;
  if (call->op->kind != SN_OP_CONVOLUTION || call->attributes.conv2d.groups > 1 ||
      call->inputs[0]->storage == measuring.images->storage)
    return true;
  for (int64_t i = 0; i < statistics->count; i++)
    if (statistics->layers[i].storage == call->inputs[1]->storage)
      return add_input(&statistics->layers[i], call->inputs[0]);
  return true;
}

bool sn_input_statistics_add(SnInputStatistics *statistics, SnInputPass pass, SnTensor *images) {
  if (!sn_ok()) return false;
  SnTensor *levels[SN_MAX_LEVELS];
  SnScope *scope = sn_scope_open();
  measuring.statistics = statistics;
  measuring.images = images;
  measuring.pass = pass;
  sn_set_recorder(see);
  sn_backbone_forward(statistics->backbone, images, levels);
  sn_set_recorder(NULL);
  sn_scope_close(scope);
  return sn_ok();
}

/* ---- ranges ---- */

static SnInputRange range_of_bins(const Layer *layer, int64_t first, int64_t end) {
  float width = (layer->most - layer->least) / BINS;
  SnInputRange range = {layer->least + (float)first * width, layer->least + (float)end * width};
  if (first == 0) range.least = layer->least; /* exactly: 0, where nothing is below it */
  if (end == BINS) range.most = layer->most;
  return (SnInputRange){fminf(range.least, 0), fmaxf(range.most, 0)};
}

/* Cuts `share` of all numbers off at each end, but not beyond 0. */
static SnInputRange without_tails(const Layer *layer, double share) {
  int64_t first = 0, end = BINS, allowed = (int64_t)(share * (double)layer->total);
  for (int64_t cut = layer->bins[0]; layer->least < 0 && first + 1 < BINS && cut <= allowed;
       cut += layer->bins[++first])
    continue;
  for (int64_t cut = layer->bins[BINS - 1]; layer->most > 0 && end - 1 > first && cut <= allowed;
       cut += layer->bins[--end - 1])
    continue;
  return range_of_bins(layer, first, end);
}

/* Of bins [first, end) with what is beyond them at their ends, from the same on LEVELS levels, each of which spreads
 * over those of its bins that hold something. */
static double divergence(const Layer *layer, int64_t first, int64_t end) {
  int64_t count = end - first;
  double below = 0, above = 0, sum = 0, total = (double)layer->total;
  for (int64_t i = 0; i < first; i++) below += (double)layer->bins[i];
  for (int64_t i = end; i < BINS; i++) above += (double)layer->bins[i];
  for (int64_t level = 0; level < LEVELS; level++) {
    int64_t from = first + level * count / LEVELS, until = first + (level + 1) * count / LEVELS, filled = 0;
    double kept = 0;
    for (int64_t i = from; i < until; i++) {
      kept += (double)layer->bins[i];
      filled += layer->bins[i] > 0 || (i == first && below > 0) || (i == end - 1 && above > 0);
    }
    for (int64_t i = from; i < until; i++) {
      double p = (double)layer->bins[i] + (i == first ? below : 0) + (i == end - 1 ? above : 0);
      double q = filled > 0 ? kept / (double)filled : 0;
      if (p > 0) sum += p / total * log(p / fmax(q, 1e-3)); /* a level that holds nothing but what is beyond it */
    }
  }
  return sum + log((total - below - above) / total); /* q is a distribution of what was kept */
}

/* Both ends come nearer to 0 alike. */
static SnInputRange least_divergence(const Layer *layer) {
  enum { STEP = 16 };
  int64_t zero = (int64_t)((double)BINS * (double)(-layer->least) / (double)(layer->most - layer->least));
  int64_t best_first = 0, best_end = BINS;
  double best = INFINITY;
  for (int64_t count = LEVELS; count <= BINS; count += STEP) {
    int64_t first = zero - zero * count / BINS, end = first + count;
    double found = divergence(layer, first, end);
    if (!(found <= best)) continue;
    best = found;
    best_first = first;
    best_end = end;
  }
  return range_of_bins(layer, best_first, best_end);
}

static SnInputRange range_of(const Layer *layer, SnRangeRule rule) {
  switch (rule) {
    case SN_RANGE_PERCENTILE_4:
      return without_tails(layer, 1e-4);
    case SN_RANGE_PERCENTILE_3:
      return without_tails(layer, 1e-3);
    case SN_RANGE_ENTROPY:
      return least_divergence(layer);
    default:
      return (SnInputRange){layer->least, layer->most};
  }
}

SnLayerRanges sn_input_statistics_ranges(const SnInputStatistics *statistics, SnRangeRule rule) {
  SnLayerRanges ranges = {sn_scope_allocate(statistics->count, sizeof *ranges.items, NULL), 0};
  for (int64_t i = 0; i < statistics->count && ranges.items; i++) {
    const Layer *layer = &statistics->layers[i];
    float span = layer->most - layer->least;
    if (!layer->is_seen || !(span > 0) || !isfinite(span)) continue; /* nothing, or NaN, which is found in the scores */
    ranges.items[ranges.count++] = (SnLayerRange){layer->weight, range_of(layer, rule)};
  }
  return ranges;
}
