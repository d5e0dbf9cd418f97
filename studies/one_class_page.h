/* CIFAR-10, each class in turn the normal one: mean image AUROC beside the paper's methods. */
#ifndef SN_STUDIES_ONE_CLASS_PAGE_H
#define SN_STUDIES_ONE_CLASS_PAGE_H

#include "studies/study.h"

/* The paper's own mean: the last of its lines. */
double sn_one_class_paper(const SnStudy *study);

/* Writes NAME.csv, NAME.svg and report.html into the study's folder. */
bool sn_one_class_page_write(const SnStudy *study);

#endif
