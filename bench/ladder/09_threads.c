/* Rung 9: rung 8 on several threads. Panels of positions depend on nothing but the padded image, so each thread takes
 * the next panel until none is left: one that is slow, or shares its processor, takes fewer. */
#include "bench/ladder/in_place.h"
#include "bench/ladder/threads.h"

typedef struct Work {
  InPlace in_place;
  int image;
} Work;

static void pad(void *context, int c, int thread) {
  const Work *work = context;
  (void)thread;
  ladder_in_place_pad(&work->in_place, work->image, c);
}

static void multiply(void *context, int panel, int thread) {
  const Work *work = context;
  ladder_in_place_panel(&work->in_place, work->image, panel, thread);
}

bool ladder_threads(Problem *p) {
  Work work = {.image = 0};
  if (!ladder_in_place_begin(&work.in_place, p, p->threads)) return false;
  for (; work.image < p->images; work.image++) {
    ladder_parallel(p->threads, p->in, pad, &work);
    ladder_parallel(p->threads, work.in_place.panels, multiply, &work);
  }
  ladder_in_place_end(&work.in_place);
  return true;
}
