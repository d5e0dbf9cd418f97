/* What `predict` prints of a photograph: for people, a row of a table, or a JSON object a line. */
#ifndef SN_CLI_SCORE_LINES_H
#define SN_CLI_SCORE_LINES_H

#include <stdbool.h>

#include "anomaly/calibration.h"

typedef enum SnScoreFormat { SN_SCORES_TEXT, SN_SCORES_CSV, SN_SCORES_JSON } SnScoreFormat;

typedef struct SnScoreLines {
  SnScoreFormat format;
  double threshold;          /* of the image score; NaN: no verdict */
  SnCalibration calibration; /* of the model; none where the threshold is another */
} SnScoreLines;

/* "text", "csv" or "json", NULL for text; an error for any other. */
bool sn_read_score_format(const char *text, SnScoreFormat *format);

/* The model's threshold, which is said on standard error. */
void sn_choose_threshold(SnScoreLines *lines, const SnCalibration *calibration);

bool sn_is_defective(const SnScoreLines *lines, double score);

/* The table's columns, and a photograph's row without its end, to be released with free(). */
const char *sn_score_header(const SnScoreLines *lines);
char *sn_score_row(const SnScoreLines *lines, const char *path, double score);

/* Prints the photograph's line; row: of sn_score_row, printed where the format is a table. */
void sn_print_score(const SnScoreLines *lines, const char *path, double score, const char *row);

#endif
