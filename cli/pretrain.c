#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "cli/device_options.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "datasets/generated/pretraining.h"
#include "datasets/outputs.h"
#include "models/pretraining/export.h"
#include "report/output_kinds.h"
#include "report/plot/plot.h"
#include "report/results.h"

enum { LOG_ROWS = 40, MIN_STEPS = 20 };

typedef struct Pretrain {
  const char *out, *log, *plot, *seed_text, *steps_text;
  SnDeviceTexts device;
  SnPretrainingSettings settings;
} Pretrain;

/* What is noted of the steps since the row before. */
typedef struct Row {
  double step, seconds;
  SnPretrainingResult training, validation;
} Row;

typedef struct Log {
  Row rows[LOG_ROWS + 1];
  int count;
  SnPretrainingResult sum;
  int64_t steps; /* in the sum */
} Log;

static bool add_row(Log *log, SnPretraining *training, double seconds) {
  double steps = (double)log->steps;
  Row row = {.step = (double)training->step, .seconds = seconds};
  row.training = (SnPretrainingResult){log->sum.loss / steps, log->sum.accuracy / steps, log->sum.damage_loss / steps};
  if (!sn_pretraining_validate(training, &row.validation)) return false;
  log->rows[log->count++] = row;
  log->sum = (SnPretrainingResult){0};
  log->steps = 0;
  return true;
}

static void tell(const Row *row) {
  sn_print(
      "step %.0f  loss %.3f  accuracy %.3f  damage %.3f  validation: loss %.3f  accuracy %.3f  damage %.3f  %.0f s\n",
      row->step, row->training.loss, row->training.accuracy, row->training.damage_loss, row->validation.loss,
      row->validation.accuracy, row->validation.damage_loss, row->seconds);
  sn_terminal_flush();
}

static bool write_log(const Log *log, const char *path) {
  SnFileWriter writer;
  if (!sn_file_create(path, &writer)) return false;
  fprintf(writer.stream,
          "step,loss,accuracy,damage_loss,validation_loss,validation_accuracy,validation_damage_loss,seconds\n");
  for (int i = 0; i < log->count; i++) {
    const Row *row = &log->rows[i];
    const SnPretrainingResult *results[] = {&row->training, &row->validation};
    fprintf(writer.stream, "%lld", (long long)row->step);
    for (int r = 0; r < 2; r++) {
      sn_write_csv_number(writer.stream, results[r]->loss);
      sn_write_csv_number(writer.stream, results[r]->accuracy);
      sn_write_csv_number(writer.stream, results[r]->damage_loss);
    }
    sn_write_csv_number(writer.stream, row->seconds);
    fprintf(writer.stream, "\n");
  }
  return sn_file_commit(&writer);
}

static bool write_plot(const Log *log, const char *path) {
  enum { CURVES = 6 };
  static const char *const names[CURVES] = {"class loss",  "class loss, validation", "accuracy", "accuracy, validation",
                                            "damage loss", "damage loss, validation"};
  double x[LOG_ROWS + 1], y[CURVES][LOG_ROWS + 1];
  for (int i = 0; i < log->count; i++) {
    const SnPretrainingResult *results[] = {&log->rows[i].training, &log->rows[i].validation};
    x[i] = log->rows[i].step;
    for (int r = 0; r < 2; r++) {
      y[r][i] = results[r]->loss;
      y[2 + r][i] = results[r]->accuracy;
      y[4 + r][i] = results[r]->damage_loss;
    }
  }
  SnSeries series[CURVES];
  for (int i = 0; i < CURVES; i++)
    series[i] = (SnSeries){.name = names[i],
                           .kind = SN_SERIES_LINE,
                           .color = i / 2 + 1,
                           .dashed = i % 2 == 1,
                           .x = x,
                           .y = y[i],
                           .count = log->count};
  SnPlot plot = {.title = "Pretraining of the embedded backbone",
                 .x = {.label = "step", .low = 0, .high = NAN},
                 .y = {.label = "loss (nats), accuracy (share)", .low = 0, .high = NAN},
                 .series = series,
                 .series_count = CURVES};
  return sn_plot_write(&plot, path);
}

static bool train_step(SnPretraining *training, SnImageQueue *queue, Log *log) {
  SnScope *scope = sn_scope_open();
  SnPretrainingBatch batch;
  SnPretrainingResult result;
  if (sn_image_queue_next(queue, &batch) && sn_pretraining_step(training, &batch, &result)) {
    log->sum.loss += result.loss;
    log->sum.accuracy += result.accuracy;
    log->sum.damage_loss += result.damage_loss;
    log->steps++;
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* False when it was interrupted, or an error stands. */
static bool train(SnPretraining *training, Log *log) {
  const SnPretrainingSettings *settings = &training->settings;
  SnImageQueue *queue = sn_image_queue_open(settings->seed, 0, settings->steps, settings->batch, settings->size, 0);
  SnProgressBar bar = sn_progress_begin("pretraining");
  int64_t interval = (settings->steps + LOG_ROWS - 1) / LOG_ROWS;
  if (interval < MIN_STEPS) interval = MIN_STEPS;
  while (queue && sn_ok() && training->step < settings->steps && !sn_interrupted()) {
    if (!train_step(training, queue, log)) break;
    sn_progress_show(&bar, training->step, settings->steps);
    if (training->step % interval != 0 && training->step < settings->steps) continue;
    if (!add_row(log, training, sn_seconds() - bar.start)) break;
    sn_progress_clear(&bar);
    tell(&log->rows[log->count - 1]);
  }
  sn_progress_clear(&bar);
  sn_image_queue_close(queue);
  return sn_ok() && training->step == settings->steps;
}

static bool write_weights(SnPretraining *training, const char *path) {
  SnStateDict *texts = sn_state_dict_new();
  char number[32];
  sn_state_dict_add_text(texts, "format", "pt");
  sn_state_dict_add_text(texts, "made by", "simplenet pretrain");
  snprintf(number, sizeof number, "%" PRIu64, training->settings.seed);
  sn_state_dict_add_text(texts, "seed", number);
  snprintf(number, sizeof number, "%" PRId64 " of %" PRId64, training->step, training->settings.steps);
  sn_state_dict_add_text(texts, "steps", number);
  return sn_pretraining_export(training, path, texts);
}

/* What an interrupted pretraining has learned, beside the weights of an earlier whole one. */
static bool write_part(SnPretraining *training, const char *path) {
  char *part = sn_part_path(path);
  if (part && write_weights(training, part))
    sn_message("simplenet: interrupted after step %lld; what was learned so far: %s\n", (long long)training->step,
               part);
  free(part);
  return sn_ok();
}

static bool check_outputs(const Pretrain *pretrain) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  char *part = sn_part_path(pretrain->out);
  sn_outputs_write(&outputs, SN_OUTPUT_PRETRAINED, "", pretrain->out);
  sn_outputs_write(&outputs, SN_OUTPUT_PRETRAINED, "", part);
  free(part);
  if (pretrain->log) sn_outputs_write(&outputs, SN_OUTPUT_STEPS, "", pretrain->log);
  if (pretrain->plot) sn_outputs_write(&outputs, SN_OUTPUT_PLOT, "", pretrain->plot);
  return sn_outputs_are_clear(&outputs);
}

static int pretrain_and_write(const Pretrain *pretrain) {
  if (!check_outputs(pretrain)) return sn_report_error();
  SnPretraining *training = sn_pretraining_new(&pretrain->settings);
  Log *log = sn_scope_allocate(1, sizeof *log, NULL);
  if (!training || !log) return sn_report_error();
  sn_print("%d classes, %lld steps of %lld images of %lld pixels squared\n", sn_pretraining_class_count(),
           (long long)pretrain->settings.steps, (long long)pretrain->settings.batch,
           (long long)pretrain->settings.size);
  sn_terminal_flush();
  sn_catch_interrupts();
  bool whole = train(training, log);
  if (!whole) return sn_ok() && write_part(training, pretrain->out) ? SN_EXIT_INTERRUPTED : sn_report_error();
  write_weights(training, pretrain->out);
  if (sn_ok() && log->count > 0 && pretrain->log) write_log(log, pretrain->log);
  if (sn_ok() && log->count > 0 && pretrain->plot) write_plot(log, pretrain->plot);
  if (!sn_ok()) return sn_report_error();
  sn_print("written: %s\n", pretrain->out);
  return SN_EXIT_OK;
}

static bool read_numbers(Pretrain *pretrain) {
  pretrain->settings = sn_pretraining_defaults();
  int64_t seed = (int64_t)pretrain->settings.seed;
  if (pretrain->seed_text && !sn_parse_integer("--seed", pretrain->seed_text, 0, INT64_MAX, &seed)) return false;
  pretrain->settings.seed = (uint64_t)seed;
  return !pretrain->steps_text ||
         sn_parse_integer("--steps", pretrain->steps_text, 0, 1000000, &pretrain->settings.steps);
}

int sn_command_pretrain(int argc, char **argv) {
  Pretrain pretrain = {0};
  SnPretrainingSettings defaults = sn_pretraining_defaults();
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  char seed_help[96], steps_help[96];
  snprintf(seed_help, sizeof seed_help, "of the images and the initial weights (%" PRIu64 ")", defaults.seed);
  snprintf(steps_help, sizeof steps_help, "training steps of %" PRId64 " images (%" PRId64 ")", defaults.batch,
           defaults.steps);
  options[count++] = (SnOption){.name = "out",
                                .argument = "FILE",
                                .help = "where the weights go, as safetensors in float16",
                                .text = &pretrain.out,
                                .required = true};
  options[count++] = (SnOption){
      .name = "log", .argument = "FILE", .help = "a table of the training as CSV (none)", .text = &pretrain.log};
  options[count++] =
      (SnOption){.name = "plot", .argument = "FILE", .help = "its curves as SVG (none)", .text = &pretrain.plot};
  options[count++] = (SnOption){.name = "seed", .argument = "N", .help = seed_help, .text = &pretrain.seed_text};
  options[count++] = (SnOption){.name = "steps", .argument = "N", .help = steps_help, .text = &pretrain.steps_text};
  sn_add_device_options(options, &count, &pretrain.device);
  SnUsage usage = {
      "pretrain", "",
      "Trains the embedded backbone from scratch on generated images of patterns. One seed gives the same\n"
      "weights at any number of threads. When interrupted, it writes what was learned so far, to\n"
      "NAME.part.safetensors for NAME.safetensors.",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (!read_numbers(&pretrain) || !sn_use_device(&pretrain.device)) return sn_report_misuse();
  return pretrain_and_write(&pretrain);
}
