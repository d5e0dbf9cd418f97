/* Table 5 of the paper: CIFAR-10, each class in turn the normal one; mean image AUROC beside ten methods'. */
#ifndef SN_STUDIES_TABLE5_H
#define SN_STUDIES_TABLE5_H

#include "studies/study.h"

/* Writes table5.csv, table5.svg and report.html into the study's folder. */
bool sn_write_table5(const SnStudy *study);

#endif
