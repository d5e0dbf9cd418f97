/* Adaptor and first discriminator layer are both linear, and nothing but noise comes between them. With O the features
 * (rows: positions), G the adaptor, W and c the first layer, E the noise, in columns of positions:
 *
 *     A = W G      Z_true = A O^T      Z_fake = Z_true + S      S = W E^T
 *
 * O is the concatenation of levels, each resized: O = [O_0 | U_1 L_1 | …]. Resizing works on positions and A on
 * channels, so each level's share of Z_true is computed on its own, smaller grid: Z_true = A_0 O_0^T + U_1 (A_1 L_1^T)
 * + …
 *
 * Backward, with dS = dZ_fake, D = dZ_true + dZ_fake and P = D O = [D O_0 | (D U_1) L_1 | …]:
 *
 *     dW = P G^T + dS E      dG = W^T P
 *
 * BatchNorm follows, which takes the mean of Z away: c and the adaptor's bias b move nothing but the running mean, by
 * c + W b, and their gradients are zero. */
#include "models/simplenet/fast/reassociated_step.h"

#include "autograd/ops.h"
#include "models/simplenet/loss.h"

bool sn_reassociated_step_supports(const SnSettings *settings) {
  SnSimpleNetSettings own = sn_simplenet_settings(settings);
  return own.adaptor_depth == 1 && own.discriminator_depth == 2 &&
         settings->features.upsampling == SN_UPSAMPLING_BILINEAR;
}

/* ---- helpers; nothing is recorded ---- */

/* One of both, [2, hidden, positions]; [hidden, positions]. */
static SnTensor *half(SnTensor *both, int which) {
  if (!both) return NULL;
  const SnArray *b = &both->array;
  return sn_view(both, 2, b->shape + 1, b->stride + 1, which * b->stride[0]);
}

static SnTensor *transposed(SnTensor *x) { return sn_permute(x, SN_DIMS(1, 0)); }

static int64_t channels_of(const SnTensor *level) { return level->array.shape[3]; }

static SnTensor *as_matrix(SnTensor *level) { return sn_reshape(level, SN_SHAPE(-1, channels_of(level))); }

/* A matrix as a batch of one; NULL stays NULL. */
static SnTensor *as_batch(const SnTensor *x) {
  if (!x) return NULL;
  const SnArray *a = &x->array;
  return sn_view(x, 3, (int64_t[]){1, a->shape[0], a->shape[1]}, (int64_t[]){0, a->stride[0], a->stride[1]}, 0);
}

/* target = a b, or target += a b. */
static bool multiply_into(SnTensor *target, const SnTensor *a, const SnTensor *b, bool add) {
  SnTensor *output = as_batch(target), *inputs[] = {as_batch(a), as_batch(b), add ? output : NULL};
  return sn_run_kernel(SN_KERNEL_matmul, 3, inputs, 1, &output, NULL);
}

/* Whether two levels have the same grid. */
static bool same_grid(const SnTensor *a, const SnTensor *b) {
  return a->array.shape[1] == b->array.shape[1] && a->array.shape[2] == b->array.shape[2];
}

/* z [channels, positions] as feature maps on the grid of a level, [channels, images, h, w]. */
static SnTensor *as_maps(SnTensor *z, const SnTensor *level) {
  const int64_t *shape = level->array.shape;
  return sn_reshape(z, SN_SHAPE(-1, shape[0], shape[1], shape[2]));
}

/* target, on the grid of level `to`, = U z, or z U of the backward kernel, z on the grid of level `from`. */
static bool resize_into(SnTensor *target, const SnTensor *to, SnTensor *z, const SnTensor *from, SnKernel kernel) {
  SnTensor *input = as_maps(z, from), *output = as_maps(target, to);
  return sn_run_kernel(kernel, 1, &input, 1, &output, NULL);
}

/* ---- forward ---- */

/* Z_true, [hidden, positions], into z: from the last level to the first, whose grid is z's. */
static bool true_features(SnTensor *z, SnTensor *a, int count, SnTensor *const *levels) {
  int64_t end = sn_ok() ? a->array.shape[1] : 0;
  for (int i = count - 1; i >= 0 && sn_ok(); i--) {
    bool begun = i < count - 1;
    SnTensor *own = sn_narrow(a, 1, end - channels_of(levels[i]), channels_of(levels[i]));
    SnTensor *features = transposed(as_matrix(levels[i]));
    end -= channels_of(levels[i]);
    if (same_grid(levels[i], levels[0])) {
      multiply_into(z, own, features, begun);
      continue;
    }
    SnTensor *share = begun ? sn_empty_like(z) : z;
    resize_into(share, levels[0], sn_matmul(own, features), levels[i], SN_KERNEL_interpolate_bilinear);
    if (begun) sn_run_kernel(SN_KERNEL_add, 2, (SnTensor *[]){z, share}, 1, &z, NULL);
  }
  return sn_ok();
}

/* The running mean is that of Z with its bias, which was left out. */
static bool add_bias_to_running_mean(const SnSimpleNet *network) {
  const SnLinear *first = network->discriminator->linear[0], *adaptor = network->adaptor->linear[0];
  const SnBatchNorm *norm = network->discriminator->norm[0];
  SnTensor *bias = sn_detach(first->bias);
  if (adaptor->bias) {
    SnTensor *column = sn_reshape(sn_detach(adaptor->bias), SN_SHAPE(-1, 1));
    bias = sn_add(bias, sn_reshape(sn_matmul(sn_detach(first->weight), column), SN_SHAPE(-1)));
  }
  SnTensor *moved = sn_add(norm->running_mean, sn_scale(bias, norm->momentum));
  return moved && sn_copy_into(norm->running_mean, moved);
}

/* ---- backward ---- */

/* P, [hidden, channels]. */
static SnTensor *gather_products(SnTensor *d, int count, SnTensor *const *levels) {
  SnTensor *products[SN_MAX_LEVELS];
  for (int i = 0; i < count && sn_ok(); i++) {
    const int64_t *shape = levels[i]->array.shape;
    SnTensor *own = d;
    if (!same_grid(levels[i], levels[0])) {
      own = sn_empty(d->array.dtype, SN_SHAPE(d->array.shape[0], shape[0] * shape[1] * shape[2]));
      resize_into(own, levels[i], d, levels[0], SN_KERNEL_interpolate_bilinear_backward);
    }
    products[i] = sn_matmul(own, as_matrix(levels[i]));
  }
  return sn_ok() ? sn_cat(count, products, 1) : NULL;
}

static void give_zero(SnTensor *parameter) {
  if (!sn_ok() || !parameter) return;
  SnTensor *zero = sn_empty_like(parameter);
  if (sn_fill(zero, 0)) sn_accumulate(parameter, zero);
}

/* From the gradients of Z_true and S, [2, hidden, positions]. */
static void give_gradients(const SnTraining *training, SnTensor *dx, int count, SnTensor *const *levels, SnTensor *e) {
  const SnSimpleNet *network = training->network;
  const SnLinear *first = network->discriminator->linear[0], *adaptor = network->adaptor->linear[0];
  SnTensor *w = sn_detach(first->weight), *g = sn_detach(adaptor->weight);
  SnTensor *p = gather_products(half(dx, 0), count, levels);
  SnTensor *dw = sn_matmul(p, transposed(g));
  if (multiply_into(dw, half(dx, 1), e, true)) sn_accumulate(first->weight, dw);
  sn_accumulate(adaptor->weight, sn_matmul(transposed(w), p));
  give_zero(first->bias);
  give_zero(adaptor->bias);
}

bool sn_reassociated_backward(SnTraining *training, int count, SnTensor *const *levels, SnTensor *e,
                              SnStepOutcome *outcome) {
  if (!sn_ok()) return false;
  const SnSimpleNet *network = training->network;
  const SnBatchNorm *norm = network->discriminator->norm[0];
  SnLinear *tail = network->discriminator->tail;
  SnTensor *w = sn_detach(network->discriminator->linear[0]->weight);
  SnTensor *g = sn_detach(network->adaptor->linear[0]->weight);
  int64_t hidden = w ? w->array.shape[0] : 0, positions = e->array.shape[0];
  SnTensor *x = sn_empty(e->array.dtype, SN_SHAPE(2, hidden, positions)); /* Z_true and S */
  true_features(half(x, 0), sn_matmul(w, g), count, levels);
  multiply_into(half(x, 1), w, transposed(e), false);
  sn_require_gradient(x);
  SnTape *tape = sn_tape_begin();
  SnTensor *scores = sn_batch_norm_leaky_linear(x, norm->running_mean, norm->running_var, norm->weight, norm->bias,
                                                sn_reshape(tail->weight, SN_SHAPE(-1)), 0.2, norm->momentum, norm->eps);
  scores = sn_reshape(scores, SN_SHAPE(2 * positions));
  SnTensor *loss = sn_discriminator_loss(&network->settings, sn_narrow(scores, 0, 0, positions),
                                         sn_narrow(scores, 0, positions, positions));
  if (loss) sn_backward(tape, loss);
  sn_tape_end(tape);
  if (sn_ok()) add_bias_to_running_mean(network);
  if (sn_ok()) give_gradients(training, sn_gradient(x), count, levels, e);
  *outcome = (SnStepOutcome){loss, scores};
  return sn_ok();
}
