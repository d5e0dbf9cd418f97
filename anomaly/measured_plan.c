#include "anomaly/measured_plan.h"

#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "plan/measure.h"

/* Each round makes all plans anew, so that what disturbs one for a while disturbs no algorithm alone. */
enum { ROUNDS = 3, RUNS = 15 };

/* DIRECT stands for the backend's own choices. */
static const SnConvolutionAlgorithm algorithms[] = {
    SN_CONVOLUTION_DIRECT,  SN_CONVOLUTION_IM2COL,     SN_CONVOLUTION_POINTWISE,  SN_CONVOLUTION_GROUPED,
    SN_CONVOLUTION_SHALLOW, SN_CONVOLUTION_WINOGRAD_2, SN_CONVOLUTION_WINOGRAD_4, SN_CONVOLUTION_BFLOAT16};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

struct SnMeasuring {
  SnModel *model;
  SnTensor *input;
  SnChoices *choices;
  int64_t images, done;
};

SnMeasuring *sn_measuring_new(SnModel *model, int64_t images) {
  SnSize crop = model->settings.view.crop;
  SnMeasuring *measuring = sn_scope_allocate(1, sizeof *measuring, NULL);
  if (!measuring) return NULL;
  *measuring = (SnMeasuring){.model = model, .choices = sn_choices_new(), .images = images};
  measuring->input =
      sn_uniform(SN_FLOAT32, SN_SHAPE(images, 3, crop.height, crop.width), -2, 2, sn_random(0, SN_STREAM_DATA, 0));
  return sn_ok() ? measuring : NULL;
}

static bool may_round(void) { return sn_may_round_to_bfloat16(sn_precision()); }

static bool measure(SnMeasuring *measuring, SnConvolutionAlgorithm algorithm) {
  SnScope *scope = sn_scope_open();
  int64_t pixels = sn_size_pixels(measuring->model->settings.view.crop);
  float *maps = sn_scope_allocate(measuring->images * pixels, sizeof *maps, NULL);
  float *scores = sn_scope_allocate(measuring->images, sizeof *scores, NULL);
  SnScorer *scorer = sn_ok() ? sn_scorer_new(measuring->model, SN_SCORER_IMAGES) : NULL;
  sn_choices_prefer(algorithm);
  if (scorer && sn_scorer_run(scorer, 1, &measuring->input, maps, scores))
    sn_plan_measure(sn_scorer_plan(scorer), &measuring->input, RUNS, algorithm, measuring->choices);
  sn_choices_prefer(SN_CONVOLUTION_DIRECT);
  sn_scope_close(scope);
  return sn_ok();
}

bool sn_measuring_next(SnMeasuring *measuring) {
  if (!sn_ok() || measuring->done == ROUNDS * ALGORITHMS) return false;
  SnConvolutionAlgorithm algorithm = algorithms[measuring->done++ % ALGORITHMS];
  if (algorithm == SN_CONVOLUTION_BFLOAT16 && !may_round()) return true;
  return measure(measuring, algorithm);
}

SnMeasuringProgress sn_measuring_progress(const SnMeasuring *measuring) {
  return (SnMeasuringProgress){measuring->done, ROUNDS * ALGORITHMS};
}

const SnChoices *sn_measuring_choices(const SnMeasuring *measuring) { return measuring->choices; }
