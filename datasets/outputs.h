/* What commands read and write, for the comparison before the work (base/outputs.h). */
#ifndef SN_DATASETS_OUTPUTS_H
#define SN_DATASETS_OUTPUTS_H

#include "base/output_names.h"
#include "base/outputs.h"
#include "datasets/dataset.h"

/* The photographs of a list with their masks, or of all lists of a data set, as what is read. */
bool sn_outputs_read_samples(SnOutputs *outputs, const SnSamples *samples);
bool sn_outputs_read_dataset(SnOutputs *outputs, const SnDataset *dataset);

/* A file for each photograph, below folder. suffix and roots: as in sn_output_names_make. */
bool sn_name_pictures(const SnSamples *samples, const char *folder, const char *suffix, const SnNames *roots,
                      SnOutputNames *names);

/* Every one of the names as what is written. */
bool sn_outputs_write_names(SnOutputs *outputs, int kind, const SnOutputNames *names);

/* The comparison, and the end of the lists. */
bool sn_outputs_are_clear(SnOutputs *outputs);

#endif
