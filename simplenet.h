/* simplenet.h - detect defects in photographs with a model that `simplenet train` made.
 *
 *     #include <stdio.h>
 *     #include "simplenet.h"
 *
 *     int main(int argc, char **argv) {
 *       if (argc < 3) return 2;
 *       SnDetector *detector = sn_detector_open(argv[1], NULL);     // what `simplenet export` wrote
 *       if (detector) fprintf(stderr, "%s\n", sn_detector_threshold_text(detector));
 *       for (int i = 2; i < argc; i++) {
 *         SnDetection found;
 *         if (!sn_detector_detect_file(detector, argv[i], &found))
 *           fprintf(stderr, "%s\n", sn_error());
 *         else
 *           printf("%s: %.3f%s\n", argv[i], found.score, found.verdict == SN_VERDICT_DEFECTIVE ? " DEFECT" : "");
 *       }
 *       sn_detector_close(detector);
 *     }
 *
 * Build with, after `make install`: cc program.c $(pkg-config --cflags --libs simplenet)
 *
 * This header is all that such a program includes. Every function clears the thread's error when it begins, and on
 * failure records one sentence for sn_error(). Any number of threads may use a detector at once: they take turns.
 * Detectors of several threads decode side by side and take turns with the threads that compute, which they share.
 * Nothing here prints, exits or aborts. OpenBLAS (libopenblas.so.0) is opened when the first model is, with
 * OPENBLAS_NUM_THREADS set to 1 for that moment.
 */
#ifndef SIMPLENET_H
#define SIMPLENET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SN_PUBLIC __attribute__((visibility("default")))
#else
#define SN_PUBLIC
#endif

#define SN_VERSION "1.0.0"

typedef struct SnDetector SnDetector;

typedef enum SnVerdict {
  SN_VERDICT_NONE, /* the model has no threshold: sn_detector_threshold_text says how to get one */
  SN_VERDICT_GOOD,
  SN_VERDICT_DEFECTIVE /* score >= threshold */
} SnVerdict;

typedef struct SnDetection {
  double score; /* of the whole photograph; larger is more anomalous */
  /* That of good photographs which training never saw, by a stated rate of false alarms (`simplenet calibrate`); of a
   * model without it the one from which its test set was best told apart (F1), which is chosen on test labels; NaN when
   * it had no defects either. sn_detector_threshold_text says which it is. */
  double threshold;
  SnVerdict verdict;
  /* The score in units that mean the same for every calibrated model: in (0, 1), rising with the score, 0.5 at the
   * threshold, 0.25 at the median good photograph. With u = (score - threshold) / (threshold - median) it is
   * 1 - 0.5 / (1 + u) for u >= 0 and 0.5 / (1 - u) below. NaN where the model was not calibrated. */
  double normalised;
  /* The anomaly map: [map_height][map_width] numbers in the score's units, rows from the top. The detector's, until
   * this thread's next call with it. */
  int64_t map_height, map_width;
  const float *map;
  /* The part of the photograph that the map covers, in its pixels: the model may look at a centre crop only. */
  double left, top, width, height;
} SnDetection;

/* Pixels in memory, 8 bits a sample. */
typedef enum SnPixelFormat {
  SN_PIXELS_RGB,
  SN_PIXELS_BGR,
  SN_PIXELS_RGBA,
  SN_PIXELS_BGRA,
  SN_PIXELS_GREY
} SnPixelFormat;

typedef struct SnPixels {
  SnPixelFormat format;  /* an alpha channel is not looked at */
  int64_t width, height; /* at least 1 each */
  int64_t stride;        /* bytes from a row to the next one below; 0: rows follow one another */
  const uint8_t *data;   /* the uppermost row */
} SnPixels;

/* A connected part of the map (by sides or corners) where it is at or above a level. */
typedef struct SnRegion {
  double left, top, width, height; /* the box around it, in the photograph's pixels */
  double score;                    /* the largest value of the map in it */
  double area;                     /* in the photograph's pixels */
} SnRegion;

/* Opens a detector in one file (`simplenet export`), with weights NULL; or a model and the weights of its backbone,
 * which must be those it was trained on, NULL for a model on the embedded backbone. NULL on failure. To be released
 * with sn_detector_close. */
SN_PUBLIC SnDetector *sn_detector_open(const char *model, const char *weights);

/* Opens what the bytes of a detector's file hold, or of a model on the embedded backbone. They are copied. `name`
 * stands for the file in messages. */
SN_PUBLIC SnDetector *sn_detector_open_memory(const void *bytes, size_t size, const char *name);

/* A PNG, JPEG, BMP, TIFF or WebP file. detector NULL is a failure, too, so that opening need not be checked first.
 * After a failure the detection's score is NaN; a score that is not finite is a failure. */
SN_PUBLIC bool sn_detector_detect_file(SnDetector *detector, const char *path, SnDetection *detection);

/* The bytes of such a file. */
SN_PUBLIC bool sn_detector_detect_encoded(SnDetector *detector, const void *bytes, size_t size, SnDetection *detection);

/* Pixels [height][width][3] in memory: 8-bit RGB, rows from the top without gaps; width and height at least 1. */
SN_PUBLIC bool sn_detector_detect(SnDetector *detector, const uint8_t *rgb, int64_t width, int64_t height,
                                  SnDetection *detection);

/* Pixels of another format, a camera's frame for example. A frame that is stored from the bottom up has the stride of
 * its rows with a minus before it. */
SN_PUBLIC bool sn_detector_detect_pixels(SnDetector *detector, const SnPixels *pixels, SnDetection *detection);

/* The regions of a detection's map that reach `level`, in the score's units (detection.threshold is one to begin with),
 * the one of the largest score first. Writes at most `capacity` of them and returns how many there are; -1 on failure.
 * regions may be NULL where capacity is 0. */
SN_PUBLIC int64_t sn_detection_regions(const SnDetection *detection, double level, SnRegion *regions, int64_t capacity);

/* A sentence without its full stop on what the threshold is, by what, at which rate of false alarms and with which
 * interval; of a model without a threshold, how to get one. The detector's, while it is open; NULL for no detector. */
SN_PUBLIC const char *sn_detector_threshold_text(const SnDetector *detector);

SN_PUBLIC void sn_detector_close(SnDetector *detector); /* NULL is allowed */

/* The last failure of this thread as a sentence that names file, field and what was expected; NULL after a success. */
SN_PUBLIC const char *sn_error(void);

/* "1.0.0", of the library that runs; SN_VERSION is of this header's. */
SN_PUBLIC const char *sn_version(void);

#ifdef __cplusplus
}
#endif

#endif
