#include "cli/score_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "cli/terminal.h"
#include "report/results.h"

bool sn_read_score_format(const char *text, SnScoreFormat *format) {
  static const char *const names[] = {"text", "csv", "json"};
  for (int i = 0; i < 3; i++)
    if (!text || strcmp(text, names[i]) == 0) {
      *format = (SnScoreFormat)i;
      return sn_ok();
    }
  return sn_fail("--format: expected text, csv or json, found '%s'", text);
}

void sn_choose_threshold(SnScoreLines *lines, const SnCalibration *calibration) {
  char *text = sn_threshold_text(calibration);
  lines->calibration = *calibration;
  lines->threshold = sn_decision_threshold(calibration);
  if (text) sn_message("%s\n", text);
  free(text);
}

static bool is_calibrated(const SnScoreLines *lines) {
  return sn_threshold_basis(&lines->calibration) == SN_THRESHOLD_FALSE_ALARMS;
}

static bool has_verdict(const SnScoreLines *lines) { return !isnan(lines->threshold); }

bool sn_is_defective(const SnScoreLines *lines, double score) { return score >= lines->threshold; }

const char *sn_score_header(const SnScoreLines *lines) {
  return !has_verdict(lines)    ? "image,score"
         : is_calibrated(lines) ? "image,score,defective,normalised"
                                : "image,score,defective";
}

char *sn_score_row(const SnScoreLines *lines, const char *path, double score) {
  char number[SN_NUMBER_TEXT], normalised[SN_NUMBER_TEXT] = "", *field = sn_csv_field(path);
  if (is_calibrated(lines)) sn_number_text(sn_calibrated_score(&lines->calibration, score), normalised);
  const char *verdict = !has_verdict(lines) ? "" : sn_is_defective(lines, score) ? ",1" : ",0";
  char *row = !field ? NULL
                     : sn_format("%s,%s%s%s%s", field, sn_number_text(score, number), verdict, *normalised ? "," : "",
                                 normalised);
  free(field);
  return row;
}

static void print_text(const SnScoreLines *lines, const char *path, double score) {
  const char *verdict = !has_verdict(lines) ? "" : sn_is_defective(lines, score) ? "defective" : "good";
  /* rounded down: a score that is copied from here to --threshold calls its photograph defective */
  sn_print("%9.4f  ", floor(1e4 * score) / 1e4);
  if (is_calibrated(lines)) sn_print("%6.4f  ", floor(1e4 * sn_calibrated_score(&lines->calibration, score)) / 1e4);
  sn_print("%-9s  %s\n", verdict, path);
}

static void print_json(const SnScoreLines *lines, const char *path, double score) {
  cJSON *object = sn_json_new();
  if (!object) return;
  sn_json_add_text(object, "image", path);
  sn_json_add_number(object, "score", score);
  if (has_verdict(lines)) {
    sn_json_add_number(object, "threshold", lines->threshold);
    sn_json_add_bool(object, "defective", sn_is_defective(lines, score));
  }
  if (is_calibrated(lines)) sn_json_add_number(object, "normalised", sn_calibrated_score(&lines->calibration, score));
  char *line = sn_json_print_line(object);
  if (line) sn_print("%s\n", line);
  free(line);
}

void sn_print_score(const SnScoreLines *lines, const char *path, double score, const char *row) {
  if (lines->format == SN_SCORES_TEXT) print_text(lines, path, score);
  if (lines->format == SN_SCORES_CSV && row) sn_print("%s\n", row);
  if (lines->format == SN_SCORES_JSON) print_json(lines, path, score);
}
