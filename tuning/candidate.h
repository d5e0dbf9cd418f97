/* Candidates: settings that differ from others by a line of text. */
#ifndef SN_TUNING_CANDIDATE_H
#define SN_TUNING_CANDIDATE_H

#include "anomaly/method.h"

enum { SN_CHANGES_TEXT = 256 };

/* Applies changes such as "sigma=x2 epochs=40" (SnTuneAxis). False, without an error, where they change nothing, where
 * the method has no such setting, where `fixed` names one of them (ended by NULL), and where the settings would be
 * wrong; what *settings holds is then of no use. */
bool sn_candidate_apply(const char *changes, const char *const *fixed, SnSettings *settings);

/* Whether the settings have all these values, as in "levels=2,3"; NULL: yes. */
bool sn_candidate_fits(const char *values, const SnSettings *settings);

/* How settings differ from those that were given, in words that sn_candidate_apply takes: "sigma=0.03 epochs=40"; "":
 * not at all. */
void sn_candidate_text(const SnSettings *settings, const SnSettings *given, char text[SN_CHANGES_TEXT]);

#endif
