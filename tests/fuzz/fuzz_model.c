/* Lines "name=text" in place of the texts of a saved model and of a checkpoint that are right otherwise: an error, or
 * settings and a state that are within their bounds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/simplenet/checkpoint.h"
#include "models/simplenet/notes.h"
#include "tensor/safetensors.h"
#include "tests/fuzz/limits.h"

enum { EPOCHS = 4, IMAGES = 6, CHANNELS = 3, BATCH = 2 };

/* Made once: a run of a small head, and its checkpoint after two epochs. */
typedef struct Subject {
  SnScope *scope;
  SnRun run;
  SnDataset dataset;
  SnStateDict *checkpoint;
} Subject;

static SnStateDict *write_and_read(const SnRun *run) {
  char path[] = "/tmp/fuzz-checkpoint-XXXXXX";
  int descriptor = mkstemp(path);
  if (descriptor < 0) return NULL;
  SnStateDict *dict = sn_checkpoint_write(run, path) ? sn_safetensors_read(path) : NULL;
  close(descriptor);
  unlink(path);
  return dict;
}

static const Subject *subject(void) {
  static Subject made;
  if (made.scope) return &made;
  made.scope = sn_scope_new();
  sn_scope_enter(made.scope);
  SnSimpleNetSettings settings;
  sn_settings_preset("paper", &settings);
  settings.epochs = EPOCHS;
  settings.batch = BATCH;
  settings.hidden = 2;
  SnRun *run = &made.run;
  run->model = sn_simplenet_new_head(&settings, CHANNELS, SN_FLOAT32);
  run->dataset = &made.dataset;
  made.dataset.train.count = IMAGES;
  run->rows = sn_scope_allocate(EPOCHS, sizeof *run->rows, NULL);
  SnTensor *features = sn_zeros(SN_FLOAT32, SN_SHAPE(IMAGES, 1, CHANNELS));
  run->training = sn_training_new(run->model, 1, &features);
  for (int i = 0; i < 2 && sn_ok(); i++) {
    SnTrainingResult result;
    sn_training_epoch(run->training, &result, NULL, NULL);
    run->rows[i] = (SnEpochRow){.epoch = i + 1, .result = result, .seconds = 1};
  }
  run->best_epoch = 1;
  run->best_head = sn_state_dict_new();
  sn_module_state(&run->model->head, "", run->best_head);
  made.checkpoint = write_and_read(run);
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

static void read_model(const SnStateDict *right, const SnStateDict *lines) {
  SnSimpleNetSettings settings;
  SnStateDict *dict = change(right, lines, "simplenet.c model 1");
  const char *notes[] = {"test_map_low", "test_map_high", "test_image_f1_threshold", "test_pixel_f1_threshold"};
  for (int i = 0; i < 4; i++) {
    const char *text = sn_state_dict_text(lines, notes[i]);
    if (text) sn_state_dict_add_text(dict, notes[i], text);
  }
  if (!sn_ok()) abort();
  bool read = sn_simplenet_read_settings(dict, "input", &settings);
  if (read != sn_ok()) abort();
  if (read && !sn_settings_check(&settings)) abort();
  sn_clear_error();
  SnNotes read_notes, twice;
  if (sn_read_notes(dict, "input", &read_notes) != sn_ok()) abort();
  sn_clear_error();
  SnStateDict *again = sn_state_dict_new();
  if (!sn_add_notes(again, &read_notes) || !sn_read_notes(again, "again", &twice)) abort();
  const double before[] = {read_notes.low, read_notes.high, read_notes.image_threshold, read_notes.pixel_threshold};
  const double after[] = {twice.low, twice.high, twice.image_threshold, twice.pixel_threshold};
  for (int i = 0; i < 4; i++)
    if (isnan(before[i]) ? !isnan(after[i]) : before[i] != after[i]) abort();
}

static void read_checkpoint(const Subject *subject, const SnStateDict *lines) {
  SnRun run = subject->run;
  SnTraining training = *run.training;
  run.training = &training;
  SnStateDict *dict = change(subject->checkpoint, lines, NULL);
  if (!sn_ok()) abort();
  bool read = sn_checkpoint_read_from(&run, dict, "input");
  if (read != sn_ok()) abort();
  if (!read) return;
  int64_t steps = (IMAGES + BATCH - 1) / BATCH;
  if (training.epoch < 0 || training.epoch > EPOCHS || training.steps_in_epoch < 0 || training.steps_in_epoch > steps)
    abort();
  if (training.step != training.epoch * steps + training.steps_in_epoch) abort();
  if (run.best_epoch < 0 || run.best_epoch > training.epoch) abort();
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
  sn_scope_close(scope);
}
