#include "cli/calibrate_options.h"

#include "base/error.h"
#include "base/number.h"
#include "cli/photographs.h"
#include "datasets/hold_out.h"
#include "metrics/false_alarms.h"

void sn_add_false_alarms_option(SnOption *options, int *count, SnCalibrateTexts *texts) {
  options[(*count)++] =
      (SnOption){.name = "false-alarms",
                 .argument = "RATE",
                 .help = "share of good photographs that the calibrated threshold may call defective (0.01)",
                 .text = &texts->rate_text};
}

void sn_add_calibrate_options(SnOption *options, int *count, SnCalibrateTexts *texts) {
  options[(*count)++] = (SnOption){.name = "calibrate",
                                   .argument = "FOLDER",
                                   .help =
                                       "set the threshold by these good photographs, which neither training nor test "
                                       "may hold (no threshold but that of the test set's best F1)",
                                   .text = &texts->folder};
  options[(*count)++] = (SnOption){.name = "calibrate-share",
                                   .argument = "SHARE",
                                   .help =
                                       "instead: hold this share of the training photographs out of the training, "
                                       "chosen by --seed, and set the threshold by them",
                                   .text = &texts->share_text};
  sn_add_false_alarms_option(options, count, texts);
}

bool sn_read_false_alarms(SnCalibrateTexts *texts) {
  texts->rate = 0.01;
  return !texts->rate_text || sn_parse_real("--false-alarms", texts->rate_text, SN_FALSE_ALARMS_LOWEST_RATE,
                                            SN_FALSE_ALARMS_HIGHEST_RATE, &texts->rate);
}

bool sn_read_calibrate_options(SnCalibrateTexts *texts) {
  if (texts->folder && texts->share_text) return sn_fail("--calibrate and --calibrate-share exclude each other");
  if (texts->rate_text && !texts->folder && !texts->share_text)
    return sn_fail("--false-alarms needs --calibrate FOLDER or --calibrate-share SHARE: good photographs to set it by");
  if (texts->share_text && !sn_parse_real("--calibrate-share", texts->share_text, 0.001, 0.9, &texts->share))
    return false;
  return sn_read_false_alarms(texts);
}

bool sn_open_calibration(const SnCalibrateTexts *texts, const SnSettings *settings, const char *out,
                         SnDataset *dataset) {
  if (!sn_ok()) return false;
  if (texts->share_text)
    return sn_dataset_hold_out(dataset, texts->share, SN_FALSE_ALARMS_FEWEST, (uint64_t)settings->training.seed);
  return !texts->folder || (sn_add_folder_of_photographs(texts->folder, out, &dataset->calibration) &&
                            sn_dataset_check_calibration(dataset));
}
