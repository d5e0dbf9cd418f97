/* Scores photographs, prints a line of each and writes what is asked for: what `predict` and its --watch share. */
#ifndef SN_CLI_PREDICTOR_H
#define SN_CLI_PREDICTOR_H

#include "anomaly/scorer.h"
#include "cli/saved_pictures.h"
#include "cli/score_lines.h"

typedef struct SnPredictor {
  SnScoreLines lines;
  const char *model_path, *weights_path; /* that are read; weights may be NULL */
  const char *out;                       /* NULL: no picture is written */
  SnSavedPictures saved;                 /* its names are the caller's */
  SnFileWriter table;                    /* stream NULL: none */
  bool prompt;                           /* each line is printed at once */
  SnModel *model;
  SnScorer *scorer;
  int64_t batch; /* photographs at a time */
  SnFacts facts; /* of all */
  int64_t scored, defective;
  int64_t unscored; /* whose score is not finite */
  int64_t undrawn;  /* of which a picture could not be written */
} SnPredictor;

/* Whether what is saved of these photographs, and what the outputs name already, spares every file that is there and is
 * read; an error names the first that is not spared. */
bool sn_predictor_check_outputs(const SnPredictor *predictor, const SnSamples *samples, SnOutputs *outputs);

/* Makes the scorer, in the innermost scope. It consumes the model's weights. */
bool sn_predictor_open(SnPredictor *predictor, SnModel *model, int64_t batch);

/* Called for a photograph that cannot be read: its position in the list, and a sentence. */
typedef void (*SnOnBroken)(void *context, int64_t index, const char *message);

/* Scores what can be read. What has no finite score, and what of it cannot be written, is said and counted. Ends early,
 * without an error, when the program is interrupted. */
bool sn_predict(SnPredictor *predictor, const SnSamples *samples, SnOnBroken on_broken, void *context);

/* The exit status: 1 where something of it failed, 3 where a photograph is defective, else 0. */
int sn_predictor_status(const SnPredictor *predictor, int64_t broken);

#endif
