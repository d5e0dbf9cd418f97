/* Measured choices as JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/version.h"
#include "plan/choices.h"
#include "tensor/tensor.h"

static const char format_name[] = "simplenet.c plan 1";

/* What a measurement holds for. */
typedef struct Circumstances {
  const char *name, *value;
} Circumstances;

enum { CIRCUMSTANCES = 6 };

static void list_circumstances(Circumstances list[CIRCUMSTANCES], char processor[SN_PROCESSOR_NAME], char threads[16]) {
  const SnBackend *device = sn_device();
  sn_processor_name(processor);
  snprintf(threads, 16, "%d", device->threads());
  list[0] = (Circumstances){"format", format_name};
  list[1] = (Circumstances){"version", SN_VERSION};
  list[2] = (Circumstances){"processor", processor};
  list[3] = (Circumstances){"device", device->description};
  list[4] = (Circumstances){"threads", threads};
  list[5] = (Circumstances){"precision", sn_precision_name(sn_precision())};
}

/* Numbers of a convolution under their names. */
typedef struct Field {
  const char *name;
  int64_t *numbers;
  int count;
  int64_t least;
} Field;

enum { FIELDS = 9, LARGEST = 1 << 30, MOST = 4096 };

static void list_fields(SnChoice *choice, Field fields[FIELDS]) {
  SnFusedConv2d *fused = &choice->conv2d;
  SnConv2d *c = &fused->conv2d;
  fields[0] = (Field){"input", choice->x, 4, 1};
  fields[1] = (Field){"in", &fused->in, 1, 1};
  fields[2] = (Field){"out", &fused->out, 1, 1};
  fields[3] = (Field){"kernel", fused->kernel, 2, 1};
  fields[4] = (Field){"stride", c->stride, 2, 1};
  fields[5] = (Field){"padding", c->padding, 2, 0};
  fields[6] = (Field){"end_padding", c->end_padding, 2, 0};
  fields[7] = (Field){"dilation", c->dilation, 2, 1};
  fields[8] = (Field){"groups", &c->groups, 1, 1};
}

/* ---- writing ---- */

static void add_choice(cJSON *array, const SnChoice *choice) {
  SnChoice copy = *choice;
  Field fields[FIELDS];
  cJSON *object = sn_json_add_object(array, NULL);
  list_fields(&copy, fields);
  for (int f = 0; f < FIELDS; f++) {
    cJSON *numbers = sn_json_add_array(object, fields[f].name);
    for (int i = 0; i < fields[f].count; i++) sn_json_add_number(numbers, NULL, (double)fields[f].numbers[i]);
  }
  sn_json_add_text(object, "usual", sn_convolution_algorithm_name(choice->usual));
  sn_json_add_text(object, "fastest", sn_convolution_algorithm_name(sn_choice_fastest(choice)));
  cJSON *times = sn_json_add_object(object, "milliseconds");
  for (int a = 0; a < SN_CONVOLUTION_ALGORITHM_COUNT; a++)
    if (choice->seconds[a] > 0)
      sn_json_add_number(times, sn_convolution_algorithm_name((SnConvolutionAlgorithm)a), 1e3 * choice->seconds[a]);
}

bool sn_choices_write(const SnChoices *choices, const char *path) {
  Circumstances list[CIRCUMSTANCES];
  char processor[SN_PROCESSOR_NAME], threads[16];
  cJSON *object = sn_json_new();
  list_circumstances(list, processor, threads);
  for (int i = 0; i < CIRCUMSTANCES; i++) sn_json_add_text(object, list[i].name, list[i].value);
  cJSON *array = sn_json_add_array(object, "convolutions");
  for (int64_t i = 0; i < choices->count; i++) add_choice(array, &choices->items[i]);
  return sn_json_write(path, object);
}

/* ---- reading ---- */

static const char *text_of(const cJSON *object, const char *name) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
  return text ? text : "nothing";
}

static bool check_circumstances(const cJSON *object, const char *path) {
  Circumstances list[CIRCUMSTANCES];
  char processor[SN_PROCESSOR_NAME], threads[16];
  list_circumstances(list, processor, threads);
  for (int i = 0; i < CIRCUMSTANCES; i++) {
    const char *found = text_of(object, list[i].name);
    if (strcmp(found, list[i].value) == 0) continue;
    return i == 0 ? sn_fail("%s: is not what `simplenet tune` wrote", path)
                  : sn_fail("%s: %s: was measured for %.200s, and here it is %s: run `simplenet tune` again", path,
                            list[i].name, found, list[i].value);
  }
  return true;
}

static bool read_field(const cJSON *object, const Field *field, const char *path) {
  const cJSON *numbers = cJSON_GetObjectItemCaseSensitive(object, field->name), *item = NULL;
  int count = 0;
  cJSON_ArrayForEach(item, numbers) {
    double number = cJSON_GetNumberValue(item);
    if (count == field->count || !(number >= (double)field->least && number <= LARGEST) || number != floor(number))
      break;
    field->numbers[count++] = (int64_t)number;
  }
  return (count == field->count && !item) || sn_fail("%s: convolutions: %s: expected %d whole numbers from %d to %d",
                                                     path, field->name, field->count, (int)field->least, LARGEST);
}

static bool read_algorithm(const char *text, const char *path, SnConvolutionAlgorithm *algorithm) {
  for (int a = 0; a < SN_CONVOLUTION_ALGORITHM_COUNT; a++)
    if (strcmp(text, sn_convolution_algorithm_name((SnConvolutionAlgorithm)a)) == 0) {
      *algorithm = (SnConvolutionAlgorithm)a;
      return true;
    }
  return sn_fail("%s: convolutions: '%.40s' is no algorithm", path, text);
}

/* bfloat16 only where it may be: a file cannot lower the precision. */
static bool read_times(const cJSON *object, const char *path, SnChoices *choices, SnChoice *read) {
  const cJSON *times = cJSON_GetObjectItemCaseSensitive(object, "milliseconds"), *item = NULL;
  bool may_round = sn_may_round_to_bfloat16(sn_precision());
  cJSON_ArrayForEach(item, times) {
    double milliseconds = cJSON_GetNumberValue(item);
    if (!item->string || !read_algorithm(item->string, path, &read->conv2d.algorithm)) return false;
    if (!(milliseconds > 0 && milliseconds < 1e9))
      return sn_fail("%s: convolutions: milliseconds: expected a positive number", path);
    if (read->conv2d.algorithm == SN_CONVOLUTION_BFLOAT16 && !may_round)
      return sn_fail("%s: convolutions: bfloat16 is less precise than what is computed here", path);
    if (!sn_choices_add(choices, &read->conv2d, read->x, read->usual, 1e-3 * milliseconds)) return false;
  }
  return true;
}

static bool read_convolutions(const cJSON *object, const char *path, SnChoices *choices) {
  const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, "convolutions"), *item = NULL;
  if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) > MOST)
    return sn_fail("%s: convolutions: expected a list of at most %d", path, MOST);
  cJSON_ArrayForEach(item, array) {
    SnChoice read = {.usual = SN_CONVOLUTION_DIRECT};
    Field fields[FIELDS];
    list_fields(&read, fields);
    for (int f = 0; f < FIELDS; f++)
      if (!read_field(item, &fields[f], path)) return false;
    if (!read_algorithm(text_of(item, "usual"), path, &read.usual) || !read_times(item, path, choices, &read))
      return false;
  }
  return true;
}

SnChoices *sn_choices_read(const char *path) {
  enum { LARGEST_FILE = 1 << 24 };
  const char *end;
  SnBytes text;
  SnChoices *choices = sn_choices_new();
  if (!choices || !sn_file_read(path, LARGEST_FILE, &text)) return NULL;
  cJSON *object = sn_json_parse((const char *)text.data, (int64_t)text.size, &end);
  if (!object) sn_fail("%s: is not what `simplenet tune` wrote", path);
  bool read = object && check_circumstances(object, path) && read_convolutions(object, path, choices);
  cJSON_Delete(object);
  sn_bytes_free(&text);
  return read ? choices : NULL;
}
