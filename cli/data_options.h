/* --data, --layout and --category, or plain folders: --train, --test-good, --test-bad and --masks. */
#ifndef SN_CLI_DATA_OPTIONS_H
#define SN_CLI_DATA_OPTIONS_H

#include "cli/options.h"
#include "datasets/dataset.h"
#include "report/origin.h"

typedef struct SnDataTexts {
  const char *data, *layout, *category, *train, *test_good, *test_bad, *masks;
  bool trains; /* set by sn_add_data_options: the command trains */
} SnDataTexts;

void sn_add_data_options(SnOption *options, int *count, SnDataTexts *texts, bool with_train);

/* Whether they name photographs, and in one way only. */
bool sn_check_data(const SnDataTexts *texts);

/* Opens what was named, and prints its problems as warnings and what was left out. `out`, a folder that results go to
 * or NULL, is not looked into. */
bool sn_open_data(const SnDataTexts *texts, const char *out, SnDataset *dataset);

/* The same without the warnings, for a look beforehand. */
bool sn_open_data_quietly(const SnDataTexts *texts, const char *out, SnDataset *dataset);

/* The folders named, for the notes in results. */
SnOrigin sn_origin_of(const SnDataTexts *texts);

#endif
