/* CASE(name, call, inputs...): what the operations are tried on; in[i] is input i. Included by op_cases.c and
 * test_ops.c, and read by tests/oracle/ops.py, which holds PyTorch's call of every name. */

/* ---- elementwise, two inputs ---- */
CASE(add, sn_add(in[0], in[1]), SIGNED(3, 5), SIGNED(3, 5))
CASE(add_row, sn_add(in[0], in[1]), SIGNED(3, 5), SIGNED(5))
CASE(add_outer, sn_add(in[0], in[1]), SIGNED(3, 1, 5), SIGNED(4, 1))
CASE(add_scalars, sn_add(in[0], in[1]), SCALAR, SCALAR)
CASE(add_zero, sn_add(in[0], in[1]), SIGNED(0, 3), SIGNED(1, 3))
CASE(add_six, sn_add(in[0], in[1]), SIGNED(2, 1, 3, 1, 2, 3), SIGNED(3, 1, 2, 1, 3))
CASE(add_large, sn_add(in[0], in[1]), SIGNED(67, 1031), SIGNED(1031))
CASE(add_twice, sn_add(in[0], in[0]), SIGNED(7))
CASE(sub, sn_sub(in[0], in[1]), SIGNED(3, 5), SIGNED(3, 5))
CASE(sub_column, sn_sub(in[0], in[1]), SIGNED(3, 5), SIGNED(3, 1))
CASE(sub_from_scalar, sn_sub(in[0], in[1]), SCALAR, SIGNED(2, 3))
CASE(sub_zero, sn_sub(in[0], in[1]), SIGNED(3, 0), SIGNED(3, 1))
CASE(sub_large, sn_sub(in[0], in[1]), SIGNED(257, 129), SIGNED(257, 1))
CASE(sub_twice, sn_sub(in[0], in[0]), SIGNED(7))
CASE(mul, sn_mul(in[0], in[1]), SIGNED(3, 5), SIGNED(3, 5))
CASE(mul_channels, sn_mul(in[0], in[1]), SIGNED(2, 3, 4, 5), SIGNED(3, 1, 1))
CASE(mul_outer, sn_mul(in[0], in[1]), SIGNED(7, 1), SIGNED(1, 6))
CASE(mul_zero, sn_mul(in[0], in[1]), SIGNED(2, 0, 3), SIGNED(3))
CASE(mul_large, sn_mul(in[0], in[1]), SIGNED(65537), SIGNED(65537))
CASE(mul_square, sn_mul(in[0], in[0]), SIGNED(7))
CASE(div, sn_div(in[0], in[1]), SIGNED(3, 5), SIGNED(3, 5))
CASE(div_row, sn_div(in[0], in[1]), SIGNED(2, 3, 5), SIGNED(1, 5))
CASE(div_scalar_by, sn_div(in[0], in[1]), SCALAR, SIGNED(11))
CASE(div_zero, sn_div(in[0], in[1]), SIGNED(0), SCALAR)
CASE(div_large, sn_div(in[0], in[1]), SIGNED(31, 1, 63), SIGNED(17, 63))

/* ---- elementwise, one input ---- */
CASE(scale, sn_scale(in[0], -1.75), SIGNED(3, 5))
CASE(scale_zero, sn_scale(in[0], 3), SIGNED(0, 4))
CASE(scale_large, sn_scale(in[0], 0.3), SIGNED(65537))
CASE(add_scalar, sn_add_scalar(in[0], 0.625), SIGNED(3, 5))
CASE(add_scalar_large, sn_add_scalar(in[0], -0.1), SIGNED(17, 33, 65))
CASE(neg, sn_neg(in[0]), SIGNED(3, 5))
CASE(neg_scalar, sn_neg(in[0]), SCALAR)
CASE(exp, sn_exp(in[0]), SIGNED(3, 5))
CASE(exp_zero, sn_exp(in[0]), SIGNED(3, 0))
CASE(exp_large, sn_exp(in[0]), SIGNED(10007))
CASE(log, sn_log(in[0]), POSITIVE(3, 5))
CASE(log_large, sn_log(in[0]), POSITIVE(10007))
CASE(sqrt, sn_sqrt(in[0]), POSITIVE(3, 5))
CASE(sqrt_large, sn_sqrt(in[0]), POSITIVE(10007))
CASE(sqrt_scalar, sn_sqrt(in[0]), POSITIVE_SCALAR)
CASE(abs, sn_abs(in[0]), SIGNED(3, 5))
CASE(abs_kinks, sn_abs(in[0]), KINKS(31))
CASE(abs_large, sn_abs(in[0]), SIGNED(10007))
CASE(relu, sn_relu(in[0]), SIGNED(3, 5))
CASE(relu_kinks, sn_relu(in[0]), KINKS(31))
CASE(relu_zero, sn_relu(in[0]), SIGNED(0))
CASE(relu_image, sn_relu(in[0]), SIGNED(2, 3, 5, 7))
CASE(relu_large, sn_relu(in[0]), SIGNED(3, 37, 997))
CASE(leaky_relu, sn_leaky_relu(in[0], 0.01), SIGNED(3, 5))
CASE(relu6, sn_relu6(in[0]), WIDE(17))
CASE(relu6_large, sn_relu6(in[0]), WIDE(3, 37, 97))
CASE(silu, sn_silu(in[0]), WIDE(17))
CASE(silu_large, sn_silu(in[0]), SIGNED(3, 37, 97))
CASE(gelu, sn_gelu(in[0]), WIDE(17))
CASE(gelu_large, sn_gelu(in[0]), SIGNED(3, 37, 97))
CASE(hard_sigmoid, sn_hard_sigmoid(in[0]), WIDE(17))
CASE(hard_sigmoid_large, sn_hard_sigmoid(in[0]), WIDE(3, 37, 97))
CASE(hard_swish, sn_hard_swish(in[0]), WIDE(17))
CASE(hard_swish_large, sn_hard_swish(in[0]), WIDE(3, 37, 97))
CASE(leaky_relu_kinks, sn_leaky_relu(in[0], 0.2), KINKS(31))
CASE(leaky_relu_large, sn_leaky_relu(in[0], 0.2), SIGNED(129, 1025))
CASE(sigmoid, sn_sigmoid(in[0]), SIGNED(3, 5))
CASE(sigmoid_wide, sn_sigmoid(in[0]), WIDE(17))
CASE(sigmoid_large, sn_sigmoid(in[0]), SIGNED(10007))
CASE(clamp, sn_clamp(in[0], -0.7, 0.9), SIGNED(3, 5))
CASE(clamp_low, sn_clamp(in[0], 0.3, INFINITY), SIGNED(17))
CASE(clamp_high, sn_clamp(in[0], -INFINITY, 0.3), SIGNED(17))
CASE(clamp_kinks, sn_clamp(in[0], -0.5, 0.5), KINKS(31))
CASE(clamp_large, sn_clamp(in[0], -0.7, 0.9), SIGNED(10007))

/* ---- reductions ---- */
CASE(sum_all, sn_sum(in[0], SN_ALL_DIMS, false), SIGNED(3, 5, 7))
CASE(sum_all_keep, sn_sum(in[0], SN_ALL_DIMS, true), SIGNED(3, 5))
CASE(sum_first, sn_sum(in[0], SN_DIMS(0), false), SIGNED(3, 5))
CASE(sum_last, sn_sum(in[0], SN_DIMS(-1), false), SIGNED(3, 5))
CASE(sum_middle_keep, sn_sum(in[0], SN_DIMS(1), true), SIGNED(3, 5, 2))
CASE(sum_two, sn_sum(in[0], SN_DIMS(2, 0), false), SIGNED(3, 5, 7))
CASE(sum_alternate, sn_sum(in[0], SN_DIMS(0, -2, -4), true), SIGNED(2, 3, 2, 3, 2, 3))
CASE(sum_scalar, sn_sum(in[0], SN_ALL_DIMS, false), SCALAR)
CASE(sum_of_none, sn_sum(in[0], SN_DIMS(0), false), SIGNED(0, 3))
CASE(sum_zero, sn_sum(in[0], SN_DIMS(1), false), SIGNED(0, 3))
CASE(sum_one, sn_sum(in[0], SN_DIMS(0, 2), false), SIGNED(1, 5, 1))
CASE(sum_large_all, sn_sum(in[0], SN_ALL_DIMS, false), SIGNED(257, 1031))
CASE(sum_large_rows, sn_sum(in[0], SN_DIMS(1), false), SIGNED(257, 1031))
CASE(sum_large_columns, sn_sum(in[0], SN_DIMS(0), false), SIGNED(1031, 257))
CASE(sum_large_channels, sn_sum(in[0], SN_DIMS(0, 2, 3), false), SIGNED(4, 19, 28, 28))
CASE(mean_all, sn_mean(in[0], SN_ALL_DIMS, false), SIGNED(3, 5, 7))
CASE(mean_image, sn_mean(in[0], SN_DIMS(2, 3), false), SIGNED(2, 3, 4, 5))
CASE(mean_negative_keep, sn_mean(in[0], SN_DIMS(-3), true), SIGNED(2, 3, 4))
CASE(mean_zero, sn_mean(in[0], SN_DIMS(1), false), SIGNED(0, 3))
CASE(mean_scalar, sn_mean(in[0], SN_ALL_DIMS, false), SCALAR)
CASE(mean_large, sn_mean(in[0], SN_DIMS(0), false), SIGNED(1031, 257))
CASE(max_all, sn_max(in[0], SN_ALL_DIMS, false), SIGNED(3, 5, 7))
CASE(max_first, sn_max(in[0], SN_DIMS(0), false), SIGNED(4, 5))
CASE(max_last_keep, sn_max(in[0], SN_DIMS(-1), true), SIGNED(4, 5))
CASE(max_two, sn_max(in[0], SN_DIMS(0, 2), false), SIGNED(3, 4, 5))
CASE(max_ties, sn_max(in[0], SN_DIMS(1), false), KINKS(4, 19))
CASE(max_zero, sn_max(in[0], SN_DIMS(1), false), SIGNED(0, 3))
CASE(max_scalar, sn_max(in[0], SN_ALL_DIMS, false), SCALAR)
CASE(max_large, sn_max(in[0], SN_DIMS(1), false), SIGNED(129, 517))
CASE(max_large_all, sn_max(in[0], SN_ALL_DIMS, false), SIGNED(129, 517))

/* ---- shape ---- */
CASE(reshape, sn_reshape(in[0], SN_SHAPE(2, -1)), SIGNED(4, 3))
CASE(reshape_flat, sn_reshape(in[0], SN_SHAPE(-1)), SIGNED(2, 3, 4))
CASE(reshape_same_count, sn_reshape(in[0], SN_SHAPE(3, 1, 2, 2)), SIGNED(2, 6))
CASE(reshape_to_scalar, sn_reshape(in[0], 0, NULL), SIGNED(1, 1))
CASE(reshape_scalar, sn_reshape(in[0], SN_SHAPE(1, 1, 1)), SCALAR)
CASE(reshape_zero, sn_reshape(in[0], SN_SHAPE(3, 0)), SIGNED(0, 5))
CASE(reshape_permuted, sn_reshape(sn_permute(in[0], SN_DIMS(1, 0)), SN_SHAPE(-1)), SIGNED(4, 3))
CASE(permute, sn_permute(in[0], SN_DIMS(1, 0)), SIGNED(3, 5))
CASE(permute_image, sn_permute(in[0], SN_DIMS(0, 2, 3, 1)), SIGNED(2, 3, 4, 5))
CASE(permute_six, sn_permute(in[0], SN_DIMS(5, 0, 3, 1, 4, 2)), SIGNED(2, 1, 3, 2, 1, 3))
CASE(permute_negative, sn_permute(in[0], SN_DIMS(-1, 0, -2)), SIGNED(2, 3, 4))
CASE(permute_zero, sn_permute(in[0], SN_DIMS(1, 0)), SIGNED(0, 5))
CASE(permute_large, sn_mul(sn_permute(in[0], SN_DIMS(0, 2, 1)), in[1]), SIGNED(3, 65, 127), SIGNED(127, 65))
CASE(narrow, sn_narrow(in[0], 1, 1, 3), SIGNED(3, 5))
CASE(narrow_first, sn_narrow(in[0], 0, 2, 1), SIGNED(3, 2, 2))
CASE(narrow_negative, sn_narrow(in[0], -1, 2, 2), SIGNED(3, 5))
CASE(narrow_none, sn_narrow(in[0], 0, 1, 0), SIGNED(3, 2))
CASE(narrow_whole, sn_narrow(in[0], 0, 0, 4), SIGNED(4))
CASE(narrow_twice, sn_mul(sn_narrow(in[0], 0, 0, 4), sn_narrow(in[0], 0, 2, 4)), SIGNED(6, 2))
CASE(expand, sn_expand(in[0], SN_SHAPE(2, 3, 4)), SIGNED(3, 1))
CASE(expand_scalar, sn_expand(in[0], SN_SHAPE(2, 3)), SCALAR)
CASE(expand_same, sn_expand(in[0], SN_SHAPE(2, 3)), SIGNED(2, 3))
CASE(expand_zero, sn_expand(in[0], SN_SHAPE(0, 3)), SIGNED(1, 3))
CASE(index_select, sn_index_select(in[0], 1, in[1]), SIGNED(3, 5, 2), CLASSES(5, 4))
CASE(index_select_rows, sn_index_select(in[0], 0, in[1]), SIGNED(4, 3), CLASSES(4, 7))
CASE(index_select_last, sn_index_select(in[0], -1, in[1]), SIGNED(2, 3, 9), CLASSES(9, 5))
CASE(index_select_vector, sn_index_select(in[0], 0, in[1]), SIGNED(6), CLASSES(6, 3))
CASE(index_select_one, sn_index_select(in[0], 1, in[1]), SIGNED(4, 1, 3), CLASSES(1, 3))
CASE(index_select_none, sn_index_select(in[0], 1, in[1]), SIGNED(3, 5), CLASSES(5, 0))
CASE(index_select_zero, sn_index_select(in[0], 1, in[1]), SIGNED(0, 5), CLASSES(5, 2))
CASE(index_select_large, sn_index_select(in[0], 1, in[1]), SIGNED(3, 61, 29, 23), CLASSES(61, 100))
CASE(index_select_large_last, sn_index_select(in[0], 2, in[1]), SIGNED(7, 401, 67), CLASSES(67, 50))
CASE(cat_first, sn_cat(2, in, 0), SIGNED(2, 3), SIGNED(4, 3))
CASE(cat_second, sn_cat(3, in, 1), SIGNED(2, 3), SIGNED(2, 1), SIGNED(2, 2))
CASE(cat_one, sn_cat(1, in, 0), SIGNED(3, 2))
CASE(cat_five, sn_cat(5, in, 0), SIGNED(1), SIGNED(2), SIGNED(3), SIGNED(4), SIGNED(5))
CASE(cat_negative, sn_cat(2, in, -1), SIGNED(2, 3), SIGNED(2, 4))
CASE(cat_zero, sn_cat(3, in, 0), SIGNED(2, 3), SIGNED(0, 3), SIGNED(1, 3))
CASE(cat_same, sn_cat(2, (SnTensor *[]){in[0], in[0]}, 0), SIGNED(3))
CASE(cat_channels, sn_cat(2, in, 1), SIGNED(2, 3, 14, 13), SIGNED(2, 5, 14, 13))

/* ---- matrices ---- */
CASE(matmul, sn_matmul(in[0], in[1]), SIGNED(3, 5), SIGNED(5, 7))
CASE(matmul_one, sn_matmul(in[0], in[1]), SIGNED(1, 1), SIGNED(1, 1))
CASE(matmul_inner_zero, sn_matmul(in[0], in[1]), SIGNED(3, 0), SIGNED(0, 2))
CASE(matmul_zero, sn_matmul(in[0], in[1]), SIGNED(0, 4), SIGNED(4, 2))
CASE(matmul_batch, sn_matmul(in[0], in[1]), SIGNED(3, 4, 5), SIGNED(3, 5, 2))
CASE(matmul_left_once, sn_matmul(in[0], in[1]), SIGNED(1, 4, 5), SIGNED(3, 5, 2))
CASE(matmul_right_once, sn_matmul(in[0], in[1]), SIGNED(3, 4, 5), SIGNED(1, 5, 2))
CASE(matmul_transposed, sn_matmul(sn_permute(in[0], SN_DIMS(1, 0)), in[1]), SIGNED(5, 3), SIGNED(5, 7))
CASE(matmul_itself, sn_matmul(in[0], in[0]), SIGNED(4, 4))
CASE(matmul_large, sn_matmul(in[0], in[1]), SIGNED(67, 131), SIGNED(131, 65))
CASE(matmul_column, sn_matmul(in[0], in[1]), SIGNED(129, 65), SIGNED(65, 1))
CASE(linear, sn_linear(in[0], in[1], in[2]), SIGNED(3, 5), SIGNED(4, 5), SIGNED(4))
CASE(linear_no_bias, sn_linear(in[0], in[1], NULL), SIGNED(3, 5), SIGNED(4, 5))
CASE(linear_vector, sn_linear(in[0], in[1], in[2]), SIGNED(5), SIGNED(4, 5), SIGNED(4))
CASE(linear_sequences, sn_linear(in[0], in[1], in[2]), SIGNED(2, 3, 5), SIGNED(4, 5), SIGNED(4))
CASE(linear_one, sn_linear(in[0], in[1], in[2]), SIGNED(9, 7), SIGNED(1, 7), SIGNED(1))
CASE(linear_zero, sn_linear(in[0], in[1], in[2]), SIGNED(0, 5), SIGNED(4, 5), SIGNED(4))
CASE(linear_no_features, sn_linear(in[0], in[1], in[2]), SIGNED(3, 0), SIGNED(4, 0), SIGNED(4))
CASE(linear_large, sn_linear(in[0], in[1], in[2]), SIGNED(75, 131), SIGNED(67, 131), SIGNED(67))

/* ---- convolution ---- */
CASE(conv2d, sn_conv2d(in[0], in[1], in[2], (SnConv2d){0}), SIGNED(2, 3, 6, 5), SIGNED(4, 3, 3, 3), SIGNED(4))
CASE(conv2d_no_bias, sn_conv2d(in[0], in[1], NULL, (SnConv2d){0}), SIGNED(2, 3, 6, 5), SIGNED(4, 3, 3, 3))
CASE(conv2d_padding, sn_conv2d(in[0], in[1], in[2], (SnConv2d){.padding = {1, 1}}), SIGNED(1, 2, 5, 4),
     SIGNED(3, 2, 3, 3), SIGNED(3))
CASE(conv2d_stride, sn_conv2d(in[0], in[1], NULL, (SnConv2d){.stride = {2, 2}, .padding = {1, 1}}), SIGNED(2, 2, 8, 7),
     SIGNED(3, 2, 3, 3))
CASE(conv2d_uneven, sn_conv2d(in[0], in[1], in[2], (SnConv2d){.stride = {3, 2}, .padding = {0, 2}, .dilation = {1, 2}}),
     SIGNED(2, 2, 8, 7), SIGNED(3, 2, 2, 3), SIGNED(3))
CASE(conv2d_end_padding, sn_conv2d(in[0], in[1], in[2], (SnConv2d){.stride = {2, 2}, .end_padding = {1, 1}}),
     SIGNED(2, 3, 8, 7), SIGNED(4, 3, 3, 3), SIGNED(4))
CASE(conv2d_end_padding_more,
     sn_conv2d(in[0], in[1], NULL, (SnConv2d){.padding = {1, 2}, .end_padding = {2, 0}, .groups = 2}),
     SIGNED(1, 4, 5, 6), SIGNED(4, 2, 5, 3))
CASE(conv2d_pointwise_end_padding, sn_conv2d(in[0], in[1], in[2], (SnConv2d){.end_padding = {1, 2}}),
     SIGNED(1, 2, 3, 2), SIGNED(3, 2, 1, 1), SIGNED(3))
CASE(conv2d_dilation, sn_conv2d(in[0], in[1], NULL, (SnConv2d){.padding = {2, 2}, .dilation = {2, 2}}),
     SIGNED(1, 2, 6, 6), SIGNED(2, 2, 3, 3))
CASE(conv2d_pointwise, sn_conv2d(in[0], in[1], NULL, (SnConv2d){0}), SIGNED(2, 5, 3, 4), SIGNED(7, 5, 1, 1))
CASE(conv2d_pointwise_stride, sn_conv2d(in[0], in[1], NULL, (SnConv2d){.stride = {2, 2}}), SIGNED(2, 5, 7, 6),
     SIGNED(7, 5, 1, 1))
CASE(conv2d_pointwise_padding, sn_conv2d(in[0], in[1], in[2], (SnConv2d){.padding = {1, 2}}), SIGNED(1, 2, 3, 2),
     SIGNED(2, 2, 1, 1), SIGNED(2))
CASE(conv2d_groups, sn_conv2d(in[0], in[1], in[2], (SnConv2d){.padding = {1, 1}, .groups = 2}), SIGNED(2, 4, 5, 5),
     SIGNED(6, 2, 3, 3), SIGNED(6))
CASE(conv2d_depthwise, sn_conv2d(in[0], in[1], in[2], (SnConv2d){.stride = {2, 1}, .padding = {1, 1}, .groups = 5}),
     SIGNED(2, 5, 5, 4), SIGNED(5, 1, 3, 3), SIGNED(5))
CASE(conv2d_groups_dilation,
     sn_conv2d(in[0], in[1], NULL, (SnConv2d){.padding = {2, 1}, .dilation = {2, 1}, .groups = 3}), SIGNED(1, 6, 5, 5),
     SIGNED(3, 2, 3, 2))
CASE(conv2d_whole, sn_conv2d(in[0], in[1], in[2], (SnConv2d){0}), SIGNED(3, 2, 4, 3), SIGNED(5, 2, 4, 3), SIGNED(5))
CASE(conv2d_column, sn_conv2d(in[0], in[1], NULL, (SnConv2d){.padding = {2, 0}}), SIGNED(1, 1, 6, 1),
     SIGNED(1, 1, 5, 1))
CASE(conv2d_padding_only, sn_conv2d(in[0], in[1], NULL, (SnConv2d){.padding = {3, 3}}), SIGNED(1, 1, 1, 2),
     SIGNED(2, 1, 2, 2))
CASE(conv2d_zero, sn_conv2d(in[0], in[1], in[2], (SnConv2d){.padding = {1, 1}}), SIGNED(0, 3, 4, 4), SIGNED(2, 3, 3, 3),
     SIGNED(2))
CASE(conv2d_stem, sn_conv2d(in[0], in[1], NULL, (SnConv2d){.stride = {2, 2}, .padding = {3, 3}}), SIGNED(1, 3, 33, 31),
     SIGNED(8, 3, 7, 7))
CASE(conv2d_large, sn_conv2d(in[0], in[1], NULL, (SnConv2d){.padding = {1, 1}}), SIGNED(2, 17, 19, 21),
     SIGNED(19, 17, 3, 3))
CASE(conv2d_large_stride, sn_conv2d(in[0], in[1], NULL, (SnConv2d){.stride = {2, 2}, .padding = {1, 1}}),
     SIGNED(2, 17, 19, 21), SIGNED(19, 17, 3, 3))
CASE(conv2d_large_groups, sn_conv2d(in[0], in[1], NULL, (SnConv2d){.padding = {1, 1}, .groups = 32}),
     SIGNED(1, 128, 7, 9), SIGNED(128, 4, 3, 3))
CASE(conv2d_large_pointwise, sn_conv2d(in[0], in[1], in[2], (SnConv2d){0}), SIGNED(2, 67, 9, 11), SIGNED(33, 67, 1, 1),
     SIGNED(33))

/* ---- batch normalisation ---- */
CASE(batch_norm_rows, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], true, 0.1, 1e-5), SIGNED(7, 3), RUNNING(3),
     RUNNING(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_image, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], true, 0.1, 1e-5), SIGNED(2, 3, 4, 5),
     RUNNING(3), RUNNING(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_momentum, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], true, 0.75, 0.5), SIGNED(2, 3, 2, 2),
     RUNNING(3), RUNNING(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_momentum_one, sn_batch_norm(in[0], in[1], in[2], NULL, NULL, true, 1, 1e-5), SIGNED(9, 2), RUNNING(2),
     RUNNING(2))
CASE(batch_norm_momentum_zero, sn_batch_norm(in[0], in[1], in[2], NULL, NULL, true, 0, 1e-5), SIGNED(9, 2), RUNNING(2),
     RUNNING(2))
CASE(batch_norm_no_running, sn_batch_norm(in[0], NULL, NULL, in[3], in[4], true, 0.1, 1e-5), SIGNED(5, 4, 2, 1), ABSENT,
     ABSENT, SIGNED(4), SIGNED(4))
CASE(batch_norm_bare, sn_batch_norm(in[0], NULL, NULL, NULL, NULL, true, 0.1, 1e-5), SIGNED(5, 4))
CASE(batch_norm_weight_only, sn_batch_norm(in[0], in[1], in[2], in[3], NULL, true, 0.1, 1e-5), SIGNED(5, 4), RUNNING(4),
     RUNNING(4), SIGNED(4))
CASE(batch_norm_bias_only, sn_batch_norm(in[0], in[1], in[2], NULL, in[4], true, 0.1, 1e-5), SIGNED(5, 4), RUNNING(4),
     RUNNING(4), ABSENT, SIGNED(4))
CASE(batch_norm_one_image, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], true, 0.1, 1e-5), SIGNED(1, 2, 3, 1),
     RUNNING(2), RUNNING(2), SIGNED(2), SIGNED(2))
CASE(batch_norm_two_rows, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], true, 0.1, 1), SIGNED(2, 3), RUNNING(3),
     RUNNING(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_wide, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], true, 0.1, 1e-5), WIDE(9, 3), RUNNING(3),
     RUNNING(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_eval, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], false, 0.1, 1e-5), SIGNED(2, 3, 4, 5),
     RUNNING(3), RUNNING(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_eval_rows, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], false, 0.1, 1e-3), SIGNED(4, 3), RUNNING(3),
     RUNNING(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_eval_one, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], false, 0.1, 1e-5), SIGNED(1, 3), RUNNING(3),
     RUNNING(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_eval_bare, sn_batch_norm(in[0], in[1], in[2], NULL, NULL, false, 0.1, 1e-5), SIGNED(4, 3), RUNNING(3),
     RUNNING(3))
CASE(batch_norm_eval_zero, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], false, 0.1, 1e-5), SIGNED(0, 3, 2, 2),
     RUNNING(3), RUNNING(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_leaky_linear, sn_batch_norm_leaky_linear(in[0], in[1], in[2], in[3], in[4], in[5], 0.2, 0.1, 1e-5),
     SIGNED(2, 3, 5), RUNNING(3), RUNNING(3), SIGNED(3), SIGNED(3), SIGNED(3))
CASE(batch_norm_leaky_linear_one, sn_batch_norm_leaky_linear(in[0], in[1], in[2], in[3], in[4], in[5], 0.2, 0.5, 0.1),
     SIGNED(2, 2, 1), RUNNING(2), RUNNING(2), SIGNED(2), SIGNED(2), SIGNED(2))
CASE(batch_norm_leaky_linear_large,
     sn_batch_norm_leaky_linear(in[0], in[1], in[2], in[3], in[4], in[5], 0.2, 0.1, 1e-5), SIGNED(2, 37, 403),
     RUNNING(37), RUNNING(37), SIGNED(37), SIGNED(37), SIGNED(37))
CASE(batch_norm_large, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], true, 0.1, 1e-5), SIGNED(4, 19, 29, 23),
     RUNNING(19), RUNNING(19), SIGNED(19), SIGNED(19))
CASE(batch_norm_large_rows, sn_batch_norm(in[0], in[1], in[2], in[3], in[4], true, 0.1, 1e-5), SIGNED(517, 131),
     RUNNING(131), RUNNING(131), SIGNED(131), SIGNED(131))

/* ---- pooling and resampling ---- */
CASE(layer_norm, sn_layer_norm(in[0], in[1], in[2], 1e-5), SIGNED(3, 5), SIGNED(5), SIGNED(5))
CASE(layer_norm_bare, sn_layer_norm(in[0], NULL, NULL, 1e-5), SIGNED(2, 3, 7))
CASE(layer_norm_weight_only, sn_layer_norm(in[0], in[1], NULL, 0.5), SIGNED(4, 2, 3), SIGNED(3))
CASE(layer_norm_bias_only, sn_layer_norm(in[0], NULL, in[2], 1e-6), SIGNED(2, 9), ABSENT, SIGNED(9))
CASE(layer_norm_vector, sn_layer_norm(in[0], in[1], in[2], 1e-5), SIGNED(11), SIGNED(11), SIGNED(11))
CASE(layer_norm_channels,
     sn_permute(sn_layer_norm(sn_permute(in[0], SN_DIMS(0, 2, 3, 1)), in[1], in[2], 1e-6), SN_DIMS(0, 3, 1, 2)),
     SIGNED(2, 6, 3, 5), SIGNED(6), SIGNED(6))
CASE(layer_norm_zero, sn_layer_norm(in[0], in[1], in[2], 1e-5), SIGNED(0, 4), SIGNED(4), SIGNED(4))
CASE(layer_norm_large, sn_layer_norm(in[0], in[1], in[2], 1e-6), SIGNED(2, 67, 389), SIGNED(389), SIGNED(389))
CASE(attention, sn_scaled_dot_product_attention(in[0], in[1], in[2]), SIGNED(2, 3, 5, 4), SIGNED(2, 3, 5, 4),
     SIGNED(2, 3, 5, 4))
CASE(attention_across, sn_scaled_dot_product_attention(in[0], in[1], in[2]), SIGNED(1, 2, 3, 5), SIGNED(1, 2, 7, 5),
     SIGNED(1, 2, 7, 5))
CASE(attention_one_query, sn_scaled_dot_product_attention(in[0], in[1], in[2]), SIGNED(1, 1, 1, 2),
     SIGNED(1, 1, 3, 2), SIGNED(1, 1, 3, 2))
CASE(attention_itself, sn_scaled_dot_product_attention(in[0], in[0], in[0]), SIGNED(2, 2, 4, 3))
CASE(attention_zero, sn_scaled_dot_product_attention(in[0], in[1], in[2]), SIGNED(2, 1, 0, 4), SIGNED(2, 1, 3, 4),
     SIGNED(2, 1, 3, 4))
CASE(attention_heads_last,
     sn_scaled_dot_product_attention(sn_permute(in[0], SN_DIMS(0, 2, 1, 3)), sn_permute(in[1], SN_DIMS(0, 2, 1, 3)),
                                     sn_permute(in[2], SN_DIMS(0, 2, 1, 3))),
     SIGNED(2, 37, 2, 40), SIGNED(2, 33, 2, 40), SIGNED(2, 33, 2, 40))
CASE(attention_large, sn_scaled_dot_product_attention(in[0], in[1], in[2]), SIGNED(1, 2, 67, 16),
     SIGNED(1, 2, 1090, 16), SIGNED(1, 2, 1090, 16))
CASE(max_pool2d, sn_max_pool2d(in[0], (SnPool2d){.kernel = {2, 2}}), SIGNED(2, 3, 5, 7))
CASE(max_pool2d_stem, sn_max_pool2d(in[0], (SnPool2d){.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}),
     SIGNED(2, 3, 7, 8))
CASE(max_pool2d_overlap, sn_max_pool2d(in[0], (SnPool2d){.kernel = {3, 2}, .stride = {1, 1}, .padding = {1, 0}}),
     SIGNED(1, 2, 5, 4))
CASE(max_pool2d_ties, sn_max_pool2d(in[0], (SnPool2d){.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}),
     KINKS(2, 3, 7, 7))
CASE(max_pool2d_negative,
     sn_max_pool2d(sn_neg(in[0]), (SnPool2d){.kernel = {4, 4}, .stride = {2, 2}, .padding = {2, 2}}),
     POSITIVE(1, 2, 5, 6))
CASE(max_pool2d_whole, sn_max_pool2d(in[0], (SnPool2d){.kernel = {4, 3}}), SIGNED(2, 2, 4, 3))
CASE(max_pool2d_skip, sn_max_pool2d(in[0], (SnPool2d){.kernel = {1, 2}, .stride = {2, 3}}), SIGNED(1, 2, 6, 8))
CASE(max_pool2d_zero, sn_max_pool2d(in[0], (SnPool2d){.kernel = {2, 2}}), SIGNED(0, 2, 4, 4))
CASE(max_pool2d_large, sn_max_pool2d(in[0], (SnPool2d){.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}),
     SIGNED(2, 9, 41, 39))
CASE(avg_pool2d, sn_avg_pool2d(in[0], (SnPool2d){.kernel = {2, 2}}), SIGNED(2, 3, 5, 7))
CASE(avg_pool2d_neighbourhood, sn_avg_pool2d(in[0], (SnPool2d){.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}}),
     SIGNED(2, 3, 5, 4))
CASE(avg_pool2d_exclude_padding,
     sn_avg_pool2d(in[0], (SnPool2d){.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}, .exclude_padding = true}),
     SIGNED(2, 3, 5, 4))
CASE(avg_pool2d_uneven, sn_avg_pool2d(in[0], (SnPool2d){.kernel = {2, 3}, .stride = {2, 1}, .padding = {1, 0}}),
     SIGNED(1, 2, 6, 5))
CASE(avg_pool2d_uneven_exclude,
     sn_avg_pool2d(in[0], (SnPool2d){.kernel = {4, 3}, .stride = {3, 2}, .padding = {2, 1}, .exclude_padding = true}),
     SIGNED(1, 2, 7, 5))
CASE(avg_pool2d_five, sn_avg_pool2d(in[0], (SnPool2d){.kernel = {5, 5}, .stride = {1, 1}, .padding = {2, 2}}),
     SIGNED(1, 2, 3, 3))
CASE(avg_pool2d_zero, sn_avg_pool2d(in[0], (SnPool2d){.kernel = {2, 2}}), SIGNED(0, 2, 4, 4))
CASE(avg_pool2d_large, sn_avg_pool2d(in[0], (SnPool2d){.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}}),
     SIGNED(2, 17, 28, 27))
CASE(adaptive_avg_pool2d, sn_adaptive_avg_pool2d(in[0], 3, 2), SIGNED(2, 3, 7, 5))
CASE(adaptive_avg_pool2d_one, sn_adaptive_avg_pool2d(in[0], 1, 1), SIGNED(2, 3, 5, 4))
CASE(adaptive_avg_pool2d_up, sn_adaptive_avg_pool2d(in[0], 8, 7), SIGNED(1, 2, 5, 3))
CASE(adaptive_avg_pool2d_same, sn_adaptive_avg_pool2d(in[0], 4, 5), SIGNED(1, 2, 4, 5))
CASE(adaptive_avg_pool2d_mixed, sn_adaptive_avg_pool2d(in[0], 4, 7), SIGNED(2, 1, 10, 3))
CASE(adaptive_avg_pool2d_zero, sn_adaptive_avg_pool2d(in[0], 2, 2), SIGNED(0, 2, 4, 4))
CASE(adaptive_avg_pool2d_large, sn_adaptive_avg_pool2d(in[0], 14, 13), SIGNED(2, 16, 29, 28))
CASE(adaptive_avg_pool1d, sn_adaptive_avg_pool1d(in[0], 4), SIGNED(2, 3, 10))
CASE(adaptive_avg_pool1d_up, sn_adaptive_avg_pool1d(in[0], 7), SIGNED(2, 3, 3))
CASE(adaptive_avg_pool1d_one, sn_adaptive_avg_pool1d(in[0], 1), SIGNED(2, 3, 5))
CASE(adaptive_avg_pool1d_zero, sn_adaptive_avg_pool1d(in[0], 4), SIGNED(0, 1, 9))
CASE(adaptive_avg_pool1d_large, sn_adaptive_avg_pool1d(in[0], 1536), SIGNED(5, 2, 4608))
CASE(adaptive_avg_pool1d_large_up, sn_adaptive_avg_pool1d(in[0], 1536), SIGNED(5, 1, 1152))
CASE(interpolate_bilinear, sn_interpolate_bilinear(in[0], 7, 8), SIGNED(2, 3, 4, 3))
CASE(interpolate_bilinear_double, sn_interpolate_bilinear(in[0], 8, 6), SIGNED(1, 2, 4, 3))
CASE(interpolate_bilinear_down, sn_interpolate_bilinear(in[0], 4, 2), SIGNED(2, 2, 9, 7))
CASE(interpolate_bilinear_mixed, sn_interpolate_bilinear(in[0], 3, 11), SIGNED(1, 2, 8, 4))
CASE(interpolate_bilinear_same, sn_interpolate_bilinear(in[0], 4, 5), SIGNED(1, 2, 4, 5))
CASE(interpolate_bilinear_to_one, sn_interpolate_bilinear(in[0], 1, 1), SIGNED(2, 2, 5, 4))
CASE(interpolate_bilinear_from_one, sn_interpolate_bilinear(in[0], 3, 5), SIGNED(2, 2, 1, 1))
CASE(interpolate_bilinear_zero, sn_interpolate_bilinear(in[0], 3, 5), SIGNED(0, 2, 4, 4))
CASE(interpolate_bilinear_large, sn_interpolate_bilinear(in[0], 28, 27), SIGNED(2, 17, 14, 13))
CASE(interpolate_bilinear_map, sn_interpolate_bilinear(in[0], 224, 224), SIGNED(1, 1, 28, 28))
CASE(interpolate_nearest, sn_interpolate_nearest(in[0], 7, 8), SIGNED(2, 3, 4, 3))
CASE(interpolate_nearest_double, sn_interpolate_nearest(in[0], 8, 6), SIGNED(1, 2, 4, 3))
CASE(interpolate_nearest_down, sn_interpolate_nearest(in[0], 4, 2), SIGNED(2, 2, 9, 7))
CASE(interpolate_nearest_same, sn_interpolate_nearest(in[0], 4, 5), SIGNED(1, 2, 4, 5))
CASE(interpolate_nearest_from_one, sn_interpolate_nearest(in[0], 3, 5), SIGNED(2, 2, 1, 1))
CASE(interpolate_nearest_zero, sn_interpolate_nearest(in[0], 3, 5), SIGNED(0, 2, 4, 4))
CASE(interpolate_nearest_large, sn_interpolate_nearest(in[0], 28, 26), SIGNED(2, 17, 14, 13))
CASE(interpolate_bicubic, sn_interpolate_bicubic(in[0], 7, 8, (SnBicubic){0}), SIGNED(2, 3, 4, 3))
CASE(interpolate_bicubic_down, sn_interpolate_bicubic(in[0], 4, 2, (SnBicubic){0}), SIGNED(2, 2, 9, 7))
CASE(interpolate_bicubic_from_one, sn_interpolate_bicubic(in[0], 3, 5, (SnBicubic){0}), SIGNED(1, 2, 1, 1))
CASE(interpolate_bicubic_zero, sn_interpolate_bicubic(in[0], 3, 5, (SnBicubic){0}), SIGNED(0, 2, 4, 4))
CASE(interpolate_bicubic_factor,
     sn_interpolate_bicubic(in[0], 5, 4, (SnBicubic){.scale = {5.1 / 9, 4.1 / 7}}), SIGNED(1, 2, 9, 7))
CASE(interpolate_bicubic_antialias, sn_interpolate_bicubic(in[0], 4, 3, (SnBicubic){.antialias = true}),
     SIGNED(2, 2, 9, 11))
CASE(interpolate_bicubic_antialias_up, sn_interpolate_bicubic(in[0], 7, 9, (SnBicubic){.antialias = true}),
     SIGNED(1, 2, 4, 5))
CASE(interpolate_bicubic_antialias_factor,
     sn_interpolate_bicubic(in[0], 4, 6, (SnBicubic){.scale = {4.1 / 9, 6.1 / 8}, .antialias = true}),
     SIGNED(1, 2, 9, 8))
CASE(interpolate_bicubic_large, sn_interpolate_bicubic(in[0], 16, 18, (SnBicubic){.antialias = true}),
     SIGNED(1, 7, 37, 35))
CASE(unfold, sn_unfold(in[0], (SnUnfold){.kernel = {2, 2}}), SIGNED(2, 3, 4, 5))
CASE(unfold_padding, sn_unfold(in[0], (SnUnfold){.kernel = {3, 3}, .padding = {1, 1}}), SIGNED(2, 2, 4, 3))
CASE(unfold_stride, sn_unfold(in[0], (SnUnfold){.kernel = {3, 2}, .stride = {2, 3}, .padding = {1, 0}}),
     SIGNED(1, 2, 6, 8))
CASE(unfold_dilation, sn_unfold(in[0], (SnUnfold){.kernel = {2, 3}, .dilation = {3, 2}, .padding = {0, 2}}),
     SIGNED(1, 2, 6, 5))
CASE(unfold_point, sn_unfold(in[0], (SnUnfold){.kernel = {1, 1}}), SIGNED(2, 3, 2, 2))
CASE(unfold_zero, sn_unfold(in[0], (SnUnfold){.kernel = {3, 3}, .padding = {1, 1}}), SIGNED(0, 2, 4, 3))
CASE(unfold_large, sn_unfold(in[0], (SnUnfold){.kernel = {3, 3}, .padding = {1, 1}}), SIGNED(2, 9, 14, 15))
CASE(gaussian_blur2d, sn_gaussian_blur2d(in[0], 4), SIGNED(2, 1, 5, 7))
CASE(gaussian_blur2d_one, sn_gaussian_blur2d(in[0], 4), SIGNED(1, 2, 1, 1))
CASE(gaussian_blur2d_row, sn_gaussian_blur2d(in[0], 1.5), SIGNED(1, 1, 1, 13))
CASE(gaussian_blur2d_narrow, sn_gaussian_blur2d(in[0], 0.5), SIGNED(1, 2, 6, 5))
CASE(gaussian_blur2d_none, sn_gaussian_blur2d(in[0], 0.1), SIGNED(1, 1, 4, 5))
CASE(gaussian_blur2d_zero, sn_gaussian_blur2d(in[0], 4), SIGNED(0, 1, 5, 7))
CASE(gaussian_blur2d_large, sn_gaussian_blur2d(in[0], 4), SIGNED(2, 1, 61, 75))

/* ---- probabilities and losses ---- */
CASE(softmax, sn_softmax(in[0], 1), SIGNED(3, 5))
CASE(softmax_first, sn_softmax(in[0], 0), SIGNED(3, 5))
CASE(softmax_vector, sn_softmax(in[0], -1), SIGNED(7))
CASE(softmax_channels, sn_softmax(in[0], 1), SIGNED(2, 3, 4, 2))
CASE(softmax_wide, sn_softmax(in[0], 1), WIDE(4, 6))
CASE(softmax_one, sn_softmax(in[0], -1), SIGNED(4, 1))
CASE(softmax_zero, sn_softmax(in[0], 1), SIGNED(0, 5))
CASE(softmax_large, sn_softmax(in[0], -1), SIGNED(67, 1000))
CASE(log_softmax, sn_log_softmax(in[0], 1), SIGNED(3, 5))
CASE(log_softmax_first, sn_log_softmax(in[0], 0), SIGNED(3, 5))
CASE(log_softmax_channels, sn_log_softmax(in[0], -3), SIGNED(2, 3, 4, 2))
CASE(log_softmax_wide, sn_log_softmax(in[0], 1), WIDE(4, 6))
CASE(log_softmax_one, sn_log_softmax(in[0], -1), SIGNED(4, 1))
CASE(log_softmax_zero, sn_log_softmax(in[0], 0), SIGNED(3, 0))
CASE(log_softmax_large, sn_log_softmax(in[0], -1), SIGNED(67, 1000))
CASE(cross_entropy, sn_cross_entropy(in[0], in[1]), SIGNED(7, 5), CLASSES(5, 7))
CASE(cross_entropy_row, sn_cross_entropy(in[0], in[1]), SIGNED(1, 3), CLASSES(3, 1))
CASE(cross_entropy_one_class, sn_cross_entropy(in[0], in[1]), SIGNED(4, 1), CLASSES(1, 4))
CASE(cross_entropy_wide, sn_cross_entropy(in[0], in[1]), WIDE(9, 4), CLASSES(4, 9))
CASE(cross_entropy_large, sn_cross_entropy(in[0], in[1]), SIGNED(67, 1000), CLASSES(1000, 67))
CASE(bce_with_logits, sn_bce_with_logits(in[0], in[1]), SIGNED(3, 5), UNIT(3, 5))
CASE(bce_with_logits_scalar, sn_bce_with_logits(in[0], in[1]), SIGNED(1), UNIT(1))
CASE(bce_with_logits_wide, sn_bce_with_logits(in[0], in[1]), WIDE(17), UNIT(17))
CASE(bce_with_logits_large, sn_bce_with_logits(in[0], in[1]), SIGNED(4, 1, 61, 53), UNIT(4, 1, 61, 53))

/* ---- which is the nearest, which the largest ---- */
CASE(nearest_neighbors, sn_nearest_neighbors(in[0], in[1], 2), UNIT(7, 5), UNIT(9, 5))
CASE(nearest_neighbors_one, sn_nearest_neighbors(in[0], in[1], 1), UNIT(1, 1), UNIT(1, 1))
CASE(nearest_neighbors_all, sn_nearest_neighbors(in[0], in[1], 6), UNIT(3, 4), UNIT(6, 4))
CASE(nearest_neighbors_zero, sn_nearest_neighbors(in[0], in[1], 2), UNIT(0, 5), UNIT(3, 5))
CASE(nearest_neighbors_large, sn_nearest_neighbors(in[0], in[1], 9), UNIT(3, 131), UNIT(1537, 131))
CASE(nearest_neighbors_large_rows, sn_nearest_neighbors(in[0], in[1], 3), UNIT(261, 7), UNIT(1100, 7))
CASE(flat_argmax, sn_flat_argmax(in[0]), UNIT(3, 5))
CASE(flat_argmax_one, sn_flat_argmax(in[0]), UNIT(4, 1))
CASE(flat_argmax_zero, sn_flat_argmax(in[0]), UNIT(0, 5))
CASE(flat_argmax_large, sn_flat_argmax(in[0]), UNIT(67, 1031))

/* ---- random numbers ---- */
CASE(normal, sn_normal(dtype, SN_SHAPE(3, 5), 0, 1, sn_random(0, SN_STREAM_NOISE, 1)), ABSENT)
CASE(normal_scaled,
     sn_normal(dtype, SN_SHAPE(7), 0.5, 0.25, sn_random(0xDEADBEEF12345678, SN_STREAM_INITIALISATION, 7)), ABSENT)
CASE(normal_offset,
     sn_normal(dtype, SN_SHAPE(6), 0, 1, (SnRandom){.seed = 3, .stream = 2, .step = 5, .offset = 0x500000004}), ABSENT)
CASE(normal_large, sn_normal(dtype, SN_SHAPE(257, 131), 0, 0.015, sn_random(42, SN_STREAM_NOISE, 160)), ABSENT)
CASE(uniform, sn_uniform(dtype, SN_SHAPE(3, 5), -0.5, 0.25, sn_random(1, SN_STREAM_INITIALISATION, 2)), ABSENT)
CASE(uniform_zero, sn_uniform(dtype, SN_SHAPE(0, 5), 0, 1, sn_random(1, SN_STREAM_INITIALISATION, 2)), ABSENT)
CASE(uniform_large, sn_uniform(dtype, SN_SHAPE(30011), 0, 1, sn_random(1, SN_STREAM_DATA, 2)), ABSENT)
