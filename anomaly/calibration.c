#include "anomaly/calibration.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/print.h"

static double value_of(SnMetric metric) { return metric.reason ? NAN : metric.value; }

SnCalibration sn_calibrate(const float *maps, int64_t count, const SnEvaluation *evaluation) {
  SnCalibration calibration = {.low = NAN,
                               .high = NAN,
                               .image_threshold = value_of(evaluation->image_f1_threshold),
                               .pixel_threshold = value_of(evaluation->pixel_f1_threshold)};
  for (int64_t i = 0; i < count; i++) {
    calibration.low = fmin(calibration.low, (double)maps[i]);
    calibration.high = fmax(calibration.high, (double)maps[i]);
  }
  return calibration;
}

SnCalibration sn_no_calibration(void) {
  return (SnCalibration){.low = NAN, .high = NAN, .image_threshold = NAN, .pixel_threshold = NAN};
}

/* ---- texts of a model file ---- */

typedef struct Field {
  const char *name;
  double *value;
} Field;

enum { FIELDS = 4, ALARM_FIELDS = 5 };

static void list_fields(SnCalibration *calibration, Field fields[FIELDS]) {
  fields[0] = (Field){"test_map_low", &calibration->low};
  fields[1] = (Field){"test_map_high", &calibration->high};
  fields[2] = (Field){"test_image_f1_threshold", &calibration->image_threshold};
  fields[3] = (Field){"test_pixel_f1_threshold", &calibration->pixel_threshold};
}

static const char *const alarm_names[ALARM_FIELDS] = {
    "calibration_rate", "calibration_photographs", "calibration_alarms", "calibration_threshold", "calibration_scale"};

bool sn_is_calibration_text(const char *name) {
  SnCalibration calibration;
  Field fields[FIELDS];
  list_fields(&calibration, fields);
  for (int i = 0; i < FIELDS; i++)
    if (strcmp(name, fields[i].name) == 0) return true;
  for (int i = 0; i < ALARM_FIELDS; i++)
    if (strcmp(name, alarm_names[i]) == 0) return true;
  return false;
}

static bool add_number(SnStateDict *dict, const char *name, double value) {
  char text[SN_NUMBER_TEXT];
  return sn_state_dict_add_text(dict, name, sn_number_text(value, text));
}

static void add_false_alarms(SnStateDict *dict, const SnFalseAlarms *alarms) {
  const double values[ALARM_FIELDS] = {alarms->rate, (double)alarms->photographs, (double)alarms->alarms,
                                       alarms->threshold, alarms->scale};
  for (int i = 0; i < ALARM_FIELDS && sn_ok(); i++) add_number(dict, alarm_names[i], values[i]);
}

bool sn_add_calibration(SnStateDict *dict, const SnCalibration *calibration) {
  SnCalibration copy = *calibration;
  Field fields[FIELDS];
  list_fields(&copy, fields);
  for (int i = 0; i < FIELDS && sn_ok(); i++)
    if (!isnan(*fields[i].value)) add_number(dict, fields[i].name, *fields[i].value);
  if (copy.false_alarms.photographs > 0) add_false_alarms(dict, &copy.false_alarms);
  return sn_ok();
}

static bool read_number(const SnStateDict *dict, const char *path, const char *name, double *value) {
  const char *text = sn_state_dict_text(dict, name);
  double number = NAN;
  if (!text) return true;
  const char *end = sn_read_number(text, &number);
  if (!end || *end != '\0' || !isfinite(number))
    return sn_fail("%s: %s: expected a finite number, found '%.40s'", path, name, text);
  *value = number;
  return true;
}

/* Counts that a double holds exactly. */
static bool is_count(double value) { return value >= 0 && value < 0x1p53 && floor(value) == value; }

static bool read_false_alarms(const SnStateDict *dict, const char *path, SnFalseAlarms *alarms) {
  double values[ALARM_FIELDS] = {0};
  int found = 0;
  for (int i = 0; i < ALARM_FIELDS; i++) found += sn_state_dict_text(dict, alarm_names[i]) != NULL;
  for (int i = 0; i < ALARM_FIELDS && found > 0; i++) {
    if (!sn_state_dict_text(dict, alarm_names[i]))
      return sn_fail("%s: %s is missing beside the rest of the calibration", path, alarm_names[i]);
    if (!read_number(dict, path, alarm_names[i], &values[i])) return false;
    if ((i == 1 || i == 2) && !is_count(values[i]))
      return sn_fail("%s: %s: expected a count, found '%.40s'", path, alarm_names[i],
                     sn_state_dict_text(dict, alarm_names[i]));
  }
  if (found == 0) return true;
  const SnFalseAlarms read = {values[0], (int64_t)values[1], (int64_t)values[2], values[3], values[4]};
  if (sn_false_alarms_are_sound(&read)) *alarms = read;
  return sn_false_alarms_are_sound(&read) ||
         sn_fail("%s: the calibration (rate %.20s, photographs %.20s, alarms %.20s, scale %.30s) cannot be one", path,
                 sn_state_dict_text(dict, alarm_names[0]), sn_state_dict_text(dict, alarm_names[1]),
                 sn_state_dict_text(dict, alarm_names[2]), sn_state_dict_text(dict, alarm_names[4]));
}

bool sn_read_calibration(const SnStateDict *dict, const char *path, SnCalibration *calibration) {
  Field fields[FIELDS];
  *calibration = sn_no_calibration();
  list_fields(calibration, fields);
  for (int i = 0; i < FIELDS && sn_ok(); i++) read_number(dict, path, fields[i].name, fields[i].value);
  return sn_ok() && read_false_alarms(dict, path, &calibration->false_alarms);
}

/* ---- the decision ---- */

SnThresholdBasis sn_threshold_basis(const SnCalibration *calibration) {
  if (calibration->false_alarms.photographs > 0) return SN_THRESHOLD_FALSE_ALARMS;
  return isnan(calibration->image_threshold) ? SN_THRESHOLD_NONE : SN_THRESHOLD_TEST_F1;
}

double sn_decision_threshold(const SnCalibration *calibration) {
  return sn_threshold_basis(calibration) == SN_THRESHOLD_FALSE_ALARMS ? calibration->false_alarms.threshold
                                                                      : calibration->image_threshold;
}

double sn_calibrated_score(const SnCalibration *calibration, double score) {
  const SnFalseAlarms *alarms = &calibration->false_alarms;
  return alarms->photographs > 0 ? sn_normalised_score(alarms, score) : NAN;
}

/* "1 %", "0.25 %", "16.8 %". */
static const char *percent(double share, char text[SN_NUMBER_TEXT]) {
  sn_snprintf(text, SN_NUMBER_TEXT, "%.3g %%", 100 * share);
  return text;
}

static char *false_alarms_text(const SnFalseAlarms *alarms) {
  char threshold[SN_NUMBER_TEXT], rate[SN_NUMBER_TEXT], low[SN_NUMBER_TEXT], high[SN_NUMBER_TEXT],
      expected[SN_NUMBER_TEXT];
  SnInterval interval = sn_false_alarms_interval(alarms);
  percent(alarms->rate, rate);
  percent(interval.low, low);
  percent(interval.high, high);
  percent(sn_false_alarms_expected(alarms), expected);
  sn_number_text(alarms->threshold, threshold);
  if (sn_false_alarms_suffice(alarms))
    return sn_format("threshold %s for at most %s false alarms on average, by %" PRId64
                     " good photographs that training never saw; its true rate is between %s and %s (95 %% interval)",
                     threshold, rate, alarms->photographs, low, high);
  return sn_format(
      "threshold %s, just above the largest score of %" PRId64
      " good photographs that training never saw; a rate of %s takes at least %" PRId64
      " photographs, with these it is at most %s on average, and the threshold's true rate is between %s and %s "
      "(95 %% interval)",
      threshold, alarms->photographs, rate, sn_false_alarms_needed(alarms->rate), expected, low, high);
}

char *sn_threshold_text(const SnCalibration *calibration) {
  char threshold[SN_NUMBER_TEXT];
  switch (sn_threshold_basis(calibration)) {
    case SN_THRESHOLD_FALSE_ALARMS:
      return false_alarms_text(&calibration->false_alarms);
    case SN_THRESHOLD_TEST_F1:
      return sn_format(
          "threshold %s, the test set's best F1, chosen on test labels; `simplenet calibrate` makes one for a stated "
          "rate of false alarms from good photographs",
          sn_number_text(calibration->image_threshold, threshold));
    case SN_THRESHOLD_NONE:
      break;
  }
  return sn_copy_text(
      "no threshold, since the model was never calibrated and no defects were tested: `simplenet calibrate` makes one "
      "from good photographs that training never saw");
}
