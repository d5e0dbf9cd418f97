/* PaDiM (Defard, Setkov, Loesch and Audigier, "PaDiM: a Patch Distribution Modeling Framework for Anomaly Detection and
 * Localization", ICPR 2020 International Workshops, LNCS 12664, 2021; arXiv:2011.08785).
 *
 * Good products look alike at each place. So for each position p of the grid the features x of the training images, on
 * a seeded choice of channels, are described by one Gaussian; a patch is anomalous by its Mahalanobis distance
 *
 *     d(p) = sqrt((x - mean_p)^T S_p^-1 (x - mean_p)) = |W_p (x - mean_p)|,   S_p = L L^T,   W_p = L^-1
 *
 * where S_p is the covariance (divisor N - 1) + regularization I (equations 1 and 2). */
#ifndef SN_MODELS_PADIM_PADIM_H
#define SN_MODELS_PADIM_PADIM_H

#include "anomaly/method.h"

/* Its entry in the table of methods. */
extern const SnMethod sn_padim;

typedef struct SnPadimSettings {
  int64_t channels; /* 0: as sn_padim_channels says */
  double regularization;
} SnPadimSettings;

/* What model->own is, under these names in the model file: c channels of h x w positions. */
typedef struct SnPadim {
  SnTensor *channels;  /* int64 [c], ascending: which of the features' */
  SnTensor *mean;      /* [h w, c] */
  SnTensor *whitening; /* [h w, c, c]: W, lower triangular */
} SnPadim;

/* How many of `available` channels are taken where the setting is 0: the paper's 100 for ResNet-18, whose levels 1, 2
 * and 3 have 448 together, and 550 for Wide-ResNet-50, whose have 1792; for other backbones 550 of a thousand and
 * more, else 100, and never more than there are. */
int64_t sn_padim_channels(int64_t available);

#endif
