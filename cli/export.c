#include <stdlib.h>
#include <string.h>

#include "anomaly/detector_file.h"
#include "anomaly/onnx_detector.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "cli/export_int8.h"
#include "cli/photographs.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"

enum { LARGEST_SIDE = 1 << 14 }; /* of a photograph */

typedef struct Export {
  const char *out, *format_text, *precision_text, *photograph_text, *calibration;
  bool is_onnx;
  SnDtype precision;
  SnSize photograph; /* 0 x 0: of the crop's size */
  SnModelTexts model;
} Export;

static bool plan_output(const Export *export, const SnSamples *photographs) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read_samples(&outputs, photographs);
  sn_outputs_read(&outputs, export->model.model);
  sn_outputs_read(&outputs, export->model.weights);
  sn_outputs_write(&outputs, export->is_onnx ? SN_OUTPUT_ONNX : SN_OUTPUT_DETECTOR, "", export->out);
  return sn_outputs_are_clear(&outputs);
}

static int export_model(const Export *export, const SnSamples *photographs) {
  char hash[SN_SHA256_HEX], date[SN_DATE_TEXT];
  SnModel *model = sn_open_model(&export->model);
  sn_catch_interrupts();
  bool ready = model && (export->precision != SN_UINT8 || sn_quantize_model(model, photographs));
  if (sn_ok() && !ready) return SN_EXIT_INTERRUPTED;
  if (ready && sn_sha256_file(export->model.model, hash)) {
    if (!model->provenance.model_sha256) model->provenance.model_sha256 = hash; /* else of what was exported first */
    model->provenance.exported = sn_date_text(date);
    if (export->is_onnx)
      sn_detector_write_onnx(model, export->photograph, export->out);
    else
      sn_detector_write(model, export->precision, export->out);
  }
  if (!sn_ok()) return sn_report_error();
  char *text = sn_threshold_text(&model->calibration);
  if (text) sn_print("%s\nwritten: %s\n", text, export->out);
  free(text);
  return SN_EXIT_OK;
}

/* What the texts say; an error when one is none, or is for another format. */
static bool read_texts(Export *export) {
  if (strcmp(export->format_text, "onnx") == 0)
    export->is_onnx = true;
  else if (strcmp(export->format_text, "safetensors") != 0)
    return sn_fail("--format: expected safetensors or onnx, found '%.40s'", export->format_text);
  if (!sn_detector_precision(export->precision_text, &export->precision)) return false;
  if ((export->precision == SN_UINT8) != (export->calibration != NULL))
    return sn_fail(export->calibration ? "--calibration: is for --precision int8"
                                       : "--precision int8: needs --calibration FOLDER, of good photographs");
  if (export->is_onnx && export->precision != SN_FLOAT32)
    return sn_fail("--precision %s: an ONNX model is written in f32", export->precision_text);
  if (!export->photograph_text) return true;
  if (!export->is_onnx) return sn_fail("--photograph: is for --format onnx");
  if (!sn_parse_size("--photograph", export->photograph_text, 1, LARGEST_SIDE, &export->photograph)) return false;
  return export->photograph.width > 0 ||
         sn_fail("--photograph: expected HEIGHTxWIDTH, found '%.40s'", export->photograph_text);
}

int sn_command_export(int argc, char **argv) {
  Export export = {.format_text = "safetensors", .precision_text = "f32"};
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  sn_add_model_options(options, &count, &export.model);
  options[count++] = (SnOption){.name = "format",
                                .argument = "safetensors|onnx",
                                .help = "onnx: a standard model, for ONNX Runtime, OpenVINO and others (safetensors)",
                                .text = &export.format_text};
  options[count++] = (SnOption){.name = "precision",
                                .argument = "f32|f16|bf16|int8",
                                .help =
                                    "how weights are stored: f32 gives the same scores to the last bit; f16 and bf16 "
                                    "halve the file, and everything is computed in float32; int8 makes it a quarter, "
                                    "and the backbone's convolutions are computed in 8 bits; onnx has f32 only (f32)",
                                .text = &export.precision_text};
  options[count++] = (SnOption){.name = "calibration",
                                .argument = "FOLDER",
                                .help =
                                    "for int8: good photographs, such as those of the training, that say between which "
                                    "numbers the backbone's features lie; 3 to 96 of them are taken",
                                .text = &export.calibration};
  options[count++] = (SnOption){.name = "photograph",
                                .argument = "HEIGHTxWIDTH",
                                .help =
                                    "for onnx: it takes photographs of this size, and resizes and crops them itself; "
                                    "else its images are of the crop's size",
                                .text = &export.photograph_text};
  sn_add_foreign_options(options, &count, &export.model);
  SnUsage usage = {"export", "OUT",
                   "Writes a detector in one file: the model, the weights of its backbone, its calibration and where\n"
                   "it comes from. The option --model of every command accepts it, and then needs no --weights. As an\n"
                   "ONNX model it has the input image, uint8 RGB [batch,height,width,3], and the outputs map and\n"
                   "score, normalised if it was calibrated, and defective if it has a threshold.",
                   options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals != 1) return sn_usage_error(&usage, "name the one file to write");
  export.out = argv[0];
  if (!read_texts(&export)) return sn_report_misuse();
  SnSamples photographs = {0};
  bool found = !export.calibration || sn_add_folder_of_photographs(export.calibration, NULL, &photographs);
  status = found && plan_output(&export, &photographs) ? export_model(&export, &photographs) : sn_report_error();
  sn_samples_free(&photographs);
  return status;
}
