/* Elementwise kernels, each written as its formula. */
#ifndef SN_BACKENDS_REFERENCE_MAP_H
#define SN_BACKENDS_REFERENCE_MAP_H

#include "backends/reference/kernels.h"

typedef double (*SnFormula)(const double in[], const SnAttributes *attributes);

/* out[0] = formula(in[0], in[1], ...), element by element. */
bool sn_reference_map(const SnCall *call, SnFormula formula);

/* Define kernel `name`. Its formula names its inputs as listed and may read `attributes`. */
#define SN_UNARY(name, x, formula)                                                  \
  static double name##_formula(const double in[], const SnAttributes *attributes) { \
    (void)attributes;                                                               \
    double x = in[0];                                                               \
    return formula;                                                                 \
  }                                                                                 \
  bool sn_reference_##name(const SnCall *call) { return sn_reference_map(call, name##_formula); }

#define SN_BINARY(name, x, y, formula)                                              \
  static double name##_formula(const double in[], const SnAttributes *attributes) { \
    (void)attributes;                                                               \
    double x = in[0], y = in[1];                                                    \
    return formula;                                                                 \
  }                                                                                 \
  bool sn_reference_##name(const SnCall *call) { return sn_reference_map(call, name##_formula); }

#define SN_TERNARY(name, x, y, z, formula)                                          \
  static double name##_formula(const double in[], const SnAttributes *attributes) { \
    (void)attributes;                                                               \
    double x = in[0], y = in[1], z = in[2];                                         \
    return formula;                                                                 \
  }                                                                                 \
  bool sn_reference_##name(const SnCall *call) { return sn_reference_map(call, name##_formula); }

#endif
