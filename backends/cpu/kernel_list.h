/* The kernels that the CPU backend has. One of backends/kernels.h that is absent here is computed by the reference
 * backend. */
#ifndef SN_BACKENDS_CPU_KERNEL_LIST_H
#define SN_BACKENDS_CPU_KERNEL_LIST_H

/* clang-format off */
#define SN_CPU_KERNELS(X) \
  X(copy) X(fill) X(add) X(subtract) X(multiply) X(divide) X(affine) X(exp) X(log) X(sqrt) X(abs) X(abs_backward) \
  X(relu) X(relu_backward) X(leaky_relu) X(leaky_relu_backward) X(relu6) X(relu6_backward) X(sigmoid) X(sigmoid_backward) X(silu) X(silu_backward) \
  X(gelu) X(gelu_backward) X(hard_sigmoid) X(hard_sigmoid_backward) X(hard_swish) X(hard_swish_backward) X(clamp) \
  X(clamp_backward) X(bce_with_logits) X(bce_with_logits_backward) X(sum) X(max) X(max_backward) X(matmul) \
  X(linear) X(conv2d) X(conv2d_backward_input) X(conv2d_backward_weight) X(conv2d_prepare) X(conv2d_fused) \
  X(batch_norm) X(batch_norm_backward) X(layer_norm) X(layer_norm_backward) X(batch_norm_leaky_linear) X(batch_norm_leaky_linear_backward) X(max_pool2d) \
  X(max_pool2d_backward) X(avg_pool2d) X(avg_pool2d_backward) X(adaptive_avg_pool2d) \
  X(adaptive_avg_pool2d_backward) X(interpolate_bilinear) X(interpolate_bilinear_backward) \
  X(interpolate_nearest) X(interpolate_nearest_backward) X(interpolate_bicubic) X(interpolate_bicubic_backward) X(attention) X(attention_backward) X(unfold) X(unfold_backward) X(gaussian_blur2d) \
  X(gaussian_blur2d_backward) X(softmax) X(softmax_backward) X(log_softmax) X(log_softmax_backward) X(nll_loss) \
  X(nll_loss_backward) X(index_select) X(index_select_backward) X(gather_positions) X(whitening) X(nearest_neighbors) X(flat_argmax) \
  X(normal) X(uniform) X(adam) X(sgd)
/* clang-format on */

#endif
