/* What a model remembers of the test set that it was tested on at the end of its training: the range of the anomaly
 * maps, so that later pictures have comparable colours, and the thresholds with the largest F1, named as chosen there.
 */
#ifndef SN_MODELS_SIMPLENET_NOTES_H
#define SN_MODELS_SIMPLENET_NOTES_H

#include "metrics/evaluation.h"
#include "tensor/state_dict.h"

typedef struct SnNotes {
  double low, high;                        /* of all maps; NaN where there was no test set */
  double image_threshold, pixel_threshold; /* NaN where there were no defects, or no masks */
} SnNotes;

/* maps: `count` finite numbers. */
SnNotes sn_make_notes(const float *maps, int64_t count, const SnEvaluation *evaluation);

SnNotes sn_no_notes(void); /* all NaN */

/* To and from a model's texts, exactly. A number that a file lacks is read as NaN; a text that is no finite number is
 * an error that names `path` and the text's name. */
bool sn_add_notes(SnStateDict *dict, const SnNotes *notes);
bool sn_read_notes(const SnStateDict *dict, const char *path, SnNotes *notes);

#endif
