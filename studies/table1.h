/* AUROC on MVTec AD, the paper's beside ours: after the last epoch, and in the epoch that is best on the test set. */
#ifndef SN_STUDIES_TABLE1_H
#define SN_STUDIES_TABLE1_H

#include "studies/published.h"
#include "studies/study.h"

/* A row: a category of the study, or a mean (category -1). */
typedef struct SnTable1Row {
  int64_t category;
  SnMvtecGroup group;
} SnTable1Row;

enum { SN_TABLE1_MAX_MEANS = SN_MVTEC_GROUPS };

/* The study's categories, each group's followed by its mean, then those of no group, then the mean of all. rows:
 * [study->category_count + SN_TABLE1_MAX_MEANS]. Returns how many there are. */
int64_t sn_table1_rows(const SnStudy *study, SnTable1Row *rows);

/* "bottle", "mean of objects (3 of 10)". */
enum { SN_TABLE1_NAME = 96 };
const char *sn_table1_name(const SnStudy *study, SnTable1Row row, char text[SN_TABLE1_NAME]);

/* The table of the method's paper; NULL where it has none. */
const SnPaperTable *sn_study_table(const SnStudy *study);

/* The paper's number for the row, of one of its methods or of this one: a category's only where the images are MVTec
 * AD's, a mean only where the group is complete; NaN otherwise. */
SnPaperScore sn_table1_paper(const SnStudy *study, SnTable1Row row, int method);
SnPaperScore sn_table1_own(const SnStudy *study, SnTable1Row row);

bool sn_write_table1_csv(const char *path, const SnStudy *study);

/* The same for people, and the paper's whole table with the means as printed and as they follow from its rows. */
bool sn_write_table1_markdown(const char *path, const SnStudy *study);

#endif
