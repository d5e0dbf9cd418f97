#include "nn/optimizer.h"

#include <math.h>
#include <stdio.h>

SnOptimizerOptions sn_optimizer_defaults(SnOptimizerKind kind, double learning_rate) {
  SnOptimizerOptions options = {.kind = kind, .learning_rate = learning_rate};
  if (kind == SN_SGD) return options;
  options.beta1 = 0.9;
  options.beta2 = 0.999;
  options.eps = 1e-8;
  if (kind == SN_ADAMW) options.weight_decay = 0.01;
  return options;
}

static SnTensor *zeros_like(const SnTensor *tensor) {
  SnTensor *zeros = sn_empty_like(tensor);
  return sn_fill(zeros, 0) ? zeros : NULL;
}

SnOptimizer *sn_optimizer_new(const SnModule *module, SnOptimizerOptions options) {
  SnOptimizer *optimizer = sn_scope_allocate(1, sizeof *optimizer, NULL);
  if (!optimizer) return NULL;
  int64_t count = sn_module_parameters(module, 0, NULL);
  optimizer->options = options;
  optimizer->count = count;
  optimizer->parameters = sn_scope_allocate(count, sizeof(SnTensor *), NULL);
  optimizer->first = sn_scope_allocate(count, sizeof(SnTensor *), NULL);
  optimizer->second = sn_scope_allocate(count, sizeof(SnTensor *), NULL);
  if (!sn_ok()) return NULL;
  sn_module_parameters(module, count, optimizer->parameters);
  for (int64_t i = 0; i < count && sn_ok(); i++) {
    if (options.kind != SN_SGD || options.momentum != 0) optimizer->first[i] = zeros_like(optimizer->parameters[i]);
    if (options.kind != SN_SGD) optimizer->second[i] = zeros_like(optimizer->parameters[i]);
  }
  return sn_ok() ? optimizer : NULL;
}

void sn_optimizer_zero_gradients(SnOptimizer *optimizer) {
  for (int64_t i = 0; optimizer && i < optimizer->count; i++) sn_zero_gradient(optimizer->parameters[i]);
}

static SnAttributes step_attributes(const SnOptimizerOptions *o, int64_t step) {
  if (o->kind == SN_SGD)
    return (SnAttributes){
        .sgd = {o->learning_rate, o->momentum, o->dampening, o->weight_decay, o->nesterov, step == 1}};
  return (SnAttributes){
      .adam = {o->learning_rate, o->beta1, o->beta2, o->eps, o->weight_decay, step, o->kind == SN_ADAMW}};
}

bool sn_optimizer_update(SnOptimizer *optimizer, int64_t step) {
  if (!sn_ok()) return false;
  SnKernel kernel = optimizer->options.kind == SN_SGD ? SN_KERNEL_sgd : SN_KERNEL_adam;
  SnAttributes attributes = step_attributes(&optimizer->options, step);
  SnScope *scope = sn_scope_open();
  for (int64_t i = 0; i < optimizer->count && sn_ok(); i++) {
    SnTensor *gradient = sn_gradient(optimizer->parameters[i]);
    SnTensor *outputs[] = {optimizer->parameters[i], optimizer->first[i], optimizer->second[i]};
    if (gradient) sn_run_kernel(kernel, 1, &gradient, 3, outputs, &attributes);
  }
  sn_scope_close(scope);
  return sn_ok();
}

bool sn_optimizer_step(SnOptimizer *optimizer) {
  if (!sn_optimizer_update(optimizer, optimizer->step + 1)) return false;
  optimizer->step++;
  return true;
}

bool sn_optimizer_state(const SnOptimizer *optimizer, const char *prefix, SnStateDict *dict) {
  for (int64_t i = 0; i < optimizer->count && sn_ok(); i++) {
    char name[128];
    snprintf(name, sizeof name, "%s%lld.first", prefix, (long long)i);
    if (optimizer->first[i]) sn_state_dict_add(dict, name, optimizer->first[i]);
    snprintf(name, sizeof name, "%s%lld.second", prefix, (long long)i);
    if (optimizer->second[i]) sn_state_dict_add(dict, name, optimizer->second[i]);
  }
  return sn_ok();
}

double sn_cosine_rate(double base, double floor, int64_t step, int64_t period) {
  const double pi = 3.14159265358979323846;
  return floor + (base - floor) * (1 + cos(pi * (double)step / (double)period)) / 2;
}
