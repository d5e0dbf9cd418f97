/* Where a plan keeps its intermediate values: from which step to which each is alive, and where it lies in the arena.
 *
 *     make course-programs && build/examples/course/plan_memory build/course/plan_memory.svg
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "examples/course/small_network.h"
#include "examples/course/svg.h"
#include "plan/steps.h"

enum { SIDE = 64, LEFT = 60, TOP = 50, STEP = 76, HEIGHT = 240 };

static bool draw(const SnPlan *plan, const char *path) {
  static const char *const colors[] = {"#dbeafe", "#dcfce7", "#fef3c7", "#fce7f3", "#ede9fe", "#e0f2fe"};
  SnMarkup svg = {0};
  char text[64];
  int64_t arena = plan->summary.arena_bytes;
  svg_open(&svg, LEFT + plan->graph.node_count * STEP + 20, TOP + HEIGHT + 60);
  svg_text(&svg, LEFT, 24, "start", "", "Values in the arena, by step");
  for (int v = 0, drawn = 0; v < plan->graph.value_count; v++) {
    const SnPlanPlace *place = &plan->places[v];
    if (place->first < 0) continue;
    int height = (int)(place->bytes * HEIGHT / arena), top = TOP + (int)(place->offset * HEIGHT / arena);
    int left = LEFT + place->first * STEP, width = (place->last - place->first + 1) * STEP;
    svg_box(&svg, left, top, width, height, colors[drawn++ % 6]);
    snprintf(text, sizeof text, "%" PRId64 " kB", place->bytes / 1000);
    svg_text(&svg, left + width / 2, top + height / 2 + 5, "middle", "", text);
  }
  for (int i = 0; i < plan->graph.node_count; i++) {
    snprintf(text, sizeof text, "step %d", i + 1);
    svg_text(&svg, LEFT + i * STEP + STEP / 2, TOP + HEIGHT + 20, "middle", "small", text);
  }
  svg_text(&svg, LEFT - 8, TOP + 12, "end", "small", "0");
  snprintf(text, sizeof text, "%" PRId64 " kB", arena / 1000);
  svg_text(&svg, LEFT - 8, TOP + HEIGHT, "end", "small", text);
  return svg_close(&svg, path);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: plan_memory OUT.svg\n");
    return 2;
  }
  SnScope *scope = sn_scope_open();
  SmallNetwork network;
  sn_set_device("reference");
  SnTensor *images = sn_zeros(SN_FLOAT32, SN_SHAPE(1, 3, SIDE, SIDE));
  bool made = small_network_make(&network) && images;
  SnPlan *plan = made ? sn_plan_new(small_network_forward, &network, 1, &images) : NULL;
  if (plan && draw(plan, argv[1])) {
    int64_t all = 0;
    for (int v = 0; v < plan->graph.value_count; v++) all += plan->places[v].first < 0 ? 0 : plan->places[v].bytes;
    printf("all intermediate values: %" PRId64 " kB; the arena: %" PRId64 " kB\n", (all + 500) / 1000,
           (plan->summary.arena_bytes + 500) / 1000);
  }
  sn_plan_free(plan);
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "plan_memory: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
