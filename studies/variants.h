/* A study's variants, from what the paper says of them. */
#ifndef SN_STUDIES_VARIANTS_H
#define SN_STUDIES_VARIANTS_H

#include "base/file.h"
#include "studies/study.h"

/* Fills in the variants of study->drawn, each of which begins as `base`, with its weights set; of a study that varies
 * nothing, and of a benchmark, base alone. weights: a file, or a folder of files named as their backbones. Backbones
 * without weights there are left out, and without_weights gets their names. */
bool sn_study_make_variants(SnStudy *study, const SnVariant *base, const char *weights, SnNames *without_weights);

#endif
