#include "plan/choices.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "tensor/scope.h"

static const double WORTH_IT = 0.97;

static _Thread_local const SnChoices *in_use;
static _Thread_local SnConvolutionAlgorithm preferred;

static void release(void *memory) {
  SnChoices *choices = memory;
  free(choices->items);
}

SnChoices *sn_choices_new(void) { return sn_scope_allocate(1, sizeof(SnChoices), release); }

static bool is_same_pair(const int64_t a[2], const int64_t b[2]) { return a[0] == b[0] && a[1] == b[1]; }

static bool is_same(const SnChoice *choice, const SnFusedConv2d *conv2d, const int64_t x[4]) {
  const SnConv2d *a = &choice->conv2d.conv2d, *b = &conv2d->conv2d;
  return memcmp(choice->x, x, sizeof choice->x) == 0 && choice->conv2d.in == conv2d->in &&
         choice->conv2d.out == conv2d->out && is_same_pair(choice->conv2d.kernel, conv2d->kernel) &&
         a->groups == b->groups && is_same_pair(a->stride, b->stride) && is_same_pair(a->padding, b->padding) &&
         is_same_pair(a->dilation, b->dilation) && is_same_pair(a->end_padding, b->end_padding);
}

static SnChoice *find(const SnChoices *choices, const SnFusedConv2d *conv2d, const int64_t x[4]) {
  for (int64_t i = 0; choices && i < choices->count; i++)
    if (is_same(&choices->items[i], conv2d, x)) return &choices->items[i];
  return NULL;
}

bool sn_choices_add(SnChoices *choices, const SnFusedConv2d *conv2d, const int64_t x[4], SnConvolutionAlgorithm usual,
                    double seconds) {
  SnChoice *choice = find(choices, conv2d, x);
  if (!choice) {
    SnChoice *items = sn_grow(choices->items, choices->count, sizeof *items, "measurements");
    if (!items) return false;
    choices->items = items;
    choice = &items[choices->count++];
    *choice = (SnChoice){.conv2d = *conv2d, .usual = usual};
    memcpy(choice->x, x, sizeof choice->x);
  }
  double *known = &choice->seconds[conv2d->algorithm];
  if (*known == 0 || seconds < *known) *known = seconds;
  return true;
}

SnConvolutionAlgorithm sn_choice_fastest(const SnChoice *choice) {
  SnConvolutionAlgorithm fastest = choice->usual;
  double least = choice->seconds[fastest] * WORTH_IT;
  for (int a = 0; a < SN_CONVOLUTION_ALGORITHM_COUNT; a++)
    if (choice->seconds[a] > 0 && choice->seconds[a] < least) {
      fastest = (SnConvolutionAlgorithm)a;
      least = choice->seconds[a];
    }
  return fastest;
}

void sn_choices_use(const SnChoices *choices) { in_use = choices; }

const SnChoices *sn_choices_in_use(void) { return in_use; }

void sn_choices_prefer(SnConvolutionAlgorithm algorithm) { preferred = algorithm; }

/* Which of two ways with them is taken decides more of a plan than one step. */
static bool stays(SnConvolutionAlgorithm usual) {
  return usual == SN_CONVOLUTION_ROWS || usual == SN_CONVOLUTION_DEPTHWISE || usual == SN_CONVOLUTION_DIRECT;
}

SnConvolutionAlgorithm sn_choose_convolution(const SnBackend *backend, const SnFusedConv2d *conv2d,
                                             const int64_t x[4]) {
  SnFusedConv2d candidate = *conv2d;
  SnConvolutionAlgorithm usual = backend->conv2d_choose(conv2d, x);
  const SnChoice *choice = preferred == SN_CONVOLUTION_DIRECT ? find(in_use, conv2d, x) : NULL;
  candidate.algorithm = preferred != SN_CONVOLUTION_DIRECT ? preferred : choice ? sn_choice_fastest(choice) : usual;
  return stays(usual) || !backend->conv2d_supports(&candidate, x) ? usual : candidate.algorithm;
}
