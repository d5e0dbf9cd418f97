/* Lines "name=text" in place of the texts of a saved model, of a checkpoint and of a detector in one file that are
 * right otherwise: an error, or settings, a calibration and a state that are within their bounds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anomaly/checkpoint.h"
#include "anomaly/detector_file.h"
#include "models/backbones/embedded.h"
#include "models/simplenet/fit.h"
#include "tensor/safetensors.h"
#include "tests/fuzz/limits.h"

enum { EPOCHS = 4, IMAGES = 6, CHANNELS = 3, BATCH = 2 };

/* Made once: a run of a small head, and its checkpoint after two epochs. */
typedef struct Subject {
  SnScope *scope;
  SnRun *run;
  SnDataset dataset;
  SnStateDict *checkpoint, *detector;
} Subject;

static SnStateDict *write_and_read(SnRun *run) {
  char path[] = "/tmp/fuzz-checkpoint-XXXXXX";
  int descriptor = mkstemp(path);
  if (descriptor < 0) return NULL;
  SnStateDict *dict = sn_checkpoint_write(run, path) ? sn_safetensors_read(path) : NULL;
  close(descriptor);
  unlink(path);
  return dict;
}

/* A small head on the embedded backbone, of which one convolution is in 8 bits. */
static SnStateDict *make_detector(void) {
  static SnLayerRange range = {"layer1.0.conv1.weight", {0, 2}};
  SnSettings settings;
  char path[] = "/tmp/fuzz-detector-XXXXXX";
  if (!sn_settings_preset(&sn_simplenet, "paper", &settings) ||
      !sn_settings_set(&settings, "backbone", SN_EMBEDDED_BACKBONE) || !sn_settings_set(&settings, "hidden", "2") ||
      !sn_settings_set(&settings, "resize", "32") || !sn_settings_set(&settings, "crop", "32"))
    return NULL;
  SnModel *model = sn_model_new(&settings, NULL);
  int descriptor = model ? mkstemp(path) : -1;
  if (descriptor < 0) return NULL;
  model->calibration.false_alarms = (SnFalseAlarms){0.01, 120, 1, 0.5, 0.25};
  model->provenance = (SnProvenance){.program = "simplenet", .category = "bottle", .train_images = 3};
  model->ranges = (SnLayerRanges){&range, 1};
  SnStateDict *dict = sn_detector_write(model, SN_UINT8, path) ? sn_safetensors_read(path) : NULL;
  close(descriptor);
  unlink(path);
  return dict;
}

static void make_run(Subject *made) {
  SnSettings settings;
  SnSimpleNetSettings own;
  SnRunOptions options = {.keep_best = true};
  SnFeatures *features = sn_scope_allocate(1, sizeof *features, NULL);
  if (!features || !sn_settings_preset(&sn_simplenet, "paper", &settings)) return;
  own = sn_simplenet_settings(&settings);
  own.hidden = 2;
  sn_set_simplenet_settings(&settings, &own);
  settings.training.epochs = EPOCHS;
  settings.training.batch = BATCH;
  made->dataset.train.count = IMAGES;
  features->count = 1;
  features->levels[0] = sn_zeros(SN_FLOAT32, SN_SHAPE(IMAGES, 1, 1, CHANNELS));
  SnModel *model = sn_model_new_head(&settings, (SnFeatureShape){1, 1, CHANNELS}, SN_FLOAT32);
  if (!model) return;
  model->calibration =
      sn_calibrate((const float[]){0, 1}, 2, &(SnEvaluation){.image_f1_threshold = {.reason = "none"}});
  SnRun *run = made->run = sn_run_on_features(model, &made->dataset, features, NULL, NULL, &options);
  SnRunEvent event;
  while (sn_run_next(run, &event) && event.epoch < 2) continue;
  if (sn_ok()) run->best_epoch = 1;
}

static const Subject *subject(void) {
  static Subject made;
  if (made.scope) return &made;
  made.scope = sn_scope_new();
  sn_scope_enter(made.scope);
  make_run(&made);
  if (sn_ok()) made.checkpoint = write_and_read(made.run);
  if (sn_ok()) made.detector = make_detector();
  sn_scope_leave(made.scope);
  if (!sn_ok()) {
    fprintf(stderr, "%s\n", sn_error());
    exit(EXIT_FAILURE);
  }
  return &made;
}

/* The texts of the lines "name=text"; the first of a name counts. */
static SnStateDict *read_lines(char *lines) {
  SnStateDict *texts = sn_state_dict_new();
  for (char *rest = lines, *line; (line = strtok_r(rest, "\n", &rest));) {
    char *text = strchr(line, '=');
    if (!text) continue;
    *text++ = '\0';
    if (!sn_state_dict_text(texts, line)) sn_state_dict_add_text(texts, line, text);
  }
  return texts;
}

/* The checkpoint with the lines' texts; a text "-" takes the name away. A tensor with any other becomes a scalar. */
static SnStateDict *change(const SnStateDict *right, const SnStateDict *lines, const char *format) {
  SnStateDict *dict = sn_state_dict_new();
  for (int64_t i = 0; i < right->tensor_count; i++) {
    const char *name = right->tensors[i].name, *text = sn_state_dict_text(lines, name);
    SnTensor *tensor = text ? sn_scalar(SN_FLOAT32, 0) : right->tensors[i].tensor;
    if (!text || strcmp(text, "-") != 0) sn_state_dict_add(dict, name, tensor);
  }
  for (int64_t i = 0; i < right->text_count; i++) {
    const char *name = right->texts[i].name, *text = sn_state_dict_text(lines, name);
    if (!text && format && strcmp(name, "format") == 0) text = format;
    if (!text) text = right->texts[i].text;
    if (strcmp(text, "-") != 0) sn_state_dict_add_text(dict, name, text);
  }
  return dict;
}

static void read_settings(const SnStateDict *dict) {
  SnSettings settings;
  bool read = sn_model_read_settings(dict, "input", &settings);
  if (read != sn_ok()) abort();
  if (read && !sn_settings_check(&settings)) abort();
  sn_clear_error();
}

/* What it says can be said, and used. */
static void judge_calibration(const SnCalibration *calibration) {
  const SnFalseAlarms *alarms = &calibration->false_alarms;
  double threshold = sn_decision_threshold(calibration), half = sn_calibrated_score(calibration, threshold);
  char *text = sn_threshold_text(calibration);
  if (!text || (sn_threshold_basis(calibration) == SN_THRESHOLD_NONE) != isnan(threshold)) abort();
  free(text);
  if (alarms->photographs == 0) return;
  SnInterval interval = sn_false_alarms_interval(alarms);
  if (!sn_false_alarms_are_sound(alarms) || half != 0.5) abort();
  if (!(interval.low >= 0 && interval.low < interval.high && interval.high <= 1)) abort();
  for (int i = -40; i <= 40; i++) {
    double score = sn_calibrated_score(calibration, threshold + ldexp(i < 0 ? -1 : 1, abs(i)));
    if (!(score >= 0 && score <= 1) || (i < 0 ? score > 0.5 : score < 0.5)) abort();
  }
}

static void read_model(const SnStateDict *right, const SnStateDict *lines) {
  SnStateDict *dict = change(right, lines, "simplenet.c model 2");
  const char *names[] = {"features",
                         "test_map_low",
                         "test_map_high",
                         "test_image_f1_threshold",
                         "test_pixel_f1_threshold",
                         "calibration_rate",
                         "calibration_photographs",
                         "calibration_alarms",
                         "calibration_threshold",
                         "calibration_scale"}; /* which the checkpoint has not */
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *text = sn_state_dict_text(lines, names[i]);
    if (text) sn_state_dict_add_text(dict, names[i], text);
  }
  if (!sn_ok()) abort();
  read_settings(dict);
  for (int i = 0; sn_methods[i]; i++) { /* a file of an earlier version, where the lines make it one */
    SnStateDict *earlier = sn_methods[i]->read_earlier ? sn_methods[i]->read_earlier(dict) : NULL;
    if (earlier && !sn_ok()) abort();
    if (earlier) read_settings(earlier);
    sn_clear_error(); /* of a file with today's names as well */
  }
  SnCalibration calibration, twice;
  if (sn_read_calibration(dict, "input", &calibration) != sn_ok()) abort();
  sn_clear_error();
  SnStateDict *again = sn_state_dict_new();
  if (!sn_add_calibration(again, &calibration) || !sn_read_calibration(again, "again", &twice)) abort();
  const double before[] = {calibration.low, calibration.high, calibration.image_threshold, calibration.pixel_threshold};
  const double after[] = {twice.low, twice.high, twice.image_threshold, twice.pixel_threshold};
  for (int i = 0; i < 4; i++)
    if (isnan(before[i]) ? !isnan(after[i]) : before[i] != after[i]) abort();
  if (memcmp(&calibration.false_alarms, &twice.false_alarms, sizeof twice.false_alarms) != 0) abort();
  judge_calibration(&calibration);
}

/* Only where the settings leave the network as it is: how much memory another one takes is not the file's to say. */
static void read_detector(const SnStateDict *right, const SnStateDict *lines) {
  SnSettings settings, expected;
  const SnStateDict *dict = change(right, lines, NULL);
  if (!sn_ok()) abort();
  bool same = sn_model_read_settings(right, "right", &expected) && sn_model_read_settings(dict, "input", &settings) &&
              sn_settings_agree(&settings, &expected, SN_GROUP_FEATURES | SN_GROUP_METHOD | SN_GROUP_VIEW);
  sn_clear_error();
  SnModel *model = same || !sn_state_dict_text(dict, "format") ? sn_model_load_from(dict, "input", NULL) : NULL;
  if (same && (model != NULL) != sn_ok()) abort();
  if (!model) return;
  judge_calibration(&model->calibration);
  for (int64_t i = 0; i < model->ranges.count; i++) {
    SnInputRange x = model->ranges.items[i].x;
    if (!(x.least <= 0 && x.most >= 0 && x.least < x.most)) abort();
  }
  if (strlen(model->backbone_sha256) != SN_SHA256_HEX - 1 || model->provenance.train_images < 0) abort();
}

/* What the file holds is read over what the last one left in the fit. */
static void read_checkpoint(const Subject *subject, const SnStateDict *lines) {
  SnRun run = *subject->run;
  SnStateDict *dict = change(subject->checkpoint, lines, NULL);
  if (!sn_ok()) abort();
  bool read = sn_checkpoint_read_from(&run, dict, "input");
  if (read != sn_ok()) abort();
  if (!read) return;
  int64_t steps = (IMAGES + BATCH - 1) / BATCH, step = sn_simplenet_fit_training(run.fit)->step;
  if (run.epoch < 0 || run.epoch > EPOCHS || step < run.epoch * steps || step > (run.epoch + 1) * steps) abort();
  if (step > EPOCHS * steps || run.best_epoch < 0 || run.best_epoch > run.epoch) abort();
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  sn_clear_error();
  const Subject *right = subject();
  SnScope *scope = sn_scope_open();
  char *text = sn_scope_allocate((int64_t)size + 1, 1, NULL);
  if (text && size > 0) memcpy(text, data, size);
  const SnStateDict *lines = text ? read_lines(text) : NULL;
  if (!lines) abort();
  read_model(right->checkpoint, lines);
  sn_clear_error();
  read_checkpoint(right, lines);
  sn_clear_error();
  sn_fuzz_read_again();
  read_detector(right->detector, lines);
  sn_clear_error();
  sn_scope_close(scope);
}
