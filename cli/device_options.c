#include "cli/device_options.h"

#include <string.h>

#include "base/number.h"
#include "plan/choices.h"
#include "tensor/tensor.h"

static void add(SnOption *options, int *count, SnOption option) {
  if (*count < SN_MAX_OPTIONS) options[(*count)++] = option;
}

bool sn_read_threads(const char *text, int64_t *threads) {
  return !text || sn_parse_integer("--threads", text, 1, 1024, threads);
}

static bool check_threads(const SnOption *option) {
  int64_t threads;
  return sn_read_threads(*option->text, &threads);
}

void sn_add_device_options(SnOption *options, int *count, SnDeviceTexts *texts) {
  add(options, count,
      (SnOption){.name = "threads",
                 .argument = "N",
                 .help = "threads to compute with; the results do not depend on it (all cores)",
                 .text = &texts->threads,
                 .check = check_threads});
  add(options, count,
      (SnOption){.name = "device",
                 .argument = "NAME",
                 .help = "where to compute; `simplenet info` lists the devices (cpu)",
                 .text = &texts->device});
  add(options, count,
      (SnOption){.name = "precision",
                 .argument = texts->of_detector ? "fp32|tf32|bf16|int8" : "fp32|tf32|bf16",
                 .help = texts->of_detector
                             ? "at least, of the factors in products (that the detector was exported for, or fp32; "
                               "cuda: tf32); cpu: fp32, bf16, or int8 where it was exported so"
                             : "at least, of the factors in products (fp32; cuda: tf32); cpu: fp32 or bf16",
                 .text = &texts->precision});
}

void sn_add_tuned_option(SnOption *options, int *count, SnDeviceTexts *texts) {
  add(options, count,
      (SnOption){.name = "tuned",
                 .argument = "FILE",
                 .help = "algorithms that `simplenet tune` found to be the fastest here (those built in)",
                 .text = &texts->tuned});
}

static bool use_tuned(const SnDeviceTexts *texts) {
  const SnChoices *choices = texts->tuned ? sn_choices_read(texts->tuned) : NULL;
  sn_choices_use(choices);
  return !texts->tuned || choices;
}

bool sn_use_device(const SnDeviceTexts *texts) {
  if (texts->device && !sn_set_device(texts->device)) return false;
  int64_t threads = 0;
  if (!sn_read_threads(texts->threads, &threads)) return false;
  if (threads > 0 && sn_device()->set_threads) sn_device()->set_threads((int)threads);
  if (texts->precision && !texts->of_detector && strcmp(texts->precision, "int8") == 0)
    return sn_fail("--precision: int8 is for detectors that `simplenet export --precision int8` wrote");
  if (texts->precision && !sn_set_precision(texts->precision)) return false;
  return texts->of_detector || use_tuned(texts);
}

bool sn_use_detector(const SnDeviceTexts *texts, const SnModel *model) {
  if (!sn_ok()) return false;
  bool is_int8 = !texts->precision && model->ranges.count > 0 && strcmp(sn_device()->name, "cpu") == 0;
  return (!is_int8 || sn_set_precision("int8")) && use_tuned(texts);
}
