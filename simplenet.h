/* simplenet.h - detect defects in photographs with a model that `simplenet train` made.
 *
 *     #include <stdio.h>
 *     #include "simplenet.h"
 *
 *     int main(int argc, char **argv) {
 *       if (argc < 4) return 2;
 *       SnDetector *detector = sn_detector_open(argv[1], argv[2]);     // model.safetensors, the backbone's weights
 *       for (int i = 3; i < argc; i++) {
 *         SnDetection detection;
 *         if (sn_detector_detect_file(detector, argv[i], &detection))
 *           printf("%s: %.3f%s\n", argv[i], detection.score, detection.score >= detection.threshold ? " DEFECT" : "");
 *         else
 *           fprintf(stderr, "%s\n", sn_error());
 *       }
 *       sn_detector_close(detector);
 *     }
 *
 * Build with: cc program.c build/libsimplenet.a $(sed -n 's/^DEPENDENCY_LIBRARIES = //p' build/dependencies.mk) -lm
 * -pthread
 *
 * This header is all that such a program includes. Every function clears the thread's error when it begins, and on
 * failure records one sentence for sn_error(). A detector is used by one thread at a time; several detectors may work
 * in several threads. Nothing here prints, exits or aborts. OpenBLAS (libopenblas.so.0) is opened when the first model is,
 * with OPENBLAS_NUM_THREADS set to 1 for that moment.
 */
#ifndef SIMPLENET_H
#define SIMPLENET_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SnDetector SnDetector;

typedef struct SnDetection {
  double score; /* of the whole photograph; larger is more anomalous */
  /* Score from which the model's test set was best told apart (F1), between two of its scores; NaN when it had no
   * defects. */
  double threshold;
  /* The anomaly map: size x size numbers in the score's units, rows from the top. The detector's until its next call.
   */
  int64_t size;
  const float *map;
  /* The part of the photograph that the map covers, in its pixels: the model may look at a centre crop only. */
  double left, top, width, height;
} SnDetection;

/* Opens a model and the weights of its backbone, which must be those it was trained on; weights NULL for a model on the
 * embedded backbone. NULL on failure. To be released with sn_detector_close. */
SnDetector *sn_detector_open(const char *model, const char *weights);

/* A PNG, JPEG, BMP, TIFF or WebP file. detector NULL is a failure, too, so that opening need not be checked first.
 * After a failure the detection's score is NaN; a score that is not finite is a failure. */
bool sn_detector_detect_file(SnDetector *detector, const char *path, SnDetection *detection);

/* Pixels [height][width][3] in memory: 8-bit RGB, rows from the top without gaps; width and height at least 1. */
bool sn_detector_detect(SnDetector *detector, const uint8_t *rgb, int64_t width, int64_t height,
                        SnDetection *detection);

void sn_detector_close(SnDetector *detector); /* NULL is allowed */

/* The last failure of this thread as a sentence that names file, field and what was expected; NULL after a success. */
const char *sn_error(void);

#ifdef __cplusplus
}
#endif

#endif
