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
 * This header is all that such a program includes. A function that can fail clears the thread's error when it begins,
 * and on failure records one sentence for sn_error() and a code for sn_error_code(). A function that is given no
 * detector (NULL) leaves the error of whoever could not make one. Nothing here prints, exits or aborts.
 *
 * Any number of threads may use a detector at once: they decode side by side and take turns to compute. Detectors take
 * turns with the threads that compute, too, which are shared by all, unless each has its own (SnOptions.threads). A
 * photograph's score does not depend on threads.
 *
 * SnOptions, SnInformation and SnFitOptions begin with their size, so that they can grow: SnOptions options = {sizeof
 * options}; what is 0 or NULL then is the default. The other structures keep their form.
 *
 * OpenBLAS (libopenblas.so.0) is opened when the first model is, with OPENBLAS_NUM_THREADS set to 1 for that moment.
 */
#ifndef SIMPLENET_H
#define SIMPLENET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the shared library exports. */
#if defined(__GNUC__)
#define SN_PUBLIC __attribute__((visibility("default")))
#else
#define SN_PUBLIC
#endif

/* Of this header: major.minor.patch. */
#define SN_VERSION "1.0.0"

/* A model that is ready to look at photographs. */
typedef struct SnDetector SnDetector;

/* What a threshold makes of a score. */
typedef enum SnVerdict {
  SN_VERDICT_NONE, /* the model has no threshold: sn_detector_threshold_text says how to get one */
  SN_VERDICT_GOOD,
  SN_VERDICT_DEFECTIVE /* score >= threshold */
} SnVerdict;

/* What was found in a photograph. */
typedef struct SnDetection {
  double score; /* of the whole photograph; larger is more anomalous */
  /* That of good photographs which training never saw, by a stated rate of false alarms (`simplenet calibrate`); of a
   * model without it the one from which its test set was best told apart (F1), which is chosen on test labels; NaN when
   * it had no defects either. sn_detector_threshold_text says which it is. */
  double threshold;
  SnVerdict verdict; /* by that threshold */
  /* The score in units that mean the same for every calibrated model: in (0, 1), rising with the score, 0.5 at the
   * threshold, 0.25 at the median good photograph. With u = (score - threshold) / (threshold - median) it is
   * 1 - 0.5 / (1 + u) for u >= 0 and 0.5 / (1 - u) below. NaN where the model was not calibrated. */
  double normalised;
  /* The anomaly map: [map_height][map_width] numbers in the score's units, rows from the top. The detector's, until
   * this thread's next call with it. */
  int64_t map_height, map_width;
  const float *map; /* [map_height][map_width] */
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

/* A photograph in memory. */
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

/* How a detector computes. */
typedef struct SnOptions {
  size_t size; /* sizeof(SnOptions) */
  /* A file of the weights of the model's backbone, which must be those it was trained on; NULL for a detector in one
   * file and for a model on the embedded backbone. */
  const char *weights;
  const char *device; /* "cpu" or "cuda"; NULL: "cpu" */
  /* Of the factors in products: "fp32", "tf32", "bf16", or "int8" for a detector that was exported in 8 bits; NULL:
   * int8 for such a detector on the cpu, else fp32, on cuda tf32. */
  const char *precision;
  /* Threads of this detector's own that compute, the caller's among them: 1 to 256. 0: the process's, one for each
   * processor, which all such detectors share. Many detectors at work at once are best off with 1 each. */
  int threads;
  /* Photographs that are computed together, 1 to 1024; 0: 1. One alone then takes as long as so many, and in the last
   * digits a score depends on this number. */
  int batch;
  /* A file of `simplenet tune`: the algorithms that are the fastest on this machine, for this model, batch, device,
   * precision and threads. NULL: those built in. */
  const char *tuned;
} SnOptions;

/* Opens a detector in one file (`simplenet export`, sn_fit), or a model. options NULL: all defaults. NULL on failure.
 * To be released with sn_detector_close. */
SN_PUBLIC SnDetector *sn_detector_open(const char *model, const SnOptions *options);

/* Opens what the bytes of such a file hold. They are copied. `name` stands for the file in messages. */
SN_PUBLIC SnDetector *sn_detector_open_memory(const void *bytes, size_t size, const char *name,
                                              const SnOptions *options);

/* What is known of a detector. Texts belong to it, while it is open; NULL where nobody knows. */
typedef struct SnInformation {
  size_t size;                                /* sizeof(SnInformation), to be set before the call */
  const char *method;                         /* "simplenet", "padim", "patchcore", "mean_image" */
  const char *backbone;                       /* "resnet18"; NULL for a method without one */
  const char *category;                       /* of the photographs it was trained on */
  const char *program;                        /* that trained it: "simplenet 1.0.0" */
  const char *exported;                       /* when it became one file: "2026-11-30T12:00:00Z" */
  const char *backbone_sha256, *model_sha256; /* of the files of weights and model, in hexadecimal */
  int64_t train_photographs;                  /* 0: not known */
  /* Of a photograph it sees a part of this size, after resizing. The map has as many numbers. */
  int64_t map_height, map_width;
  double threshold;           /* as in SnDetection */
  const char *threshold_text; /* as of sn_detector_threshold_text */
  double false_alarms;        /* the rate that the threshold was set for; NaN: it was not set by good photographs */
  int64_t calibration_photographs; /* that it was set by; 0: none */
  const char *device, *precision;  /* in use */
  int threads, batch;              /* in use; threads of a graphics card: 1 */
} SnInformation;

/* Fills in what is known; false and an error where information->size is not set. */
SN_PUBLIC bool sn_detector_information(const SnDetector *detector, SnInformation *information);

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

/* A photograph in one of three forms: a file; the bytes of one; pixels. The others are NULL. */
typedef struct SnPhotograph {
  const char *path;       /* a file */
  const void *encoded;    /* the bytes of a file */
  size_t encoded_size;    /* how many */
  const SnPixels *pixels; /* pixels in memory */
} SnPhotograph;

/* Looks at several, SnOptions.batch at a time. Where one fails, its detection's score is NaN, the others are looked at
 * all the same, and the result is false with the first one's error. */
SN_PUBLIC bool sn_detector_detect_batch(SnDetector *detector, const SnPhotograph *photographs, int64_t count,
                                        SnDetection *detections);

/* Where a detection's map reaches `level` (detection.threshold is one to begin with): 255, else 0. mask:
 * [map_height][map_width]. */
SN_PUBLIC bool sn_detection_mask(const SnDetection *detection, double level, uint8_t *mask);

/* The regions of a detection's map that reach `level`, in the score's units (detection.threshold is one to begin with),
 * the one of the largest score first. Writes at most `capacity` of them and returns how many there are; -1 on failure.
 * regions may be NULL where capacity is 0. */
SN_PUBLIC int64_t sn_detection_regions(const SnDetection *detection, double level, SnRegion *regions, int64_t capacity);

/* A sentence without its full stop on what the threshold is, by what, at which rate of false alarms and with which
 * interval; of a model without a threshold, how to get one. The detector's, while it is open; NULL for no detector. */
SN_PUBLIC const char *sn_detector_threshold_text(const SnDetector *detector);

SN_PUBLIC void sn_detector_close(SnDetector *detector); /* NULL is allowed */

/* ---- training ---- */

/* What a training is busy with, and what its progress counts. */
typedef enum SnFitStage {
  SN_FIT_FEATURES, /* photographs that were looked at */
  SN_FIT_TRAINING  /* steps; the total is an upper bound where the training ends by itself */
} SnFitStage;

/* What a detector is made of. */
typedef struct SnFitOptions {
  size_t size;            /* sizeof(SnFitOptions) */
  const char *train;      /* a folder of good photographs, with its sub-folders */
  const char *calibrate;  /* a folder of good photographs that set the threshold, none of them in `train` */
  double calibrate_share; /* where that is NULL: the share of `train` that is held out of the training for it, 0.001 to
                             0.9; 0: there will be no threshold */
  double false_alarms;    /* the rate that the threshold is set for; 0: 0.01 */
  const char *category;   /* what it is a detector of; NULL: "folder" */
  const char *method, *preset;    /* as `simplenet train` has them; NULL: its defaults */
  const char *backbone;           /* NULL: the preset's with weights, and the embedded one without */
  const char *weights;            /* of the backbone; NULL for the embedded one */
  const char *const *settings;    /* name, value, name, value and at last NULL: its other settings ("sigma", "0.05") */
  const char *device, *precision; /* as in SnOptions, but not "int8" */
  int threads;                    /* as in SnOptions */
  /* Called in the calling thread, after each piece of work; false ends the training, with SN_ERROR_CANCELLED. NULL:
   * nobody asks. */
  bool (*progress)(void *context, SnFitStage stage, int64_t done, int64_t total);
  /* Called with a sentence on what was left out of the folders, what is odd about the photographs, or a sign that the
   * training fails. NULL: nobody is told. */
  void (*warn)(void *context, const char *sentence);
  void *context; /* that both are called with */
} SnFitOptions;

/* Trains a detector and writes it as one file, whole or not at all; a file that was read is never replaced. Features
 * beyond half of the memory that is available lie in temporary files. */
SN_PUBLIC bool sn_fit(const SnFitOptions *fit, const char *detector);

/* ---- failures ---- */

/* Kinds of failures, for programs; sn_error() is for people. */
typedef enum SnErrorCode {
  SN_ERROR_NONE,
  SN_ERROR_ARGUMENT,   /* the program called with something that makes no sense */
  SN_ERROR_MODEL,      /* the model or the weights cannot be used */
  SN_ERROR_DEVICE,     /* there is no such device or precision here */
  SN_ERROR_PHOTOGRAPH, /* a photograph, or a folder of them, cannot be looked at: the next one may be fine */
  SN_ERROR_MEMORY,     /* memory was refused: the same call may succeed later */
  SN_ERROR_OUTPUT,     /* a file cannot be written */
  SN_ERROR_TRAINING,   /* a training failed */
  SN_ERROR_CANCELLED   /* by SnFitOptions.progress */
} SnErrorCode;

/* Of this thread's last failure; SN_ERROR_NONE after a success. */
SN_PUBLIC SnErrorCode sn_error_code(void);

/* The last failure of this thread as a sentence that names file, field and what was expected; NULL after a success. */
SN_PUBLIC const char *sn_error(void);

/* "1.0.0", of the library that runs; SN_VERSION is of this header's. */
SN_PUBLIC const char *sn_version(void);

#ifdef __cplusplus
}
#endif

#endif
