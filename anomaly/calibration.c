#include "anomaly/calibration.h"

#include <math.h>

#include "base/number.h"

static double value_of(SnMetric metric) { return metric.reason ? NAN : metric.value; }

SnCalibration sn_calibrate(const float *maps, int64_t count, const SnEvaluation *evaluation) {
  SnCalibration calibration = {NAN, NAN, value_of(evaluation->image_f1_threshold),
                               value_of(evaluation->pixel_f1_threshold)};
  for (int64_t i = 0; i < count; i++) {
    calibration.low = fmin(calibration.low, (double)maps[i]);
    calibration.high = fmax(calibration.high, (double)maps[i]);
  }
  return calibration;
}

typedef struct Field {
  const char *name;
  double *value;
} Field;

enum { FIELDS = 4 };

static void list_fields(SnCalibration *calibration, Field fields[FIELDS]) {
  fields[0] = (Field){"test_map_low", &calibration->low};
  fields[1] = (Field){"test_map_high", &calibration->high};
  fields[2] = (Field){"test_image_f1_threshold", &calibration->image_threshold};
  fields[3] = (Field){"test_pixel_f1_threshold", &calibration->pixel_threshold};
}

SnCalibration sn_no_calibration(void) { return (SnCalibration){NAN, NAN, NAN, NAN}; }

bool sn_add_calibration(SnStateDict *dict, const SnCalibration *calibration) {
  SnCalibration copy = *calibration;
  Field fields[FIELDS];
  list_fields(&copy, fields);
  for (int i = 0; i < FIELDS; i++) {
    char text[SN_NUMBER_TEXT];
    if (!isnan(*fields[i].value)) sn_state_dict_add_text(dict, fields[i].name, sn_number_text(*fields[i].value, text));
  }
  return sn_ok();
}

bool sn_read_calibration(const SnStateDict *dict, const char *path, SnCalibration *calibration) {
  Field fields[FIELDS];
  *calibration = sn_no_calibration();
  list_fields(calibration, fields);
  for (int i = 0; i < FIELDS && sn_ok(); i++) {
    const char *text = sn_state_dict_text(dict, fields[i].name);
    double value = NAN;
    if (!text) continue;
    const char *end = sn_read_number(text, &value);
    if (!end || *end != '\0' || !isfinite(value))
      return sn_fail("%s: %s: expected a finite number, found '%.40s'", path, fields[i].name, text);
    *fields[i].value = value;
  }
  return sn_ok();
}
