/* The tables and figures of the paper (Liu, Zhou, Xu and Wang, CVPR 2023): its results, and how its variants are set.
 */
#ifndef SN_MODELS_SIMPLENET_PAPER_H
#define SN_MODELS_SIMPLENET_PAPER_H

#include "anomaly/paper.h"

extern const SnPaper sn_simplenet_paper;

#endif
