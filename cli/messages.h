/* What several commands print. */
#ifndef SN_CLI_MESSAGES_H
#define SN_CLI_MESSAGES_H

#include "anomaly/settings.h"
#include "datasets/dataset.h"
#include "datasets/facts.h"
#include "metrics/evaluation.h"

/* " name 0.9812" on stdout, or " name not available". */
void sn_print_metric(const char *name, SnMetric metric);

/* Names the images that were left out, on stderr. */
void sn_print_skipped(const SnNames *skipped);

/* What lay in folders of photographs and was not taken: a line on stderr for each reason. */
void sn_print_left_out(const SnLeftOut *left_out);

/* Ends the error of an image that cannot be read, where the command has that option. */
#define SN_SKIP_BROKEN_ADVICE "--skip-broken leaves out what cannot be read"

/* Warns on stderr of what was met in photographs and masks that were read with these settings. */
void sn_print_facts(const SnFacts *facts, const SnViewSettings *view);

/* A small table of all metrics, with the reasons of those that are not available. */
void sn_print_evaluation(const SnEvaluation *evaluation);

/* Warns on stderr when the crop discards part of the photographs (the first sample's size speaks for all). */
void sn_warn_of_crop(const SnViewSettings *view, const SnSamples *samples);

#endif
