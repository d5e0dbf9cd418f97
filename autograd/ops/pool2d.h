#ifndef SN_AUTOGRAD_OPS_POOL2D_H
#define SN_AUTOGRAD_OPS_POOL2D_H

#include "autograd/ops/common.h"

/* Checks x [N,C,H,W] and the window, fills in defaults, and gives the output's height and width. */
bool sn_check_pool2d(const char *op, SnTensor *x, SnPool2d *options, int64_t size[2]);

#endif
