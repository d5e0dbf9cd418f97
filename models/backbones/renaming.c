#include "models/backbones/renaming.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autograd/ops.h"
#include "base/error.h"
#include "base/memory.h"
#include "models/backbones/weight_names.h"

enum { MAX_COPIES = 8, MAX_STAGES = 16, MAX_DIGITS = 4, LONGEST = 128 };

/* The network's tensors in the file, of which a file may have several: a student's and a teacher's. */
typedef struct Copy {
  const char *sign; /* its whole name; what is before the naming's sign is the prefix */
  size_t prefix;
  int64_t blocks[MAX_STAGES]; /* by stage, as far as names tell */
} Copy;

typedef struct Copies {
  const SnStateDict *file;
  const SnNaming *naming;
  int count;
  Copy all[MAX_COPIES];
} Copies;

/* ---- patterns ---- */

/* What follows the pattern in the name; NULL where the name does not begin with it. */
static const char *match(const char *pattern, const char *name, int64_t numbers[2]) {
  int found = 0;
  for (; *pattern; pattern++) {
    if (*pattern != '*') {
      if (*name++ != *pattern) return NULL;
      continue;
    }
    int digits = (int)strspn(name, "0123456789");
    if (digits < 1 || digits > MAX_DIGITS) return NULL;
    numbers[found++] = strtoll(name, NULL, 10);
    name += digits;
  }
  return name;
}

static int64_t value_of(char letter, const Copy *copy, const int64_t numbers[2]) {
  if (letter != 'n') return numbers[letter - 'a'];
  int64_t place = numbers[1];
  for (int64_t stage = 0; stage < numbers[0] && stage < MAX_STAGES; stage++) place += copy->blocks[stage];
  return place;
}

/* The text with numbers in the place of {a}, {2a+1} and the like. */
static void fill_in(const char *pattern, const Copy *copy, const int64_t numbers[2], char text[LONGEST]) {
  size_t used = 0;
  for (const char *c = pattern; *c && used + 1 < LONGEST; c++) {
    if (*c != '{') {
      text[used++] = *c;
      continue;
    }
    char *letter, *end;
    int64_t factor = strtoll(c + 1, &letter, 10);
    int64_t value = (letter == c + 1 ? 1 : factor) * value_of(*letter, copy, numbers);
    value += strtoll(letter + 1, &end, 10); /* 0 at the brace */
    used += (size_t)snprintf(text + used, LONGEST - used, "%" PRId64, value);
    c = strchr(letter, '}');
  }
  text[used < LONGEST ? used : LONGEST - 1] = '\0';
}

/* ---- the file ---- */

static bool ends_with_name(const char *whole, const char *name, size_t *prefix) {
  size_t length = strlen(whole), end = strlen(name);
  if (length < end || strcmp(whole + length - end, name) != 0) return false;
  *prefix = length - end;
  return *prefix == 0 || whole[*prefix - 1] == '.';
}

/* Of those whose prefix a name has, the one with the longest; NULL: none. */
static Copy *copy_of(Copies *copies, const char *name) {
  Copy *best = NULL;
  for (Copy *copy = copies->all; copy < copies->all + copies->count; copy++)
    if (strncmp(name, copy->sign, copy->prefix) == 0 && (!best || copy->prefix > best->prefix)) best = copy;
  return best;
}

static void find_copies(Copies *copies) {
  const SnStateDict *file = copies->file;
  for (int64_t i = 0; i < file->tensor_count && copies->count < MAX_COPIES; i++) {
    Copy copy = {.sign = file->tensors[i].name};
    if (ends_with_name(copy.sign, copies->naming->sign, &copy.prefix)) copies->all[copies->count++] = copy;
  }
  for (int64_t i = 0; i < file->tensor_count && copies->count > 0; i++) {
    Copy *copy = copy_of(copies, file->tensors[i].name);
    int64_t numbers[2];
    if (!copy || !match("blocks.*.*.", file->tensors[i].name + copy->prefix, numbers)) continue;
    if (numbers[0] < MAX_STAGES && copy->blocks[numbers[0]] <= numbers[1]) copy->blocks[numbers[0]] = numbers[1] + 1;
  }
}

static bool has(const Copies *copies, const Copy *copy, const char *name) {
  char *whole = sn_format("%.*s%s", (int)copy->prefix, copy->sign, name);
  bool found = whole && sn_state_dict_find(copies->file, whole);
  free(whole);
  return found;
}

static SnTensor *changed(SnTensor *tensor, SnTensorChange change) {
  const int64_t *shape = tensor->array.shape;
  if (change == SN_TWO_ONES_BEHIND && tensor->array.ndim == 1) return sn_reshape(tensor, SN_SHAPE(shape[0], 1, 1));
  if (change != SN_NO_CLASS_POSITION || tensor->array.ndim != 3) return tensor;
  SnTensor *nothing = sn_zeros(tensor->array.dtype, SN_SHAPE(shape[0], 1, shape[2]));
  return sn_cat(2, (SnTensor *[]){nothing, tensor}, 1);
}

/* Adds a tensor of the file under our name. */
static void add(SnStateDict *dict, Copies *copies, const SnNamedTensor *named) {
  Copy *copy = copy_of(copies, named->name);
  const char *rest = NULL;
  const SnRenaming *renaming = copies->naming->renamings;
  char text[LONGEST];
  for (; copy && renaming->from; renaming++) {
    int64_t numbers[2] = {0};
    rest = match(renaming->from, named->name + copy->prefix, numbers);
    if (rest && renaming->beside) fill_in(renaming->beside, copy, numbers, text);
    if (rest && renaming->beside && !has(copies, copy, text)) rest = NULL;
    if (!rest) continue;
    fill_in(renaming->to, copy, numbers, text);
    break;
  }
  if (!rest) {
    sn_state_dict_add(dict, named->name, named->tensor);
    return;
  }
  char *name = sn_format("%.*s%s%s", (int)copy->prefix, copy->sign, text, rest);
  SnTensor *tensor = changed(named->tensor, renaming->change);
  if (name && tensor) sn_state_dict_add(dict, name, tensor);
  free(name);
}

const SnStateDict *sn_with_own_names(const char *network, const SnStateDict *file, const char *source) {
  for (const SnNaming *naming = sn_namings; naming->networks; naming++) {
    if (strncmp(network, naming->networks, strlen(naming->networks)) != 0) continue;
    Copies copies = {.file = file, .naming = naming};
    find_copies(&copies);
    if (copies.count == 0) continue;
    if (naming->refusal) return sn_fail_null("%s: %s", source, naming->refusal);
    SnStateDict *dict = sn_state_dict_new();
    for (int64_t i = 0; i < file->tensor_count && sn_ok(); i++) add(dict, &copies, &file->tensors[i]);
    return sn_ok() ? dict : NULL;
  }
  return file;
}
