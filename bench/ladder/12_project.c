/* The last rung: what this project's own kernel reaches (backends/cpu). It chooses the algorithm by the shape, here
 * F(4x4, 3x3), and does in one pass over y what follows a convolution in a network: bias, residual, activation. */
#include "backends/backend.h"
#include "bench/ladder/ladder.h"

static SnArray array(void *data, int64_t a, int64_t b, int64_t c, int64_t d) {
  return (SnArray){
      .dtype = SN_FLOAT32, .ndim = 4, .shape = {a, b, c, d}, .stride = {b * c * d, c * d, d, 1}, .data = data};
}

bool ladder_project(Problem *p) {
  const SnBackend *cpu = sn_backend_cpu();
  SnFusedConv2d options = {.conv2d = {{1, 1}, {1, 1}, {1, 1}, 1, {0, 0}},
                           .in = p->in,
                           .out = p->out,
                           .kernel = {3, 3},
                           .activation = SN_ACTIVATION_NONE};
  SnArray x = array(p->x, p->images, p->in, p->height, p->width), weight = array(p->weight, p->out, p->in, 3, 3);
  SnArray y = array(p->y, p->images, p->out, p->height, p->width);
  cpu->set_threads(p->threads);
  options.algorithm = cpu->conv2d_choose(&options, x.shape);
  int64_t count = cpu->conv2d_prepared_count(&options);
  bool first = !p->memory[LADDER_WEIGHTS];
  float *prepared = ladder_memory(p, LADDER_WEIGHTS, (size_t)count);
  if (!prepared) return false;
  SnArray kept = {.dtype = SN_FLOAT32, .ndim = 1, .shape = {count}, .stride = {1}, .data = prepared};
  SnCall prepare = {.in = {&weight}, .out = {&kept}, .attributes.fused_conv2d = options};
  SnCall call = {.in = {&x, &kept}, .out = {&y}, .attributes.fused_conv2d = options};
  if (first && !cpu->kernels[SN_KERNEL_conv2d_prepare](&prepare)) return false;
  return cpu->kernels[SN_KERNEL_conv2d_fused](&call);
}
