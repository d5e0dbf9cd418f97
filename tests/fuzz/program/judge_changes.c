#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"
#include "datasets/csv.h"
#include "datasets/image.h"
#include "tensor/safetensors.h"
#include "tests/fuzz/program/judge.h"
#include "tests/fuzz/program/tree.h"

typedef struct Looker {
  const Scene *scene;
  const Snapshot *own;
  const Outcome *outcome;
  Faults *faults;
} Looker;

static bool ends(const char *text, const char *ending) {
  const size_t length = strlen(text), part = strlen(ending);
  return length >= part && strcmp(text + length - part, ending) == 0;
}

/* What it wrote below scene->out. */
static bool is_allowed(const Scene *scene, const char *path) {
  if (!scene->out) return false;
  const char *out = scene->out + strlen(scene->work) + 1;
  const size_t length = strlen(out);
  if (strncmp(path, out, length) == 0 && (path[length] == '\0' || path[length] == '/')) return true;
  return strncmp(out, path, strlen(path)) == 0 && out[strlen(path)] == '/'; /* a folder above it */
}

static bool contains(const Snapshot *snapshot, const char *path) {
  for (int64_t i = 0; snapshot && i < snapshot->paths.count; i++)
    if (strcmp(snapshot->paths.items[i], path) == 0) return true;
  return false;
}

/* ---- that it can be read ---- */

static bool is_score_finite(const SnTable *table, int64_t column) {
  for (int64_t row = 0; row < table->row_count; row++) {
    double score;
    if (!sn_parse_real("score", sn_table_cell(table, row, column), -INFINITY, INFINITY, &score)) return false;
  }
  return true;
}

static bool is_sound_table(const char *path) {
  SnTable table;
  if (!sn_csv_read(path, &table)) return false;
  const int64_t column = sn_table_column(&table, "score");
  const bool sound = !ends(path, "/scores.csv") || column < 0 || is_score_finite(&table, column);
  sn_table_free(&table);
  return sound;
}

static bool is_sound_json(const char *path) {
  SnBytes text = read_file(path);
  cJSON *json = cJSON_ParseWithLength((const char *)text.data, text.size);
  const bool sound = json && sn_utf8_is_valid(text.data, text.size);
  cJSON_Delete(json);
  sn_bytes_free(&text);
  return sound;
}

static bool is_sound_text(const char *path) {
  SnBytes text = read_file(path);
  const bool sound = text.size > 0 && sn_utf8_is_valid(text.data, text.size) && strlen((char *)text.data) == text.size;
  sn_bytes_free(&text);
  return sound;
}

static bool is_sound_image(const char *path) {
  SnImage image;
  const bool sound = sn_image_read(path, SN_IMAGE_RGB, NULL, &image);
  sn_image_free(&image);
  return sound;
}

static bool is_sound_tensors(const char *path) {
  SnScope *scope = sn_scope_open();
  const bool sound = sn_safetensors_read(path) != NULL;
  sn_scope_close(scope);
  return sound;
}

static void judge_written(const char *path, Faults *faults) {
  static const struct {
    const char *ending;
    bool (*is_sound)(const char *path);
  } kinds[] = {{".csv", is_sound_table},          {".json", is_sound_json}, {".png", is_sound_image},
               {".jpg", is_sound_image},          {".html", is_sound_text}, {".md", is_sound_text},
               {".safetensors", is_sound_tensors}};
  struct stat status;
  if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode)) return;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    sn_clear_error();
    if (ends(path, kinds[i].ending) && !kinds[i].is_sound(path))
      add_fault(faults, "what it wrote cannot be read: %s: %s", path, sn_ok() ? "is no sound file" : sn_error());
  }
  sn_clear_error();
}

static void look_at_change(void *context, const char *path, Change change) {
  const Looker *looker = context;
  const bool was_there = change != NEW, allowed = is_allowed(looker->scene, path);
  static const char *const words[] = {"made", "removed", "changed"};
  if (!allowed || (was_there && (!looker->own || contains(looker->own, path))))
    add_fault(looker->faults, "%s was %s", path, words[change]);
  if (change == GONE) return;
  char *whole = path_of(looker->scene->work, path);
  if (change == NEW && ends(path, ".tmp") && sn_is_file(whole) && looker->outcome->signal_number == 0)
    add_fault(looker->faults, "%s is left over", path);
  judge_written(whole, looker->faults);
  free(whole);
}

void judge_changes(const Scene *scene, const Snapshot *own, const Snapshot *before, const Snapshot *after,
                   const Outcome *outcome, Faults *faults) {
  snapshot_compare(before, after, look_at_change, &(Looker){scene, own, outcome, faults});
}
