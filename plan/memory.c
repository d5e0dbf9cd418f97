#include "plan/memory.h"

enum { ALIGNMENT = 64 };

static bool is_output(const SnPlanGraph *graph, int value) {
  for (int o = 0; o < graph->output_count; o++)
    if (graph->outputs[o].value == value) return true;
  return false;
}

static void touch(SnPlanPlace *place, int step) {
  if (place->first < 0) place->first = step;
  place->last = step;
}

static void find_lifetimes(const SnPlanGraph *graph, SnPlanPlace *places) {
  for (int v = 0; v < graph->value_count; v++) places[v] = (SnPlanPlace){.first = -1, .last = -1};
  for (int i = 0; i < graph->node_count; i++) {
    const SnPlanNode *node = &graph->nodes[i];
    for (int k = 0; k < node->input_count; k++)
      if (node->inputs[k].value >= 0) touch(&places[node->inputs[k].value], i);
    for (int k = 0; k < node->output_count; k++)
      if (node->outputs[k].value >= 0) touch(&places[node->outputs[k].value], i);
  }
  for (int v = 0; v < graph->value_count; v++) {
    const SnPlanValue *value = &graph->values[v];
    if (value->kind != SN_PLAN_COMPUTED || is_output(graph, v)) places[v].first = places[v].last = -1;
    int64_t bytes = value->count * (int64_t)sn_dtype_size(value->dtype);
    places[v].bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}

static bool live_together(const SnPlanPlace *a, const SnPlanPlace *b) {
  return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset from `from` on that no placed value alive with this one covers, and how much is free there. */
static int64_t next_gap(const SnPlanPlace *places, int count, const SnPlanPlace *place, int64_t from, int64_t *gap) {
  bool moved = true;
  while (moved) {
    moved = false;
    for (int v = 0; v < count; v++) {
      const SnPlanPlace *other = &places[v];
      if (other->first < 0 || other->offset < 0 || other->bytes == 0 || !live_together(place, other)) continue;
      if (other->offset <= from && from < other->offset + other->bytes) {
        from = other->offset + other->bytes;
        moved = true;
      }
    }
  }
  *gap = INT64_MAX;
  for (int v = 0; v < count; v++) {
    const SnPlanPlace *other = &places[v];
    if (other->first < 0 || other->offset < from || other->bytes == 0 || !live_together(place, other)) continue;
    if (other->offset - from < *gap) *gap = other->offset - from;
  }
  return from;
}

static void put(const SnPlanPlace *places, int count, SnPlanPlace *place) {
  int64_t from = 0, gap, best_gap = -1;
  do {
    from = next_gap(places, count, place, from, &gap);
    if (gap >= place->bytes && (best_gap < 0 || gap < best_gap)) {
      best_gap = gap;
      place->offset = from;
    }
    from += gap == INT64_MAX ? 0 : gap;
  } while (gap != INT64_MAX);
}

int64_t sn_plan_place(const SnPlanGraph *graph, SnPlanPlace *places) {
  int count = graph->value_count;
  int64_t size = 0;
  find_lifetimes(graph, places);
  for (int v = 0; v < count; v++) places[v].offset = -1; /* not placed yet */
  for (;;) {
    int largest = -1;
    for (int v = 0; v < count; v++)
      if (places[v].first >= 0 && places[v].offset < 0 && (largest < 0 || places[v].bytes > places[largest].bytes))
        largest = v;
    if (largest < 0) return size;
    SnPlanPlace place = places[largest];
    put(places, count, &place);
    places[largest] = place;
    if (place.offset + place.bytes > size) size = place.offset + place.bytes;
  }
}
