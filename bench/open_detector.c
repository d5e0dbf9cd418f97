/* How long a detector takes to open, and what of it each part is:
 *
 *     build/bench/open_detector MODEL [WEIGHTS]
 *
 * Medians in milliseconds (bench/support/timing.h), with the files in the system's cache: reading the files, making the
 * model of them (which checks them), and all of sn_detector_open, which plans as well. */
#include <stdio.h>
#include <stdlib.h>

#include "anomaly/model.h"
#include "bench/support/timing.h"
#include "simplenet.h"
#include "tensor/weights.h"

typedef struct Files {
  const char *model, *weights;
} Files;

static bool read_files(void *context) {
  const Files *files = context;
  SnScope *scope = sn_scope_open();
  bool read = sn_weights_read(files->model) && (!files->weights || sn_weights_read(files->weights));
  sn_scope_close(scope);
  return read;
}

static bool load(void *context) {
  const Files *files = context;
  SnScope *scope = sn_scope_open();
  bool loaded = sn_model_load(files->model, files->weights) != NULL;
  sn_scope_close(scope);
  return loaded;
}

static bool open_detector(void *context) {
  const Files *files = context;
  SnDetector *detector = sn_detector_open(files->model, &(SnOptions){sizeof(SnOptions), .weights = files->weights});
  sn_detector_close(detector);
  return detector != NULL;
}

static bool show(const char *what, SnTimedWork work, Files *files) {
  SnTiming timing;
  if (!sn_time(work, files, 2, &timing)) return false;
  printf("%-28s %7.1f ms, best %7.1f, processor %7.1f\n", what, 1e3 * timing.median, 1e3 * timing.best,
         1e3 * timing.processor);
  return true;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  Files files = {argv[1], argc > 2 ? argv[2] : NULL};
  bool shown = show("reading", read_files, &files) && show("reading and making a model", load, &files) &&
               show("opening", open_detector, &files);
  if (!shown) fprintf(stderr, "%s\n", sn_error());
  return shown ? EXIT_SUCCESS : EXIT_FAILURE;
}
