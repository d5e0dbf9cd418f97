/* Tensors beside one another. */
#ifndef SN_TESTS_SUPPORT_COMPARISON_H
#define SN_TESTS_SUPPORT_COMPARISON_H

#include "tensor/tensor.h"

/* max |a - b| / max |b|; infinite where a or b is not finite. The test fails when the shapes differ. */
double tensor_distance(const SnTensor *a, const SnTensor *b);

/* Contiguous tensors in the host's memory. */
bool tensor_same_bits(const SnTensor *a, const SnTensor *b);

/* The test fails with the standing error's message. */
void expect_no_error(void);

#endif
