/* The paper's tables and figures that `simplenet paper` knows. */
#ifndef SN_CLI_PAPER_H
#define SN_CLI_PAPER_H

#include "cli/study.h"
#include "studies/page.h"

typedef struct SnPaperStudy {
  const char *name, *title, *introduction, *axis, *help;
  SnStudyFigure figure;
  const SnPaperLine *paper;
  int64_t paper_count;
  /* Fills in variants that begin as `base`, with its weights set; returns how many, 0 on failure. */
  int64_t (*variants)(const SnStudyTexts *texts, const SnVariant *base, SnVariant *variants);
  const char *varied; /* the setting that it varies: no option of it; NULL: none */
} SnPaperStudy;

enum { SN_MAX_VARIANTS = 16 }; /* of a study, where they are not one for each backbone */
extern const SnPaperStudy sn_paper_studies[];
extern const int sn_paper_study_count;

/* Table 5: CIFAR-10, each class once the normal one. Returns an exit status. */
int sn_run_table5(const SnStudyTexts *texts, const SnVariant *base, const char *command);

/* Images a second, from pixels in memory to the map, one at a time with all threads: of each variant's model of the
 * first category and seed. Measured in child processes; NaN where there is no model. */
bool sn_measure_speeds(const SnStudyRun *run, double *speeds);

#endif
