#include "report/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"

static const size_t LARGEST_FILE = (size_t)1 << 20;
static const char *const names[SN_ORIGIN_FOLDERS] = {"data", "train", "test-good", "test-bad"};

char *sn_origin_path(const char *folder) {
  char *real = sn_real_path(folder), *text = sn_ok() ? sn_copy_text(real ? real : folder) : NULL;
  free(real);
  bool valid = !text || sn_utf8_is_valid(text, strlen(text));
  for (char *c = text; !valid && *c; c++)
    if ((unsigned char)*c >= 0x80) *c = '?';
  return text;
}

char *sn_origin_of_training(const SnOrigin *origin) {
  const char *folder = origin->folders[origin->folders[SN_ORIGIN_DATA] ? SN_ORIGIN_DATA : SN_ORIGIN_TRAIN];
  return sn_origin_path(folder ? folder : "");
}

void sn_origin_add(cJSON *object, const SnOrigin *origin) {
  cJSON *all = origin ? sn_json_add_object(object, "origin") : NULL;
  for (int i = 0; all && i < SN_ORIGIN_FOLDERS; i++) {
    char *path = origin->folders[i] ? sn_origin_path(origin->folders[i]) : NULL;
    if (path) sn_json_add_text(all, names[i], path);
    free(path);
  }
}

static const char *text_of(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  return cJSON_IsString(item) ? item->valuestring : NULL;
}

const char *sn_origin_noted(const cJSON *object, SnOriginFolder folder) {
  return text_of(cJSON_GetObjectItemCaseSensitive(object, "origin"), names[folder]);
}

static bool fail_of(const char *path, const char *found, const char *expected) {
  return sn_fail(
      "%s: holds results of %s, and this run is of %s: name another folder with --out, beside plain folders another "
      "name "
      "with --category, or replace them with `simplenet train --force`",
      path, found, expected);
}

/* Of the same product when any folder is the same. */
static bool check_folders(const char *path, const cJSON *object, const SnOrigin *origin) {
  char *expected = NULL;
  const char *found = NULL;
  bool same = false;
  for (int i = 0; i < SN_ORIGIN_FOLDERS && !same && sn_ok(); i++) {
    const char *noted = sn_origin_noted(object, (SnOriginFolder)i);
    char *own = noted && origin->folders[i] ? sn_origin_path(origin->folders[i]) : NULL;
    if (!own) continue;
    same = strcmp(own, noted) == 0;
    if (!found) {
      found = noted;
      expected = own;
    } else {
      free(own);
    }
  }
  if (found && !same) fail_of(path, found, expected);
  free(expected);
  return sn_ok();
}

/* NULL, without an error when the file is absent or holds no JSON. */
static cJSON *read_file(const char *path) {
  SnBytes text = {0};
  const char *end;
  if (!sn_ok() || !sn_is_file(path) || !sn_file_read(path, LARGEST_FILE, &text)) return NULL;
  cJSON *object = sn_json_parse((const char *)text.data, (int64_t)text.size, &end);
  sn_bytes_free(&text);
  return object;
}

bool sn_origin_check(const char *path, const char *category, const SnOrigin *origin) {
  cJSON *object = read_file(path);
  const char *noted = text_of(object, "category");
  char *expected = noted ? sn_json_text(category) : NULL;
  if (expected && strcmp(noted, expected) != 0)
    fail_of(path, noted, expected);
  else if (object)
    check_folders(path, object, origin);
  free(expected);
  cJSON_Delete(object);
  return sn_ok();
}

char *sn_origin_read(const char *path, SnOriginFolder folder) {
  cJSON *object = read_file(path);
  const char *noted = sn_origin_noted(object, folder);
  char *text = noted ? sn_copy_text(noted) : NULL;
  cJSON_Delete(object);
  return text;
}

bool sn_origin_write(const char *path, const char *category, const SnOrigin *origin) {
  cJSON *object = sn_json_new();
  sn_json_add_text(object, "category", category);
  sn_origin_add(object, origin);
  return sn_json_write(path, object);
}
