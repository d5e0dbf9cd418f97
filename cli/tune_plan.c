#include "anomaly/measured_plan.h"
#include "base/interrupt.h"
#include "base/number.h"
#include "cli/device_options.h"
#include "cli/messages.h"
#include "cli/progress.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"
#include "tensor/tensor.h"

typedef struct Tune {
  const char *out, *images_text;
  int64_t images;
  SnModelTexts model;
  SnDeviceTexts device;
} Tune;

static bool plan_output(const Tune *tune) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, tune->model.model);
  sn_outputs_read(&outputs, tune->model.weights);
  sn_outputs_write(&outputs, SN_OUTPUT_CHOICES, "", tune->out);
  return sn_outputs_are_clear(&outputs);
}

static void print_choice(const SnChoice *choice) {
  const SnFusedConv2d *c = &choice->conv2d;
  SnConvolutionAlgorithm fastest = sn_choice_fastest(choice);
  sn_print("%lldx%lld, %lld to %lld channels at %lld x %lld  %s %.3f ms", (long long)c->kernel[0],
           (long long)c->kernel[1], (long long)c->in, (long long)c->out, (long long)choice->x[2],
           (long long)choice->x[3], sn_convolution_algorithm_name(choice->usual), 1e3 * choice->seconds[choice->usual]);
  if (fastest != choice->usual)
    sn_print(", %s %.3f ms", sn_convolution_algorithm_name(fastest), 1e3 * choice->seconds[fastest]);
  sn_print("\n");
}

static bool measure(const Tune *tune, SnModel *model) {
  SnMeasuring *measuring = sn_measuring_new(model, tune->images);
  SnProgressBar bar = sn_progress_begin("measuring");
  bool going = measuring != NULL;
  while (going && !sn_interrupted() && (going = sn_measuring_next(measuring))) {
    SnMeasuringProgress progress = sn_measuring_progress(measuring);
    sn_progress_show(&bar, progress.done, progress.total);
  }
  sn_progress_clear(&bar);
  if (!sn_ok() || going) return false;
  const SnChoices *choices = sn_measuring_choices(measuring);
  for (int64_t i = 0; i < choices->count; i++) print_choice(&choices->items[i]);
  if (!sn_choices_write(choices, tune->out)) return false;
  sn_print("written: %s; --tuned %s takes the last algorithm of each line\n", tune->out, tune->out);
  return true;
}

int sn_command_tune(int argc, char **argv) {
  Tune tune = {.images = 1, .device.of_detector = true};
  tune.model.device = &tune.device;
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  sn_add_model_options(options, &count, &tune.model);
  options[count++] = (SnOption){.name = "images",
                                .argument = "N",
                                .help = "photographs that are looked at together (1)",
                                .text = &tune.images_text};
  options[count++] = (SnOption){
      .name = "out", .argument = "FILE", .help = "what was measured, as JSON", .text = &tune.out, .required = true};
  sn_add_device_options(options, &count, &tune.device);
  SnUsage usage = {
      "tune", "",
      "Measures on this machine which algorithm is the fastest for each convolution of a detector, timed\n"
      "between the detector's other steps. Other commands use the result by --tuned FILE, on the same\n"
      "kind of machine with the same threads and precision. Scores then differ in their last digits.",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals > 0) return sn_usage_error(&usage, "expected options only, found '%s'", argv[0]);
  if ((tune.images_text && !sn_parse_integer("--images", tune.images_text, 1, 1024, &tune.images)) ||
      !sn_use_device(&tune.device))
    return sn_report_misuse();
  sn_catch_interrupts();
  SnModel *model = plan_output(&tune) ? sn_open_model(&tune.model) : NULL;
  bool measured = model && measure(&tune, model);
  return measured ? SN_EXIT_OK : sn_ok() ? SN_EXIT_INTERRUPTED : sn_report_error();
}
