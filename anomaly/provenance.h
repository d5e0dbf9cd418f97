/* Where a model comes from: what a file of it says of its making. */
#ifndef SN_ANOMALY_PROVENANCE_H
#define SN_ANOMALY_PROVENANCE_H

#include "datasets/dataset.h"
#include "tensor/state_dict.h"

/* Texts belong to the scope of the model; NULL where nobody knows. */
typedef struct SnProvenance {
  const char *program;  /* that trained it: "simplenet 1.0.0" */
  const char *category; /* of the data set; NULL also where the name is not UTF-8 */
  int64_t train_images; /* 0: not known, and neither is test_images */
  int64_t test_images;
  /* Of a detector in one file (anomaly/detector_file.h): */
  const char *model_sha256; /* of the model file that it was made of */
  const char *exported;     /* when: "2026-11-30T12:00:00Z" */
} SnProvenance;

/* Of a training by this program, in the innermost scope. */
SnProvenance sn_provenance_of_training(const SnDataset *dataset);

/* To and from a model's texts. Reading copies into the innermost scope; an error names `path` and the count that is
 * none. */
bool sn_add_provenance(SnStateDict *dict, const SnProvenance *provenance);
bool sn_read_provenance(const SnStateDict *dict, const char *path, SnProvenance *provenance);

#endif
