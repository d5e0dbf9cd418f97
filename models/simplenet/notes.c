#include "models/simplenet/notes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double value_of(SnMetric metric) { return metric.reason ? NAN : metric.value; }

SnNotes sn_make_notes(const float *maps, int64_t count, const SnEvaluation *evaluation) {
  SnNotes notes = {NAN, NAN, value_of(evaluation->image_f1_threshold), value_of(evaluation->pixel_f1_threshold)};
  for (int64_t i = 0; i < count; i++) {
    notes.low = fmin(notes.low, (double)maps[i]);
    notes.high = fmax(notes.high, (double)maps[i]);
  }
  return notes;
}

typedef struct Field {
  const char *name;
  double *value;
} Field;

enum { FIELDS = 4 };

static void list_fields(SnNotes *notes, Field fields[FIELDS]) {
  fields[0] = (Field){"test_map_low", &notes->low};
  fields[1] = (Field){"test_map_high", &notes->high};
  fields[2] = (Field){"test_image_f1_threshold", &notes->image_threshold};
  fields[3] = (Field){"test_pixel_f1_threshold", &notes->pixel_threshold};
}

bool sn_add_notes(SnStateDict *dict, const SnNotes *notes) {
  SnNotes copy = *notes;
  Field fields[FIELDS];
  list_fields(&copy, fields);
  for (int i = 0; i < FIELDS; i++) {
    char text[32];
    snprintf(text, sizeof text, "%.9g", *fields[i].value);
    if (!isnan(*fields[i].value)) sn_state_dict_add_text(dict, fields[i].name, text);
  }
  return sn_ok();
}

SnNotes sn_read_notes(const SnStateDict *dict) {
  SnNotes notes;
  Field fields[FIELDS];
  list_fields(&notes, fields);
  for (int i = 0; i < FIELDS; i++) {
    const char *text = sn_state_dict_text(dict, fields[i].name);
    double value = text ? strtod(text, NULL) : NAN;
    *fields[i].value = isfinite(value) ? value : NAN;
  }
  return notes;
}
