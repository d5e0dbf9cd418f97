#include "nn/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tensor/weights.h"

void sn_module_add(SnModule *parent, const char *name, SnModule *child) {
  if (!sn_ok() || !parent || !child) return;
  child->name = sn_scope_text(name);
  SnModule **link = &parent->first_child;
  while (*link) link = &(*link)->next;
  *link = child;
}

static void add_tensor(SnModule *module, const char *name, SnTensor *tensor, bool is_buffer) {
  if (!sn_ok() || !module || !tensor) return;
  SnParameter *parameter = sn_scope_allocate(1, sizeof *parameter, NULL);
  if (!parameter) return;
  *parameter = (SnParameter){.name = sn_scope_text(name), .tensor = tensor, .is_buffer = is_buffer};
  SnParameter **link = &module->first_parameter;
  while (*link) link = &(*link)->next;
  *link = parameter;
}

void sn_module_add_parameter(SnModule *module, const char *name, SnTensor *tensor) {
  add_tensor(module, name, tensor ? sn_require_gradient(tensor) : NULL, false);
}

void sn_module_add_buffer(SnModule *module, const char *name, SnTensor *tensor) {
  add_tensor(module, name, tensor, true);
}

void sn_module_train(SnModule *module, bool training) {
  if (!module) return;
  module->training = training;
  for (SnModule *child = module->first_child; child; child = child->next) sn_module_train(child, training);
}

int64_t sn_module_parameters(const SnModule *module, int64_t capacity, SnTensor **parameters) {
  int64_t count = 0;
  if (!module) return 0;
  for (const SnParameter *p = module->first_parameter; p; p = p->next) {
    if (p->is_buffer) continue;
    if (count < capacity) parameters[count] = p->tensor;
    count++;
  }
  for (const SnModule *child = module->first_child; child; child = child->next) {
    int64_t left = capacity > count ? capacity - count : 0;
    count += sn_module_parameters(child, left, left > 0 ? parameters + count : NULL);
  }
  return count;
}

enum { NAME_LENGTH = 256 };

bool sn_module_state(const SnModule *module, const char *prefix, SnStateDict *dict) {
  char name[NAME_LENGTH];
  for (const SnParameter *p = module->first_parameter; p && sn_ok(); p = p->next) {
    snprintf(name, sizeof name, "%s%s", prefix, p->name);
    sn_state_dict_add(dict, name, p->tensor);
  }
  for (const SnModule *child = module->first_child; child && sn_ok(); child = child->next) {
    snprintf(name, sizeof name, "%s%s.", prefix, child->name);
    sn_module_state(child, name, dict);
  }
  return sn_ok();
}

/* A growing complaint: all problems of one load in one message. */
typedef struct Problems {
  char text[SN_ERROR_LENGTH / 2];
  int count;
} Problems;

static void complain(Problems *problems, const char *what, const char *name, const char *detail) {
  size_t used = strlen(problems->text);
  if (used + 160 < sizeof problems->text)
    snprintf(problems->text + used, sizeof problems->text - used, "%s%s%.80s%.70s", used > 0 ? "; " : "", what, name,
             detail);
  problems->count++;
}

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), end_length = strlen(end);
  return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static bool begins_with_one_of(const char *text, const char *const *beginnings) {
  for (; beginnings && *beginnings; beginnings++)
    if (strncmp(text, *beginnings, strlen(*beginnings)) == 0) return true;
  return false;
}

static bool holds_negative(const SnTensor *tensor) {
  int64_t count = sn_count(tensor);
  double *values = sn_allocate(count, sizeof *values, "a tensor's values");
  bool found = false;
  if (values && sn_to_host(tensor, SN_FLOAT64, values))
    for (int64_t i = 0; i < count && !found; i++) found = values[i] < 0;
  free(values);
  return found;
}

const char *sn_module_flaw(const char *name, const SnTensor *tensor) {
  if (sn_first_not_finite(tensor) >= 0) return "holds NaN or infinity";
  if (ends_with(name, "running_var") && holds_negative(tensor)) return "holds a negative variance";
  return NULL;
}

/* Puts the tensor found into its place. */
static void take(SnTensor *target, const char *name, const SnTensor *found, bool share, Problems *problems) {
  if (share)
    sn_share_into(target, found);
  else
    sn_copy_into(target, sn_to_device(found, sn_storage_backend(target->storage)));
  if (found->array.dtype != target->array.dtype && sn_first_not_finite(target) >= 0)
    complain(problems, "", name, ": a number is too large for the module's");
}

static void load_one(SnTensor *target, const char *name, const SnTensor *found, bool share, Problems *problems) {
  char detail[128];
  if (!found) {
    complain(problems, "missing ", name, "");
  } else if (!sn_same_shape(target, found)) {
    snprintf(detail, sizeof detail, ": expected the shape %s, found %s", sn_tensor_text(target), sn_tensor_text(found));
    complain(problems, "", name, detail);
  } else {
    const char *flaw = sn_module_flaw(name, found);
    snprintf(detail, sizeof detail, ": %s", flaw ? flaw : "");
    if (flaw)
      complain(problems, "", name, detail);
    else
      take(target, name, found, share, problems);
  }
}

static bool load(SnModule *module, const SnStateDict *dict, const char *prefix, const char *const *ignored,
                 const char *source, bool share) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  Problems problems = {0};
  SnStateDict *own = sn_state_dict_new();
  if (own && sn_module_state(module, prefix, own))
    for (int64_t i = 0; i < own->tensor_count && sn_ok(); i++)
      load_one(own->tensors[i].tensor, own->tensors[i].name, sn_state_dict_find(dict, own->tensors[i].name), share,
               &problems);
  for (int64_t i = 0; sn_ok() && i < dict->tensor_count; i++) {
    const char *name = dict->tensors[i].name;
    if (strncmp(name, prefix, strlen(prefix)) != 0 || ends_with(name, ".num_batches_tracked")) continue;
    if (sn_state_dict_find(own, name) || begins_with_one_of(name + strlen(prefix), ignored)) continue;
    complain(&problems, "left over ", name, "");
  }
  sn_scope_close(scope);
  if (problems.count > 0)
    sn_fail("%s: %d tensor%s not as expected: %s", source, problems.count, problems.count == 1 ? " is" : "s are",
            problems.text);
  return sn_ok();
}

bool sn_module_load(SnModule *module, const SnStateDict *dict, const char *prefix, const char *const *ignored,
                    const char *source) {
  return load(module, dict, prefix, ignored, source, false);
}

bool sn_module_share(SnModule *module, const SnStateDict *dict, const char *prefix, const char *const *ignored,
                     const char *source) {
  return load(module, dict, prefix, ignored, source, true);
}

void sn_module_empty_out(SnModule *module) {
  for (const SnParameter *p = module->first_parameter; p; p = p->next) sn_empty_out(p->tensor);
  for (SnModule *child = module->first_child; child; child = child->next) sn_module_empty_out(child);
}
