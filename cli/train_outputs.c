#include "cli/train_outputs.h"

#include <stdlib.h>
#include <string.h>

#include "datasets/outputs.h"
#include "report/results.h"
#include "report/output_kinds.h"
#include "tensor/safetensors.h"

static bool check_text(const char *path, const SnStateDict *dict, const char *name, const char *expected) {
  const char *found = sn_state_dict_text(dict, name);
  if (found && strcmp(found, expected) == 0) return true;
  return sn_fail(
      "%s: is of a training with %s %s, and this one has %s: name another folder with --out, or replace it with "
      "--force",
      path, name, found ? found : "(absent)", expected);
}

/* The file, if it is there, is of the method, the settings and the backbone's weights of this training. */
static bool check_identity(const char *path, const SnModel *model) {
  if (!sn_ok() || !sn_is_file(path)) return sn_ok();
  SnScope *scope = sn_scope_open();
  SnStateDict *found = sn_safetensors_read(path), *expected = sn_state_dict_new();
  if (found && expected && sn_model_add_identity(model, expected))
    for (int64_t i = 0; i < expected->text_count && sn_ok(); i++)
      check_text(path, found, expected->texts[i].name, expected->texts[i].text);
  sn_scope_close(scope);
  return sn_ok();
}

/* A checkpoint notes where its photographs are as metrics.json does. */
static bool check_checkpoint(const char *path, const SnTrainOutputs *train) {
  if (!check_identity(path, train->model) || !sn_is_file(path)) return sn_ok();
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_safetensors_read(path);
  const char *found = dict ? sn_state_dict_text(dict, "photographs") : NULL;
  char *expected = found ? sn_origin_of_training(&train->origin) : NULL;
  if (expected && strcmp(found, expected) != 0)
    sn_fail(
        "%s: is of a training on %s, and this one is on %s: name another folder with --out, or replace it with "
        "--force",
        path, found, expected);
  free(expected);
  sn_scope_close(scope);
  return sn_ok();
}

static bool check_earlier(const SnTrainOutputs *train) {
  char *metrics = sn_path_join(train->folder, "metrics.json"),
       *model = sn_path_join(train->folder, "model.safetensors"),
       *checkpoint = sn_path_join(train->folder, "checkpoint.safetensors");
  if (sn_ok() && sn_origin_check(metrics, train->dataset->category, &train->origin) &&
      check_identity(model, train->model) && !train->resume)
    check_checkpoint(checkpoint, train);
  free(metrics);
  free(model);
  free(checkpoint);
  return sn_ok();
}

bool sn_check_train_outputs(const SnTrainOutputs *train) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, train->weights);
  sn_outputs_read_dataset(&outputs, train->dataset);
  sn_outputs_write(&outputs, SN_OUTPUT_CHECKPOINT, train->folder, "checkpoint.safetensors");
  sn_outputs_write_results(&outputs, train->folder);
  return sn_outputs_are_clear(&outputs) && (train->force || check_earlier(train));
}
