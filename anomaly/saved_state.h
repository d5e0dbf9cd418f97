/* Numbers and tensors of a saved state under their names: what checkpoints are written and read by. */
#ifndef SN_ANOMALY_SAVED_STATE_H
#define SN_ANOMALY_SAVED_STATE_H

#include "tensor/state_dict.h"

/* A file that was read, and its path for messages. */
typedef struct SnSavedState {
  const SnStateDict *file;
  const char *path;
} SnSavedState;

void sn_saved_add_integer(SnStateDict *file, const char *name, int64_t value);
void sn_saved_add_reals(SnStateDict *file, const char *name, const double *values, int count); /* at most 16, exactly */

/* Each an error that names path and text when it is missing or not as expected; "" and 0 then. */
const char *sn_saved_text(const SnSavedState *saved, const char *name);
int64_t sn_saved_integer(const SnSavedState *saved, const char *name, int64_t maximum); /* from 0 */
void sn_saved_reals(const SnSavedState *saved, const char *name, double *values, int count);

/* Copies every tensor of `own` (made by a …_state function) from "prefix" + its name in the file, which must hold it in
 * its shape and dtype, finite. */
void sn_saved_tensors(const SnSavedState *saved, const SnStateDict *own, const char *prefix);

#endif
