/* predict --watch: photographs are scored as they arrive in a folder. */
#ifndef SN_CLI_WATCH_H
#define SN_CLI_WATCH_H

#include "cli/predictor.h"

typedef struct SnWatchOptions {
  const char *folder;
  bool only_new; /* leave out what is there when it begins */
} SnWatchOptions;

/* Scores until Ctrl-C, SIGTERM, or the end of the folder or of standard output, and says on standard error what it came
 * to. Returns an exit status: 1 where something failed, 3 where a photograph is defective, else 0. */
int sn_watch(SnPredictor *predictor, SnModel *model, const SnWatchOptions *options);

#endif
