/* What a method's paper publishes: results to set beside ours, and the studies behind its tables and figures. Data
 * only: studies/ runs and draws those of any method. */
#ifndef SN_ANOMALY_PAPER_H
#define SN_ANOMALY_PAPER_H

#include <stdbool.h>
#include <stdint.h>

struct SnModel;
struct SnTensor;

/* AUROC in percent; NaN: not printed. */
typedef struct SnPaperScore {
  double image, pixel;
} SnPaperScore;

typedef struct SnPaperLine {
  const char *label;
  SnPaperScore score;
} SnPaperLine;

/* A table of results on MVTec AD, a column for each method. */
typedef struct SnPaperTable {
  const char *const *methods;
  int method_count;
  int own;                           /* which of them is the paper's */
  const SnPaperScore *scores;        /* [SN_MVTEC_CATEGORIES, method_count], in the order of datasets/mvtec_ad.h */
  const SnPaperScore *printed_means; /* [SN_MVTEC_GROUPS, method_count], as the paper prints them */
} SnPaperTable;

typedef struct SnPaperSpeed {
  double images_per_second, image_auroc;
  const char *machine; /* "an RTX 3080 Ti" */
} SnPaperSpeed;

/* What is drawn of a study. */
typedef enum SnPaperFigure {
  SN_FIGURE_VARIANTS, /* variants side by side, the paper's lines with them */
  SN_FIGURE_CURVES,   /* a line for each category over the variants */
  SN_FIGURE_LOSSES,   /* loss over the epochs, a line for each variant, a band over categories and seeds */
  SN_FIGURE_SPREAD,   /* histogram of the features' standard deviations, before and after a transform */
  SN_FIGURE_SPEED,    /* images a second against image AUROC */
  SN_FIGURE_EXAMPLES, /* photographs, truth and heat maps of each category */
  SN_FIGURE_ONE_CLASS /* each category once the normal one, all others' test images defective */
} SnPaperFigure;

/* Which variants a study has that lists none. */
typedef enum SnPaperBackbones {
  SN_BACKBONES_CHOSEN,   /* the method as it is */
  SN_BACKBONES_OF_LINES, /* a variant for each backbone of the lines, and the chosen one */
  SN_BACKBONES_ALL
} SnPaperBackbones;

enum { SN_VARIANT_SETTINGS = 6 };

typedef struct SnPaperVariant {
  const char *name;                              /* as a folder: "levels-2+3" */
  const char *label;                             /* for people, and the label of its line: "2+3" */
  const char *settings[2 * SN_VARIANT_SETTINGS]; /* name, value, name, value, …; the rest NULL */
} SnPaperVariant;

/* Figure 4: what the trained model makes of its features. */
typedef struct SnPaperSpread {
  const char *before, *after;                                                            /* "before the adaptor" */
  struct SnTensor *(*transform)(const struct SnModel *model, struct SnTensor *features); /* [rows, channels] */
} SnPaperSpread;

typedef struct SnPaperStudy {
  const char *name;         /* "table2": as an argument and as a folder */
  const char *title;        /* "Table 2: which levels of the backbone" */
  const char *introduction; /* what the paper shows */
  const char *axis;         /* what varies: "standard deviation of the noise"; NULL where no plot has it */
  SnPaperFigure figure;
  const SnPaperVariant *variants;
  int variant_count;
  SnPaperBackbones backbones; /* without variants */
  const SnPaperLine *lines;   /* the paper's results, found by the variants' labels */
  int line_count;
  const char *varied;              /* the setting that it varies: no option of it; NULL: none */
  const char *const *unless_given; /* name, value, …, NULL: settings that are so unless an option says otherwise */
  const SnPaperSpread *spread;
} SnPaperStudy;

typedef struct SnPaper {
  int64_t epochs;            /* of the trainings behind its results */
  bool selects_by_test;      /* its released code takes the epoch that is best on the test set */
  const SnPaperTable *table; /* NULL: none */
  const SnPaperSpeed *speed; /* NULL: none */
  const SnPaperStudy *studies;
  int study_count;
  const char *const *remarks; /* a phrase and the setting whose value follows it, …, NULL: what a page's note says */
} SnPaper;

#endif
