/* Numbers that a test and its Python oracle (tests/oracle/formula.py) make alike, so that goldens hold results only. */
#ifndef SN_TESTS_SUPPORT_FORMULA_H
#define SN_TESTS_SUPPORT_FORMULA_H

#include "nn/module.h"

/* Element `index` of the array called `name`: uniform in [-1, 1), a multiple of 2^-23. */
double formula_value(const char *name, int64_t index);

/* shift + scale * formula_value, on the current device, in the innermost scope. */
SnTensor *formula_tensor(const char *name, double scale, double shift, SnDtype dtype, int ndim, const int64_t *shape);

/* Overwrites every parameter and buffer of a module by the formula of its dotted name, scaled by its role: matrices and
 * kernels to the variance 2 / fan_in, weights of BatchNorm to [0.25, 0.75), biases and running means to [-0.2, 0.2),
 * running variances to [0.5, 1.5). */
void formula_fill(const SnModule *module);
void formula_fill_tensor(SnTensor *tensor, const char *name);

#endif
