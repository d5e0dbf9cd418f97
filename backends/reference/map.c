#include "backends/reference/map.h"

#include "backends/reference/elements.h"

bool sn_reference_map(const SnCall *call, SnFormula formula) {
  const SnArray *out = call->out[0];
  int64_t index[SN_MAX_DIMS] = {0};
  for (int64_t left = sn_array_count(out); left > 0; left--, sn_advance(out, index)) {
    double in[SN_MAX_INPUTS] = {0};
    for (int i = 0; i < SN_MAX_INPUTS && call->in[i]; i++) in[i] = sn_get(call->in[i], sn_at(call->in[i], index));
    sn_set(out, sn_at(out, index), formula(in, &call->attributes));
  }
  return true;
}
