#include "cli/study_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/memory_option.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "models/backbones/embedded.h"
#include "tensor/scope.h"

enum { MAX_SEEDS = 1000 };

static bool is_left_out(const char *name, const char *const *without) {
  if (strcmp(name, "seed") == 0) return true;
  for (; without && *without; without++)
    if (strcmp(*without, name) == 0) return true;
  return false;
}

static bool read_seeds(const char *text, SnStudy *study) {
  char *copy = sn_scope_text(text ? text : "0"), *rest = copy;
  study->seeds = sn_scope_allocate(MAX_SEEDS, sizeof *study->seeds, NULL);
  for (char *part; sn_ok() && (part = strtok_r(rest, ",", &rest));) {
    int64_t seed;
    if (!sn_parse_integer("--seeds", part, 0, INT64_C(9007199254740991), &seed)) break;
    for (int64_t i = 0; i < study->seed_count; i++)
      if (study->seeds[i] == seed) return sn_fail("--seeds: %lld is there twice", (long long)seed);
    if (study->seed_count == MAX_SEEDS) return sn_fail("--seeds: expected at most %d", MAX_SEEDS);
    study->seeds[study->seed_count++] = seed;
  }
  return sn_ok() && (study->seed_count > 0 || sn_fail("--seeds: expected numbers such as 0,1,2"));
}

static bool check_seeds(const SnOption *option) {
  SnStudy study = {0};
  return read_seeds(*option->text, &study);
}

bool sn_read_jobs(const char *text, int64_t *jobs) { return !text || sn_parse_integer("--jobs", text, 1, 256, jobs); }

static bool check_jobs(const SnOption *option) {
  int64_t jobs;
  return sn_read_jobs(*option->text, &jobs);
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
      {.name = "backbone",
       .argument = "NAME",
       .help = "network that gives features; `simplenet info` lists them (wide_resnet50_2)",
       .text = &texts->backbone},
      {.name = "weights",
       .argument = "PATH",
       .help =
           "the backbone's ImageNet weights under torchvision's names, safetensors or .pth; or a folder of such files, "
           "named as their backbones; not needed for the backbone embedded",
       .text = &texts->weights},
      {.name = "seeds",
       .argument = "N,N",
       .help = "each training once for every seed (0)",
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
  char *text = with_word("simplenet", command);
  for (int i = 0; i < argc && text; i++) text = with_word(text, argv[i]);
  return text;
}

bool sn_read_study_settings(const SnStudyTexts *texts, SnSimpleNetSettings *settings) {
  const char *backbone = texts->backbone ? texts->backbone : "wide_resnet50_2";
  if (!sn_read_settings(&texts->settings, settings)) return false;
  if (strlen(backbone) >= sizeof settings->backbone)
    return sn_fail("--backbone: there is no backbone '%.40s'", backbone);
  strcpy(settings->backbone, backbone);
  return true;
}

static bool is_file_of(const char *file, const char *backbone) {
  size_t length = strlen(backbone), all = strlen(file);
  bool kind =
      (all > 4 && strcmp(file + all - 4, ".pth") == 0) || (all > 12 && strcmp(file + all - 12, ".safetensors") == 0);
  return kind && strncmp(file, backbone, length) == 0 && strchr("-.", file[length]) != NULL;
}

bool sn_find_backbone_weights(const SnStudyTexts *texts, const char *backbone, const char **weights) {
  *weights = NULL;
  if (sn_backbone_is_embedded(backbone)) return sn_ok();
  if (!texts->weights) return sn_fail("--weights is missing: only the backbone embedded needs no file of weights");
  if (!sn_is_directory(texts->weights)) {
    *weights = texts->weights;
    return sn_ok();
  }
  SnNames names;
  if (!sn_list_directory(texts->weights, &names)) return false;
  for (int64_t i = 0; i < names.count && !*weights && sn_ok(); i++) {
    if (!is_file_of(names.items[i], backbone)) continue;
    char *path = sn_path_join(texts->weights, names.items[i]);
    *weights = path ? sn_scope_text(path) : NULL;
    free(path);
  }
  sn_names_free(&names);
  return *weights != NULL;
}

/* ---- the study ---- */

static bool holds(const SnNames *names, const char *name) {
  for (int64_t i = 0; i < names->count; i++)
    if (strcmp(names->items[i], name) == 0) return true;
  return false;
}

static bool add_category(const SnDatasetRoot *root, const char *name, SnStudy *study) {
  SnDataset dataset;
  if (!sn_dataset_root_category(root, name, &dataset)) return false;
  SnStudyCategory *category = &study->categories[study->category_count++];
  *category = (SnStudyCategory){.name = sn_scope_text(name),
                                .train_images = dataset.train.count,
                                .test_images = dataset.test.count,
                                .test_defective = sn_samples_defective(&dataset.test),
                                .paper = sn_paper_category(name)};
  category->is_papers = category->paper && category->paper->train_images == dataset.train.count &&
                        category->paper->test_images == dataset.test.count;
  sn_tell_left_out(&dataset.left_out);
  sn_dataset_free(&dataset);
  return sn_ok();
}

/* Those of --categories, or all: first the paper's in its order, then the others in theirs. */
static bool choose_categories(const SnStudyTexts *texts, SnStudy *study) {
  SnDatasetRoot root;
  SnNames wanted = {0};
  if (!sn_dataset_root_open(texts->data, texts->layout, &root)) return false;
  char *copy = texts->categories ? sn_scope_text(texts->categories) : NULL, *rest = copy;
  for (char *part; copy && sn_ok() && (part = strtok_r(rest, ",", &rest));) {
    if (!holds(&root.categories, part)) sn_fail("%s: there is no category '%.60s'", texts->data, part);
    if (!holds(&wanted, part)) sn_names_append(&wanted, part);
  }
  const SnNames *chosen = copy ? &wanted : &root.categories;
  study->categories = sn_scope_allocate(chosen->count + 1, sizeof *study->categories, NULL);
  for (int i = 0; i < SN_PAPER_CATEGORIES && sn_ok(); i++)
    if (holds(chosen, sn_paper_categories[i].name)) add_category(&root, sn_paper_categories[i].name, study);
  for (int64_t i = 0; i < chosen->count && sn_ok(); i++)
    if (!sn_paper_category(chosen->items[i])) add_category(&root, chosen->items[i], study);
  sn_dataset_root_free(&root);
  sn_names_free(&wanted);
  return sn_ok() && (study->category_count > 0 || sn_fail("%s: there are no categories", texts->data));
}

static void name_absent(const char *const *expected, const SnStudy *study) {
  int absent = 0, all = 0;
  for (; expected && expected[all]; all++) {
    bool found = false;
    for (int64_t c = 0; c < study->category_count; c++) found |= strcmp(study->categories[c].name, expected[all]) == 0;
    if (!found) sn_message("%s%s", absent++ == 0 ? "not there or not asked for: " : ", ", expected[all]);
  }
  if (absent > 0) sn_message(" (%d of %d)\n", absent, all);
}

static bool hash_weights(SnStudy *study) {
  study->sha256 = sn_scope_allocate(study->variant_count, sizeof *study->sha256, NULL);
  for (int64_t v = 0; v < study->variant_count && sn_ok(); v++) {
    const char *weights = study->variants[v].weights;
    bool known =
        v > 0 && weights && study->variants[v - 1].weights && strcmp(weights, study->variants[v - 1].weights) == 0;
    size_t size;
    if (known)
      memcpy(study->sha256[v], study->sha256[v - 1], sizeof study->sha256[v]);
    else if (weights)
      sn_sha256_file(weights, study->sha256[v]);
    else {
      const uint8_t *bytes = sn_embedded_weights(&size);
      sn_sha256(bytes, size, study->sha256[v]);
    }
  }
  return sn_ok();
}

bool sn_open_study(const SnStudyTexts *texts, const char *const *expected, SnStudy *study) {
  study->data = texts->data;
  study->layout = texts->layout;
  study->device = texts->device.device ? texts->device.device : "cpu";
  char *folder = sn_path_join("results", study->name);
  study->folder = texts->out ? texts->out : folder ? sn_scope_text(folder) : NULL;
  free(folder);
  if (!read_seeds(texts->seeds, study) || !choose_categories(texts, study)) return false;
  name_absent(expected, study);
  if (!hash_weights(study)) return false;
  int64_t trials = study->variant_count * study->category_count * study->seed_count;
  study->results = sn_scope_allocate(trials, sizeof *study->results, NULL);
  return sn_ok();
}
