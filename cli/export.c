#include <stdlib.h>

#include "anomaly/detector_file.h"
#include "base/clock.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"

typedef struct Export {
  const char *out, *precision_text;
  SnDtype precision;
  SnModelTexts model;
} Export;

static bool plan_output(const Export *export) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, export->model.model);
  sn_outputs_read(&outputs, export->model.weights);
  sn_outputs_write(&outputs, SN_OUTPUT_DETECTOR, "", export->out);
  return sn_outputs_are_clear(&outputs);
}

static int export_model(const Export *export) {
  char hash[SN_SHA256_HEX], date[SN_DATE_TEXT];
  SnModel *model = sn_open_model(&export->model);
  if (model && sn_sha256_file(export->model.model, hash)) {
    if (!model->provenance.model_sha256) model->provenance.model_sha256 = hash; /* else of what was exported first */
    model->provenance.exported = sn_date_text(date);
    sn_detector_write(model, export->precision, export->out);
  }
  if (!sn_ok()) return sn_report_error();
  char *text = sn_threshold_text(&model->calibration);
  if (text) sn_print("%s\nwritten: %s\n", text, export->out);
  free(text);
  return SN_EXIT_OK;
}

int sn_command_export(int argc, char **argv) {
  Export export = {.precision_text = "f32"};
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  sn_add_model_options(options, &count, &export.model);
  options[count++] = (SnOption){.name = "precision",
                                .argument = "f32|f16|bf16",
                                .help =
                                    "how weights are stored: f32 gives the same scores to the last bit, the others "
                                    "halve the file; everything is computed in float32 (f32)",
                                .text = &export.precision_text};
  sn_add_foreign_options(options, &count, &export.model);
  SnUsage usage = {"export", "OUT.safetensors",
                   "Writes a detector in one file: the model, the weights of its backbone, its calibration and where\n"
                   "it comes from. Every --model takes it, and then no --weights.",
                   options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals != 1) return sn_usage_error(&usage, "name the one file to write");
  export.out = argv[0];
  if (!sn_detector_precision(export.precision_text, &export.precision)) return sn_report_misuse();
  return plan_output(&export) ? export_model(&export) : sn_report_error();
}
