#include "cli/study_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/version.h"
#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/seeds_option.h"
#include "cli/terminal.h"
#include "studies/children.h"
#include "studies/open.h"
#include "studies/weights.h"
#include "tensor/scope.h"

static bool is_left_out(const char *name, const char *const *without) {
  if (strcmp(name, "seed") == 0) return true;
  for (; without && *without; without++)
    if (strcmp(*without, name) == 0) return true;
  return false;
}

static bool read_seeds(const char *text, SnStudy *study) {
  SnSeedList list;
  if (!sn_parse_seeds(text ? text : "1", 0, INT64_C(9007199254740991), &list)) return false;
  study->seeds = list.seeds;
  study->seed_count = list.count;
  return true;
}

static bool check_seeds(const SnOption *option) {
  SnStudy study = {0};
  return read_seeds(*option->text, &study);
}

/* *jobs stays as it is when the text is NULL. */
static bool read_jobs(const char *text, int64_t *jobs) {
  return !text || sn_parse_integer("--jobs", text, 1, SN_MAX_CHILDREN, jobs);
}

static bool check_jobs(const SnOption *option) {
  int64_t jobs;
  return read_jobs(*option->text, &jobs);
}

void sn_add_study_options(SnOption *options, int *count, SnStudyTexts *texts, const char *const *without) {
  SnOption own[] = {
      {.name = "data",
       .argument = "FOLDER",
       .help = "data set, MVTec AD or laid out as it is",
       .text = &texts->data,
       .required = true},
      {.name = "layout",
       .argument = "NAME",
       .help = "the data set's layout (found from the folder's shape)",
       .text = &texts->layout},
      {.name = "categories",
       .argument = "NAME,NAME",
       .help = "only these categories (all that the data set has)",
       .text = &texts->categories},
      {.name = "weights",
       .argument = "PATH",
       .help = "the backbone's ImageNet weights under torchvision's or timm's names, safetensors or .pth; or a folder "
               "of such files, "
               "named as their backbones; not needed for the backbone embedded",
       .text = &texts->weights},
      {.name = "seeds",
       .argument = "N",
       .help = "each training with N seeds, from 0 on, or with these: 3 and 0,1,2 are the same (1)",
       .text = &texts->seeds,
       .check = check_seeds},
      {.name = "out",
       .argument = "FOLDER",
       .help = "where results go; what stands there of the same run is kept, and an interrupted one goes on "
               "(results/ and the study's name)",
       .text = &texts->out},
      {.name = "jobs",
       .argument = "N",
       .help = "categories at a time, each in a process of its own that has its share of the threads; results do not "
               "depend on it (one for each thread, as far as memory allows)",
       .text = &texts->jobs,
       .check = check_jobs}};
  for (size_t i = 0; i < sizeof own / sizeof *own && *count < SN_MAX_OPTIONS; i++) options[(*count)++] = own[i];
  sn_add_memory_option(options, count, &texts->memory);
  sn_add_device_options(options, count, &texts->device);
  int first = *count, kept = first;
  sn_add_setting_options(options, count, &texts->settings);
  for (int i = first; i < *count; i++)
    if (!is_left_out(options[i].name, without)) options[kept++] = options[i];
  *count = kept;
}

/* Appends a word to the scope's text, in single quotes where the shell would change it. */
static char *with_word(const char *text, const char *word) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:+@%";
  size_t length = 0;
  char *quoted = sn_scope_allocate((int64_t)(strlen(text) + 4 * strlen(word) + 4), 1, NULL);
  if (!quoted) return NULL;
  length = (size_t)sprintf(quoted, "%s ", text);
  bool quote = *word == '\0' || word[strspn(word, plain)] != '\0';
  if (quote) quoted[length++] = '\'';
  for (; *word; word++)
    if (*word == '\'')
      length += (size_t)sprintf(quoted + length, "'\\''");
    else
      quoted[length++] = *word;
  if (quote) quoted[length++] = '\'';
  quoted[length] = '\0';
  return quoted;
}

char *sn_command_text(const char *command, int argc, char **argv) {
  char *text = with_word(SN_PROGRAM, command);
  for (int i = 0; i < argc && text; i++) text = with_word(text, argv[i]);
  return text;
}

bool sn_read_study_variant(const SnStudyTexts *texts, SnVariant *variant) {
  *variant = (SnVariant){.weights = NULL};
  if (!sn_read_settings(&texts->settings, &variant->settings)) return false;
  const SnMethod *method = variant->settings.method;
  snprintf(variant->name, sizeof variant->name, "%s", method->name);
  snprintf(variant->label, sizeof variant->label, "%s", method->title);
  return true;
}

bool sn_read_study_weights(const SnStudyTexts *texts, SnVariant *variant) {
  if (!(variant->settings.method->groups & SN_GROUP_FEATURES) ||
      sn_find_backbone_weights(texts->weights, variant->settings.features.backbone, &variant->weights))
    return true;
  return sn_ok() &&
         sn_fail("%s: there is no file of weights of %s", texts->weights, variant->settings.features.backbone);
}

bool sn_read_study_options(const SnStudyTexts *texts, SnStudyOptions *options) {
  *options = (SnStudyOptions){.device = texts->device.device, .precision = texts->device.precision};
  return sn_read_threads(texts->device.threads, &options->threads) && read_jobs(texts->jobs, &options->jobs) &&
         sn_read_memory(texts->memory, &options->memory);
}

bool sn_open_study(const SnStudyTexts *texts, SnStudy *study) {
  char *folder = sn_path_join("results", study->name);
  study->data = texts->data;
  study->layout = texts->layout;
  study->folder = texts->out ? texts->out : folder ? sn_scope_text(folder) : NULL;
  free(folder);
  bool opened = read_seeds(texts->seeds, study) && sn_study_open(study, texts->categories);
  for (int64_t c = 0; c < study->category_count; c++) {
    sn_print_left_out(&study->categories[c].left_out);
    sn_left_out_free(&study->categories[c].left_out);
  }
  return opened;
}
