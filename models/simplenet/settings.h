/* What can be chosen about SimpleNet beside what all detectors share, with the paper's and the released code's values.
 */
#ifndef SN_MODELS_SIMPLENET_SETTINGS_H
#define SN_MODELS_SIMPLENET_SETTINGS_H

#include "anomaly/settings.h"

enum { SN_LOSS_TRUNCATED_L1, SN_LOSS_CROSS_ENTROPY };
enum { SN_BATCH_FROM_IMAGES, SN_BATCH_FROM_PATCHES };
enum { SN_MAX_HEADS = 16 };
enum { SN_COSINE_NO, SN_COSINE_YES, SN_COSINE_TO_ZERO, SN_COSINE_AT_PLATEAU };

typedef struct SnSimpleNetSettings {
  int64_t adaptor_depth, adaptor_bias, adaptor_optimizer; /* bias: 0 or 1; optimizer: SN_ADAM or SN_ADAMW */
  double adaptor_rate, adaptor_decay;
  int64_t discriminator_depth, hidden;
  double discriminator_rate, discriminator_decay;
  int64_t cosine;
  int64_t loss;
  double margin, sigma;
  int64_t noise_mix;
  int64_t batch_from;
  int64_t heads;
} SnSimpleNetSettings;

/* SimpleNet's own part of the settings, and back. */
SnSimpleNetSettings sn_simplenet_settings(const SnSettings *settings);
void sn_set_simplenet_settings(SnSettings *settings, const SnSimpleNetSettings *own);

/* For the entry in the table of methods (anomaly/method.h). */
enum { SN_SIMPLENET_SETTINGS = 16 };
extern const SnSetting sn_simplenet_setting_rows[SN_SIMPLENET_SETTINGS];
extern const char *const sn_simplenet_presets[]; /* "robust", "paper", "official": as the authors' released code */
extern const char *const sn_simplenet_demo[];
void sn_simplenet_preset(int number, SnSettings *settings);
bool sn_simplenet_check(const SnSettings *settings);

#endif
