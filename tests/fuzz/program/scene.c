#include "tests/fuzz/program/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/fuzz/program/spoil.h"
#include "tests/fuzz/program/tree.h"

static void say(Scene *scene, const char *argument) { sn_names_append(&scene->arguments, argument); }

static void say_all(Scene *scene, const char *const *arguments, size_t count) {
  for (size_t i = 0; i < count; i++) say(scene, arguments[i]);
}
#define SAY(scene, ...) \
  say_all(scene, (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

/* Copies a material into work/in. */
static void bring(Scene *scene, const char *name) {
  char *from = path_of(scene->materials->folder, name), *to = path_of(scene->in, name);
  copy_tree(from, to);
  free(from);
  free(to);
}

static void spoil(Scene *scene, const char *name) {
  char *path = path_of(scene->in, name);
  struct stat status;
  if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
    for (size_t i = 1 + chance_below(&scene->chance, 6); i > 0; i--) spoil_tree(&scene->chance, path, scene->work);
  else
    spoil_file(&scene->chance, path, scene->work);
  free(path);
}

/* Sometimes. */
static void may_spoil(Scene *scene, const char *name) {
  if (chance_one_in(&scene->chance, 3)) spoil(scene, name);
}

/* ---- where results go ---- */

/* What stands in a folder of results before, and must stay. */
static void put_foreign_files(Scene *scene, const char *folder) {
  static const char *const names[] = {"keep.txt", "keep.png", "000.png", "keep.csv"};
  make_folders(folder);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char *path = path_of(folder, names[i]);
    write_file(path, "mine\n", 5);
    free(path);
  }
  if (chance_one_in(&scene->chance, 2)) return;
  char *path = path_of(folder, "scores.csv");
  if (symlink("../elsewhere.csv", path) != 0) give_up("linked", path);
  free(path);
}

/* Beside the inputs, or in a folder of them, or that folder itself. */
static void choose_out(Scene *scene, const char *folder_of_inputs) {
  char *name = NULL;
  switch (chance_below(&scene->chance, 6)) {
    case 0:
      scene->out = sn_format("%s/%s", scene->in, folder_of_inputs);
      break;
    case 1:
      scene->out = sn_format("%s/%s/results", scene->in, folder_of_inputs);
      break;
    case 2:
      name = hostile_name(&scene->chance, "x");
      scene->out = sn_format("%s/out/%s", scene->work, name);
      break;
    case 3:
      scene->out = sn_format("%s/out", scene->work);
      put_foreign_files(scene, scene->out);
      break;
    default:
      scene->out = sn_format("%s/out", scene->work);
  }
  free(name);
  say(scene, "--out");
  say(scene, scene->out);
}

/* ---- the commands ---- */

static const char *choose_data(Scene *scene) {
  const char *data = chance_one_in(&scene->chance, 2) ? "visa" : "mvtec";
  bring(scene, data);
  if (strcmp(data, "visa") == 0 && chance_one_in(&scene->chance, 2))
    spoil(scene, "visa/split_csv/1cls.csv");
  else if (!chance_one_in(&scene->chance, 4))
    spoil(scene, data);
  return data;
}

static void plan_data(Scene *scene) {
  say(scene, choose_data(scene));
  if (chance_one_in(&scene->chance, 2)) say(scene, "--decode");
  if (chance_one_in(&scene->chance, 2)) say(scene, "--all");
}

/* A model, or a detector in one file. */
static const char *choose_model(Scene *scene) {
  const char *model = chance_one_in(&scene->chance, 2) ? "model.safetensors" : "detector.safetensors";
  bring(scene, model);
  return model;
}

/* A weights file or a model, damaged. */
static char *choose_tensors(Scene *scene) {
  static const char *const materials[] = {"model.safetensors", "detector.safetensors", "weights", "weights"};
  const char *material = CHANCE_OF(&scene->chance, materials);
  bring(scene, material);
  if (strcmp(material, "weights") != 0) {
    spoil(scene, material);
    return sn_copy_text(material);
  }
  char *folder = path_of(scene->in, material);
  SnNames files = paths_below(folder, FILES);
  char *path = path_of(material, files.items[chance_below(&scene->chance, (size_t)files.count)]);
  sn_names_free(&files);
  free(folder);
  spoil(scene, path);
  return path;
}

static void plan_info(Scene *scene) {
  char *path = choose_tensors(scene);
  say(scene, path);
  free(path);
}

static void plan_convert(Scene *scene) {
  char *path = choose_tensors(scene);
  say(scene, path);
  scene->out = chance_one_in(&scene->chance, 4) ? sn_format("%s/%s", scene->in, path)
                                                : sn_format("%s/converted.safetensors", scene->work);
  say(scene, scene->out);
  if (chance_one_in(&scene->chance, 2)) SAY(scene, "--dtype", chance_one_in(&scene->chance, 2) ? "bf16" : "f32");
  free(path);
}

static void say_model(Scene *scene) {
  const char *model = choose_model(scene);
  may_spoil(scene, model);
  SAY(scene, "--model", model);
}

static void plan_export(Scene *scene) {
  say_model(scene);
  bool onnx = chance_one_in(&scene->chance, 3);
  if (onnx) SAY(scene, "--format", "onnx");
  if (onnx && chance_one_in(&scene->chance, 2)) SAY(scene, "--photograph", "70x90");
  if (!onnx && chance_one_in(&scene->chance, 2))
    SAY(scene, "--precision", chance_one_in(&scene->chance, 2) ? "f16" : "bf16");
  scene->out = sn_format("%s/%s", chance_one_in(&scene->chance, 3) ? scene->in : scene->work,
                         onnx ? "detector.onnx" : "detector.safetensors");
  say(scene, scene->out);
}

static void plan_calibrate(Scene *scene) {
  say_model(scene);
  bring(scene, "mvtec");
  may_spoil(scene, "mvtec/gear/train");
  scene->out = sn_format("%s/%s", chance_one_in(&scene->chance, 3) ? scene->in : scene->work, "model.safetensors");
  SAY(scene, "--out", scene->out, "mvtec/gear/train/good");
}

static void plan_predict(Scene *scene) {
  say_model(scene);
  bring(scene, "photos");
  if (!chance_one_in(&scene->chance, 5)) spoil(scene, "photos");
  if (!chance_one_in(&scene->chance, 5)) choose_out(scene, "photos");
  if (scene->out && chance_one_in(&scene->chance, 3)) scene->again = SAME_AGAIN;
  if (chance_one_in(&scene->chance, 2)) {
    say(scene, "photos");
    return;
  }
  say(scene, "--"); /* names as a shell's pattern gives them */
  SnNames files = paths_below(scene->in, EVERYTHING);
  for (int64_t i = 0; i < files.count; i++)
    if (strncmp(files.items[i], "photos/", 7) == 0) say(scene, files.items[i]);
  sn_names_free(&files);
}

static void say_training(Scene *scene) {
  SAY(scene, "--backbone", "embedded", "--resize", "32", "--crop", "32", "--hidden", "8", "--batch", "2");
  SAY(scene, "--epochs", chance_one_in(&scene->chance, 3) ? "2" : "1");
}

/* A data set, or plain folders. */
static const char *say_data(Scene *scene) {
  if (chance_one_in(&scene->chance, 3)) {
    bring(scene, "mvtec");
    spoil(scene, "mvtec/gear");
    SAY(scene, "--test-good", "mvtec/gear/test/good", "--test-bad", "mvtec/gear/test/dent");
    if (chance_one_in(&scene->chance, 2)) SAY(scene, "--masks", "mvtec/gear/ground_truth/dent");
    return "mvtec/gear/test/good";
  }
  const char *data = choose_data(scene);
  SAY(scene, "--data", data);
  if (strcmp(data, "mvtec") == 0) SAY(scene, "--category", "gear");
  if (chance_one_in(&scene->chance, 3)) SAY(scene, "--skip-broken");
  return data;
}

static void plan_train(Scene *scene) {
  say_training(scene);
  const char *folder = say_data(scene);
  if (strncmp(folder, "mvtec/", 6) == 0) SAY(scene, "--train", "mvtec/gear/train/good");
  choose_out(scene, folder);
  if (chance_one_in(&scene->chance, 2)) SAY(scene, "--resume");
  if (chance_one_in(&scene->chance, 4)) SAY(scene, "--calibrate-share", "0.6");
  if (chance_one_in(&scene->chance, 4)) SAY(scene, "--seeds", "2");
  if (chance_one_in(&scene->chance, 3)) scene->again = SPOILT_AGAIN;
}

static void plan_test(Scene *scene) { /* eval and export-maps */
  say_model(scene);
  choose_out(scene, say_data(scene));
  if (chance_one_in(&scene->chance, 4)) scene->again = SPOILT_AGAIN;
}

static void plan_benchmark(Scene *scene) {
  const char *data = choose_data(scene);
  SAY(scene, "--data", data, "--seeds", "0");
  say_training(scene);
  choose_out(scene, data);
  if (chance_one_in(&scene->chance, 2)) scene->again = SPOILT_AGAIN;
}

/* Into a folder that may hold another's photographs. */
static void plan_generate(Scene *scene) {
  bring(scene, "mvtec");
  if (chance_one_in(&scene->chance, 2)) spoil(scene, "mvtec");
  scene->out = sn_format("%s/%s", chance_one_in(&scene->chance, 2) ? scene->in : scene->work, "mvtec");
  SAY(scene, scene->out, "--size", "64", "--train", "1", "--test-good", "1", "--per-defect", "1");
}

/* ---- any option of any command, with a value that it may not expect ---- */

static void say_hostile_option(Scene *scene) {
  static const char *const names[] = {"threshold", "category",        "layout",     "levels",        "mask-threshold",
                                      "seed",      "backbone",        "weights",    "masks",         "white-level",
                                      "device",    "memory",          "batch",      "image-score",   "smoothing",
                                      "preset",    "categories",      "dtype",      "orientation",   "checkpoint-every",
                                      "resume",    "select",          "eval-every", "test-good",     "false-alarms",
                                      "calibrate", "calibrate-share", "precision",  "no such option"};
  char *text = hostile_text(&scene->chance, scene->work);
  char *option = sn_format("--%s=%s", CHANCE_OF(&scene->chance, names), text);
  say(scene, option);
  free(text);
  free(option);
}

typedef struct Plan {
  const char *command;
  void (*plan)(Scene *scene);
  int share; /* of the runs */
} Plan;

static const Plan plans[] = {
    {"predict", plan_predict, 6},     {"data", plan_data, 4},        {"info", plan_info, 3},
    {"convert", plan_convert, 3},     {"train", plan_train, 4},      {"eval", plan_test, 2},
    {"calibrate", plan_calibrate, 2}, {"export", plan_export, 2},    {"export-maps", plan_test, 3},
    {"benchmark", plan_benchmark, 1}, {"generate", plan_generate, 1}};
enum { PLANS = sizeof plans / sizeof *plans };

static const Plan *choose_plan(Chance *chance) {
  size_t all = 0;
  for (int i = 0; i < PLANS; i++) all += (size_t)plans[i].share;
  size_t at = chance_below(chance, all);
  const Plan *plan = plans;
  while (at >= (size_t)plan->share) at -= (size_t)(plan++)->share;
  return plan;
}

Scene scene_make(const Materials *materials, const char *work, uint64_t seed) {
  Scene scene = {.materials = materials, .chance = {seed}, .work = sn_copy_text(work), .in = path_of(work, "in")};
  make_folders(scene.in);
  chance_bits(&scene.chance);
  const Plan *plan = choose_plan(&scene.chance);
  scene.command = plan->command;
  SAY(&scene, materials->program, plan->command);
  if (chance_one_in(&scene.chance, 8)) say_hostile_option(&scene);
  plan->plan(&scene);
  return scene;
}

void scene_free(Scene *scene) {
  free(scene->work);
  free(scene->in);
  free(scene->out);
  sn_names_free(&scene->arguments);
}
