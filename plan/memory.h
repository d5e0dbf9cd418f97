/* Where intermediate values are: one arena, in which values that are never alive at once share memory. */
#ifndef SN_PLAN_MEMORY_H
#define SN_PLAN_MEMORY_H

#include "plan/graph.h"

/* A value is alive from the step that writes it first to the one that reads it last. */
typedef struct SnPlanPlace {
  int first, last;       /* steps; -1: it is not in the arena (the input, constants, outputs, values nobody touches) */
  int64_t offset, bytes; /* in the arena; offsets are multiples of 64 */
} SnPlanPlace;

/* places[graph->value_count]; returns the arena's size in bytes. Largest values first, each into the smallest gap that
 * holds it between the values that are alive at the same time (Pisarchyk and Lee 2020, "greedy by size"). */
int64_t sn_plan_place(const SnPlanGraph *graph, SnPlanPlace *places);

#endif
