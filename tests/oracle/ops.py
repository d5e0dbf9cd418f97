"""What PyTorch (and scipy, for Gaussian blurs) gives for every case of tests/support/op_case_list.h, in float64.

    /usr/bin/python3 tests/oracle/ops.py        writes tests/golden/ops.safetensors

For loss = sum(output * weights): the output, the gradient of every differentiable input, and the running statistics
after the call. Large results are stored as evenly spaced samples, then their norm; their shape is a text.
"""
import json
import math
import re
import struct
from pathlib import Path

import numpy as np
import scipy.ndimage
import torch
import torch.nn.functional as F

TESTS = Path(__file__).resolve().parent.parent
WEIGHTS = 99
WHOLE, SAMPLES = 128, 40  # results of more elements than WHOLE are sampled; test_ops.c has the same numbers
DIFFERENTIABLE = {"SIGNED", "POSITIVE", "WIDE", "KINKS"}


def mix(x):
    x = (x ^ x >> np.uint32(16)) * np.uint32(0x7FEB352D)
    x = (x ^ x >> np.uint32(15)) * np.uint32(0x846CA68B)
    return x ^ x >> np.uint32(16)


def values(name, which, kind, shape, classes=0):
    """op_value() of tests/support/op_cases.c."""
    key = 2166136261
    for byte in name.encode():
        key = (key ^ byte) * 16777619 % 2**32
    start = mix(np.array([(key + 0x9E3779B9 * (which + 1)) % 2**32], dtype=np.uint32))
    bits = mix(start + np.arange(math.prod(shape), dtype=np.uint32)).astype(np.int64)
    magnitude, sign, unit = 0.25 + (bits >> 12) * 2.0**-19, np.where(bits & 1, -1.0, 1.0), (bits >> 8) * 2.0**-24
    result = {
        "SIGNED": sign * magnitude,
        "POSITIVE": magnitude,
        "RUNNING": magnitude,
        "WIDE": sign * magnitude * 64,
        "KINKS": np.floor(unit * 5) / 2 - 1,
        "UNIT": unit,
        "CLASSES": np.floor(unit * classes).astype(np.int64),
    }[kind]
    return torch.from_numpy(result.reshape(shape))


def read_cases():
    """[(name, [(kind, shape, classes)])], from the third argument of every CASE on."""
    text = re.sub(r"/\*.*?\*/", "", (TESTS / "support/op_case_list.h").read_text(), flags=re.S)
    cases = []
    for match in re.finditer(r"^CASE\(", text, flags=re.M):
        arguments, depth, argument = [], 1, ""
        for c in text[match.end():]:
            depth += (c in "([{") - (c in ")]}")
            if depth == 0:
                break
            if c == "," and depth == 1:
                arguments.append(argument)
                argument = ""
            else:
                argument += c
        arguments.append(argument)
        inputs = []
        for item in arguments[2:]:
            kind, numbers = re.fullmatch(r"\s*(\w+)\s*(?:\((.*)\))?\s*", item, flags=re.S).groups()
            numbers = [int(n) for n in numbers.split(",")] if numbers else []
            classes = numbers.pop(0) if kind == "CLASSES" else 0
            kind = {"SCALAR": "SIGNED", "POSITIVE_SCALAR": "POSITIVE"}.get(kind, kind)
            inputs.append((kind, numbers, classes))
        cases.append((arguments[0].strip(), inputs))
    return cases


class Blur(torch.autograd.Function):
    """scipy's filter; its transpose by the matrices that it stands for along either axis."""

    @staticmethod
    def forward(context, x, sigma):
        context.sigma = sigma
        planes = [[scipy.ndimage.gaussian_filter(plane, sigma) for plane in image] for image in x.detach().numpy()]
        return torch.tensor(np.array(planes).reshape(x.shape))

    @staticmethod
    def backward(context, g):
        down, across = (
            torch.from_numpy(scipy.ndimage.gaussian_filter1d(np.eye(size), context.sigma, axis=0))
            for size in g.shape[2:]
        )
        return down.T @ g @ across, None


def philox(seed, stream, step, offset, count):
    """Words of Philox4x32-10 (Salmon et al. 2011), counter {block, block >> 32, step, stream}."""
    words = []
    for block in range(offset // 4, (offset + count + 3) // 4):
        c = [block % 2**32, block >> 32, step, stream]
        k = [seed % 2**32, seed >> 32]
        for _ in range(10):
            p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [p1 >> 32 ^ c[1] ^ k[0], p1 % 2**32, p0 >> 32 ^ c[3] ^ k[1], p0 % 2**32]
            k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
        words += c
    return np.array(words, dtype=np.float64)


def normal(shape, mean, deviation, seed, stream, step, offset=0):
    count = math.prod(shape)
    words = philox(seed, stream, step, offset, count)
    radius = np.sqrt(-2 * np.log((words[0::2] + 0.5) / 2**32))
    angle = 2 * np.pi * words[1::2] / 2**32
    z = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)[:count]
    return torch.from_numpy(mean + deviation * z).reshape(shape)


def uniform(shape, low, high, seed, stream, step):
    words = philox(seed, stream, step, 0, math.prod(shape))[: math.prod(shape)]
    return torch.from_numpy(low + (high - low) * np.floor(words / 256) / 2**24).reshape(shape)


def batch_norm(x, mean=None, var=None, weight=None, bias=None, training=True, momentum=0.1, eps=1e-5):
    return F.batch_norm(x, mean, var, weight, bias, training, momentum, eps)


def batch_norm_leaky_linear(x, mean, var, weight, bias, projection, **options):
    features = batch_norm(torch.cumsum(x, 0), mean, var, weight, bias, **options)
    return torch.einsum("c,ncs->ns", projection, F.leaky_relu(features, 0.2))


def evaluated(*inputs, **options):
    return batch_norm(*inputs, training=False, **options)


def layer_norm(eps=1e-5):
    return lambda x, weight=None, bias=None: F.layer_norm(x, x.shape[-1:], weight, bias, eps)


def attention(q, k, v):
    return torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), -1) @ v


def bicubic(height, width, factor=None, antialias=False):
    size = dict(scale_factor=factor) if factor else dict(size=(height, width))
    return lambda x: F.interpolate(x, **size, mode="bicubic", align_corners=False, antialias=antialias)


def neighbors(k):
    exactly = "donot_use_mm_for_euclid_dist"
    return lambda x, bank: torch.cdist(x, bank, compute_mode=exactly).topk(k, largest=False).indices


def resize(height, width):
    return lambda x: F.interpolate(x, (height, width), mode="bilinear", align_corners=False)


def nearest(height, width):
    return lambda x: F.interpolate(x, (height, width), mode="nearest")


def blur(sigma):
    return lambda x: Blur.apply(x, sigma)


def conv(**options):
    return lambda x, w, b=None: F.conv2d(x, w, b, **options)


def padded_conv(padding, **options):
    """padding: cells at the left, right, top and bottom."""
    return lambda x, w, b=None: F.conv2d(F.pad(x, padding), w, b, **options)


def pool(function, kernel, **options):
    return lambda x: function(x, kernel, **options)


def over(function, *dims, keep=False):
    return lambda x: function(x, dims, keepdim=keep)


same = dict.fromkeys
CALLS = {
    **same("add add_row add_outer add_scalars add_zero add_six add_large".split(), torch.add),
    **same("sub sub_column sub_from_scalar sub_zero sub_large".split(), torch.sub),
    **same("mul mul_channels mul_outer mul_zero mul_large".split(), torch.mul),
    **same("div div_row div_scalar_by div_zero div_large".split(), torch.div),
    "add_twice": lambda x: x + x,
    "sub_twice": lambda x: x - x,
    "mul_square": lambda x: x * x,
    "scale": lambda x: -1.75 * x,
    "scale_zero": lambda x: 3 * x,
    "scale_large": lambda x: 0.3 * x,
    "add_scalar": lambda x: x + 0.625,
    "add_scalar_large": lambda x: x - 0.1,
    **same(["neg", "neg_scalar"], torch.neg),
    **same(["exp", "exp_zero", "exp_large"], torch.exp),
    **same(["log", "log_large"], torch.log),
    **same(["sqrt", "sqrt_large", "sqrt_scalar"], torch.sqrt),
    **same(["abs", "abs_kinks", "abs_large"], torch.abs),
    **same("relu relu_kinks relu_zero relu_image relu_large".split(), torch.relu),
    "leaky_relu": F.leaky_relu,
    **same(["relu6", "relu6_large"], F.relu6),
    **same(["silu", "silu_large"], F.silu),
    **same(["gelu", "gelu_large"], F.gelu),
    **same(["hard_sigmoid", "hard_sigmoid_large"], F.hardsigmoid),
    **same(["hard_swish", "hard_swish_large"], F.hardswish),
    **same(["leaky_relu_kinks", "leaky_relu_large"], lambda x: F.leaky_relu(x, 0.2)),
    **same(["sigmoid", "sigmoid_wide", "sigmoid_large"], torch.sigmoid),
    **same(["clamp", "clamp_large"], lambda x: torch.clamp(x, -0.7, 0.9)),
    "clamp_low": lambda x: torch.clamp(x, min=0.3),
    "clamp_high": lambda x: torch.clamp(x, max=0.3),
    # derivative 1 at the bounds, as torch.clamp had it before 2.15
    "clamp_kinks": lambda x: torch.where((x >= -0.5) & (x <= 0.5), x, torch.clamp(x.detach(), -0.5, 0.5)),
    **same(["sum_all", "sum_scalar", "sum_large_all"], torch.sum),
    "sum_all_keep": over(torch.sum, 0, 1, keep=True),
    **same(["sum_first", "sum_of_none", "sum_large_columns"], over(torch.sum, 0)),
    "sum_last": over(torch.sum, -1),
    "sum_middle_keep": over(torch.sum, 1, keep=True),
    "sum_two": over(torch.sum, 2, 0),
    "sum_alternate": over(torch.sum, 0, -2, -4, keep=True),
    "sum_one": over(torch.sum, 0, 2),
    **same(["sum_zero", "sum_large_rows"], over(torch.sum, 1)),
    "sum_large_channels": over(torch.sum, 0, 2, 3),
    **same(["mean_all", "mean_scalar"], torch.mean),
    "mean_image": over(torch.mean, 2, 3),
    "mean_negative_keep": over(torch.mean, -3, keep=True),
    "mean_zero": over(torch.mean, 1),
    "mean_large": over(torch.mean, 0),
    "max_all": over(torch.amax, 0, 1, 2),
    "max_first": over(torch.amax, 0),
    "max_last_keep": over(torch.amax, -1, keep=True),
    "max_two": over(torch.amax, 0, 2),
    **same(["max_ties", "max_zero", "max_large"], over(torch.amax, 1)),
    "max_scalar": over(torch.amax),
    "max_large_all": over(torch.amax, 0, 1),
    "reshape": lambda x: x.reshape(2, -1),
    "reshape_flat": lambda x: x.reshape(-1),
    "reshape_same_count": lambda x: x.reshape(3, 1, 2, 2),
    "reshape_to_scalar": lambda x: x.reshape([]),
    "reshape_scalar": lambda x: x.reshape(1, 1, 1),
    "reshape_zero": lambda x: x.reshape(3, 0),
    "reshape_permuted": lambda x: x.T.reshape(-1),
    **same(["permute", "permute_zero"], lambda x: x.permute(1, 0)),
    "permute_image": lambda x: x.permute(0, 2, 3, 1),
    "permute_six": lambda x: x.permute(5, 0, 3, 1, 4, 2),
    "permute_negative": lambda x: x.permute(-1, 0, -2),
    "permute_large": lambda x, y: x.permute(0, 2, 1) * y,
    "narrow": lambda x: x.narrow(1, 1, 3),
    "narrow_first": lambda x: x.narrow(0, 2, 1),
    "narrow_negative": lambda x: x.narrow(-1, 2, 2),
    "narrow_none": lambda x: x.narrow(0, 1, 0),
    "narrow_whole": lambda x: x.narrow(0, 0, 4),
    "narrow_twice": lambda x: x[:4] * x[2:],
    "expand": lambda x: x.expand(2, 3, 4),
    **same(["expand_scalar", "expand_same"], lambda x: x.expand(2, 3)),
    "expand_zero": lambda x: x.expand(0, 3),
    **same(["cat_first", "cat_one", "cat_five", "cat_zero"], lambda *x: torch.cat(x, 0)),
    **same(["cat_second", "cat_negative", "cat_channels"], lambda *x: torch.cat(x, 1)),
    **same(
        "index_select index_select_one index_select_none index_select_zero index_select_large".split(),
        lambda x, index: torch.index_select(x, 1, index),
    ),
    **same(["index_select_rows", "index_select_vector"], lambda x, index: torch.index_select(x, 0, index)),
    **same(["index_select_last", "index_select_large_last"], lambda x, index: torch.index_select(x, -1, index)),
    "cat_same": lambda x: torch.cat([x, x]),
    **same(
        "matmul matmul_one matmul_inner_zero matmul_zero matmul_batch matmul_left_once matmul_right_once matmul_large "
        "matmul_column".split(),
        torch.matmul,
    ),
    "matmul_transposed": lambda a, b: a.T @ b,
    "matmul_itself": lambda a: a @ a,
    **same(
        "linear linear_no_bias linear_vector linear_sequences linear_one linear_zero linear_no_features "
        "linear_large".split(),
        F.linear,
    ),
    **same(
        "conv2d conv2d_no_bias conv2d_pointwise conv2d_whole conv2d_large_pointwise".split(),
        conv(),
    ),
    **same(["conv2d_padding", "conv2d_zero", "conv2d_large"], conv(padding=1)),
    **same(["conv2d_stride", "conv2d_large_stride"], conv(stride=2, padding=1)),
    "conv2d_uneven": conv(stride=(3, 2), padding=(0, 2), dilation=(1, 2)),
    "conv2d_end_padding": padded_conv((0, 1, 0, 1), stride=2),
    "conv2d_end_padding_more": padded_conv((2, 2, 1, 3), groups=2),
    "conv2d_pointwise_end_padding": padded_conv((0, 2, 0, 1)),
    "conv2d_dilation": conv(padding=2, dilation=2),
    "conv2d_pointwise_stride": conv(stride=2),
    "conv2d_pointwise_padding": conv(padding=(1, 2)),
    "conv2d_groups": conv(padding=1, groups=2),
    "conv2d_depthwise": conv(stride=(2, 1), padding=1, groups=5),
    "conv2d_groups_dilation": conv(padding=(2, 1), dilation=(2, 1), groups=3),
    "conv2d_column": conv(padding=(2, 0)),
    "conv2d_padding_only": conv(padding=3),
    "conv2d_stem": conv(stride=2, padding=3),
    "conv2d_large_groups": conv(padding=1, groups=32),
    **same(
        "batch_norm_rows batch_norm_image batch_norm_no_running batch_norm_bare batch_norm_weight_only "
        "batch_norm_bias_only batch_norm_one_image batch_norm_wide batch_norm_large batch_norm_large_rows".split(),
        batch_norm,
    ),
    **same("batch_norm_leaky_linear batch_norm_leaky_linear_large".split(), batch_norm_leaky_linear),
    "batch_norm_leaky_linear_one": lambda *x: batch_norm_leaky_linear(*x, momentum=0.5, eps=0.1),
    "batch_norm_momentum": lambda *x: batch_norm(*x, momentum=0.75, eps=0.5),
    "batch_norm_momentum_one": lambda *x: batch_norm(*x, momentum=1),
    "batch_norm_momentum_zero": lambda *x: batch_norm(*x, momentum=0),
    "batch_norm_two_rows": lambda *x: batch_norm(*x, eps=1),
    **same("batch_norm_eval batch_norm_eval_one batch_norm_eval_bare batch_norm_eval_zero".split(), evaluated),
    "batch_norm_eval_rows": lambda *x: evaluated(*x, eps=1e-3),
    **same("layer_norm layer_norm_bare layer_norm_vector layer_norm_zero".split(), layer_norm()),
    "layer_norm_weight_only": layer_norm(eps=0.5),
    **same(["layer_norm_bias_only", "layer_norm_large"], layer_norm(eps=1e-6)),
    "layer_norm_channels": lambda x, *w: layer_norm(eps=1e-6)(x.permute(0, 2, 3, 1), *w).permute(0, 3, 1, 2),
    **same(
        "attention attention_across attention_one_query attention_zero attention_large".split(),
        attention,
    ),
    "attention_itself": lambda x: attention(x, x, x),
    "attention_heads_last": lambda *x: attention(*(t.permute(0, 2, 1, 3) for t in x)),
    **same(["max_pool2d", "max_pool2d_zero"], pool(F.max_pool2d, 2)),
    **same(
        ["max_pool2d_stem", "max_pool2d_ties", "max_pool2d_large"],
        pool(F.max_pool2d, 3, stride=2, padding=1),
    ),
    "max_pool2d_overlap": pool(F.max_pool2d, (3, 2), stride=1, padding=(1, 0)),
    "max_pool2d_negative": lambda x: F.max_pool2d(-x, 4, stride=2, padding=2),
    "max_pool2d_whole": pool(F.max_pool2d, (4, 3)),
    "max_pool2d_skip": pool(F.max_pool2d, (1, 2), stride=(2, 3)),
    **same(["avg_pool2d", "avg_pool2d_zero"], pool(F.avg_pool2d, 2)),
    **same(["avg_pool2d_neighbourhood", "avg_pool2d_large"], pool(F.avg_pool2d, 3, stride=1, padding=1)),
    "avg_pool2d_exclude_padding": pool(F.avg_pool2d, 3, stride=1, padding=1, count_include_pad=False),
    "avg_pool2d_uneven": pool(F.avg_pool2d, (2, 3), stride=(2, 1), padding=(1, 0)),
    "avg_pool2d_uneven_exclude": pool(F.avg_pool2d, (4, 3), stride=(3, 2), padding=(2, 1), count_include_pad=False),
    "avg_pool2d_five": pool(F.avg_pool2d, 5, stride=1, padding=2),
    "adaptive_avg_pool2d": pool(F.adaptive_avg_pool2d, (3, 2)),
    "adaptive_avg_pool2d_one": pool(F.adaptive_avg_pool2d, 1),
    "adaptive_avg_pool2d_up": pool(F.adaptive_avg_pool2d, (8, 7)),
    "adaptive_avg_pool2d_same": pool(F.adaptive_avg_pool2d, (4, 5)),
    "adaptive_avg_pool2d_mixed": pool(F.adaptive_avg_pool2d, (4, 7)),
    "adaptive_avg_pool2d_zero": pool(F.adaptive_avg_pool2d, 2),
    "adaptive_avg_pool2d_large": pool(F.adaptive_avg_pool2d, (14, 13)),
    "adaptive_avg_pool1d": pool(F.adaptive_avg_pool1d, 4),
    "adaptive_avg_pool1d_zero": pool(F.adaptive_avg_pool1d, 4),
    "adaptive_avg_pool1d_up": pool(F.adaptive_avg_pool1d, 7),
    "adaptive_avg_pool1d_one": pool(F.adaptive_avg_pool1d, 1),
    **same(["adaptive_avg_pool1d_large", "adaptive_avg_pool1d_large_up"], pool(F.adaptive_avg_pool1d, 1536)),
    "interpolate_bilinear": resize(7, 8),
    "interpolate_bilinear_double": resize(8, 6),
    "interpolate_bilinear_down": resize(4, 2),
    "interpolate_bilinear_mixed": resize(3, 11),
    "interpolate_bilinear_same": resize(4, 5),
    "interpolate_bilinear_to_one": resize(1, 1),
    "interpolate_bilinear_from_one": resize(3, 5),
    "interpolate_bilinear_zero": resize(3, 5),
    "interpolate_bilinear_large": resize(28, 27),
    "interpolate_bilinear_map": resize(224, 224),
    "interpolate_nearest": nearest(7, 8),
    "interpolate_nearest_double": nearest(8, 6),
    "interpolate_nearest_down": nearest(4, 2),
    "interpolate_nearest_same": nearest(4, 5),
    "interpolate_nearest_from_one": nearest(3, 5),
    "interpolate_nearest_zero": nearest(3, 5),
    "interpolate_nearest_large": nearest(28, 26),
    "interpolate_bicubic": bicubic(7, 8),
    "interpolate_bicubic_down": bicubic(4, 2),
    **same(["interpolate_bicubic_from_one", "interpolate_bicubic_zero"], bicubic(3, 5)),
    "interpolate_bicubic_factor": bicubic(5, 4, factor=(5.1 / 9, 4.1 / 7)),
    "interpolate_bicubic_antialias": bicubic(4, 3, antialias=True),
    "interpolate_bicubic_antialias_up": bicubic(7, 9, antialias=True),
    "interpolate_bicubic_antialias_factor": bicubic(4, 6, factor=(4.1 / 9, 6.1 / 8), antialias=True),
    "interpolate_bicubic_large": bicubic(16, 18, antialias=True),
    "unfold": pool(F.unfold, 2),
    **same(["unfold_padding", "unfold_zero", "unfold_large"], pool(F.unfold, 3, padding=1)),
    "unfold_stride": pool(F.unfold, (3, 2), stride=(2, 3), padding=(1, 0)),
    "unfold_dilation": pool(F.unfold, (2, 3), dilation=(3, 2), padding=(0, 2)),
    "unfold_point": pool(F.unfold, 1),
    **same("gaussian_blur2d gaussian_blur2d_one gaussian_blur2d_zero gaussian_blur2d_large".split(), blur(4)),
    "gaussian_blur2d_row": blur(1.5),
    "gaussian_blur2d_narrow": blur(0.5),
    "gaussian_blur2d_none": blur(0.1),
    **same("softmax softmax_channels softmax_wide softmax_zero".split(), lambda x: F.softmax(x, 1)),
    "softmax_first": lambda x: F.softmax(x, 0),
    **same(["softmax_vector", "softmax_one", "softmax_large"], lambda x: F.softmax(x, -1)),
    **same(["log_softmax", "log_softmax_wide"], lambda x: F.log_softmax(x, 1)),
    **same(["log_softmax_first", "log_softmax_zero"], lambda x: F.log_softmax(x, 0)),
    "log_softmax_channels": lambda x: F.log_softmax(x, -3),
    **same(["log_softmax_one", "log_softmax_large"], lambda x: F.log_softmax(x, -1)),
    **same(
        "cross_entropy cross_entropy_row cross_entropy_one_class cross_entropy_wide cross_entropy_large".split(),
        F.cross_entropy,
    ),
    **same(
        "bce_with_logits bce_with_logits_scalar bce_with_logits_wide bce_with_logits_large".split(),
        F.binary_cross_entropy_with_logits,
    ),
    **same(["nearest_neighbors", "nearest_neighbors_zero"], neighbors(2)),
    "nearest_neighbors_one": neighbors(1),
    "nearest_neighbors_all": neighbors(6),
    "nearest_neighbors_large": neighbors(9),
    "nearest_neighbors_large_rows": neighbors(3),
    **same(
        "flat_argmax flat_argmax_one flat_argmax_zero flat_argmax_large".split(),
        lambda x: x.argmax(1) + x.shape[1] * torch.arange(len(x)),
    ),
    "normal": lambda: normal([3, 5], 0, 1, 0, 3, 1),
    "normal_scaled": lambda: normal([7], 0.5, 0.25, 0xDEADBEEF12345678, 1, 7),
    "normal_offset": lambda: normal([6], 0, 1, 3, 2, 5, 0x500000004),
    "normal_large": lambda: normal([257, 131], 0, 0.015, 42, 3, 160),
    "uniform": lambda: uniform([3, 5], -0.5, 0.25, 1, 1, 2),
    "uniform_zero": lambda: uniform([0, 5], 0, 1, 1, 1, 2),
    "uniform_large": lambda: uniform([30011], 0, 1, 1, 4, 2),
}

# Five steps on 37 parameters; test_optimiser_kernels.c has the same names and settings.
STEPS, PARAMETERS = 5, 37
OPTIMISERS = {
    "adam": (torch.optim.Adam, dict(lr=0.01)),
    "adam_decay": (torch.optim.Adam, dict(lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.3)),
    "adamw": (torch.optim.AdamW, dict(lr=0.01)),
    "adamw_decay": (torch.optim.AdamW, dict(lr=0.05, betas=(0.7, 0.9), weight_decay=0.5)),
    "sgd": (torch.optim.SGD, dict(lr=0.1)),
    "sgd_decay": (torch.optim.SGD, dict(lr=0.1, weight_decay=0.3)),
    "sgd_momentum": (torch.optim.SGD, dict(lr=0.1, momentum=0.9)),
    "sgd_dampening": (torch.optim.SGD, dict(lr=0.1, momentum=0.8, dampening=0.4, weight_decay=0.1)),
    "sgd_nesterov": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.2)),
}


def optimise(name):
    """The parameters after every step, [STEPS, PARAMETERS]."""
    kind, options = OPTIMISERS[name]
    parameter = values(name, 0, "SIGNED", [PARAMETERS]).requires_grad_()
    optimiser, path = kind([parameter], **options), []
    for step in range(STEPS):
        parameter.grad = values(name, 1 + step, "SIGNED", [PARAMETERS])
        optimiser.step()
        path.append(parameter.detach().clone())
    return torch.stack(path)


def run_case(name, inputs):
    """{"output": ..., "gradient 0": ..., "state 1": ...}"""
    made = [
        None if kind == "ABSENT" else values(name, i, kind, shape, classes)
        for i, (kind, shape, classes) in enumerate(inputs)
    ]
    if all(tensor is None for tensor in made):
        made = []
    for (kind, _, _), tensor in zip(inputs, made):
        if kind in DIFFERENTIABLE:
            tensor.requires_grad_()
    output = CALLS[name](*made)
    results = {"output": output.detach().double()}
    if output.requires_grad:
        (output * values(name, WEIGHTS, "SIGNED", list(output.shape))).sum().backward()
    for i, ((kind, _, _), tensor) in enumerate(zip(inputs, made)):
        if kind in DIFFERENTIABLE:
            results[f"gradient {i}"] = tensor.grad
        if kind == "RUNNING":
            results[f"state {i}"] = tensor
    return results


def write_safetensors(path, tensors, texts):
    header, data = {"__metadata__": texts}, b""
    for name, tensor in tensors.items():
        part = np.ascontiguousarray(tensor.numpy()).astype("<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    path.write_bytes(struct.pack("<Q", len(head)) + head + data)


def main():
    cases = read_cases()
    names = [name for name, _ in cases]
    if set(names) != set(CALLS) or len(names) != len(CALLS):
        raise SystemExit(f"no call of: {sorted(set(names) - set(CALLS))}; no case of: {sorted(set(CALLS) - set(names))}")
    tensors, texts = {}, {}
    for name, inputs in cases:
        for kind, tensor in run_case(name, inputs).items():
            key = f"{name}/{kind}"
            if tensor.numel() <= WHOLE:
                tensors[key] = tensor
            else:
                flat = tensor.reshape(-1)
                places = torch.arange(SAMPLES) * (flat.numel() - 1) // (SAMPLES - 1)
                tensors[key] = torch.cat([flat[places], flat.square().sum().sqrt().reshape(1)])
                texts[key] = str(list(tensor.shape))
    for name in OPTIMISERS:
        tensors[f"{name}/steps"] = optimise(name)
    path = TESTS / "golden/ops.safetensors"
    write_safetensors(path, tensors, texts)
    print(f"{len(cases)} cases, {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
