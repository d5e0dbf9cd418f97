/* Which product's results a folder holds: the category, and the folders that its photographs come from. It is noted in
 * metrics.json, so that a run of another product does not replace them. */
#ifndef SN_REPORT_ORIGIN_H
#define SN_REPORT_ORIGIN_H

#include <stdbool.h>

#include "base/json.h"

/* Each NULL where there is none: the data set, or plain folders. */
typedef enum SnOriginFolder {
  SN_ORIGIN_DATA,
  SN_ORIGIN_TRAIN,
  SN_ORIGIN_TEST_GOOD,
  SN_ORIGIN_TEST_BAD,
  SN_ORIGIN_FOLDERS
} SnOriginFolder;

typedef struct SnOrigin {
  const char *folders[SN_ORIGIN_FOLDERS];
} SnOrigin;

/* The folder's path without links, "." and "..", as it is noted: what is not UTF-8 becomes "?". To be released with
 * free(). */
char *sn_origin_path(const char *folder);

/* That of the photographs that a training is on, to be released with free(). */
char *sn_origin_of_training(const SnOrigin *origin);

/* Adds the member "origin": {"data": PATH} or {"train": PATH, "test-good": PATH, …}. origin NULL: nothing. */
void sn_origin_add(cJSON *object, const SnOrigin *origin);

/* The path noted under a name ("data"), owned by the object; NULL when there is none. */
const char *sn_origin_noted(const cJSON *object, SnOriginFolder folder);

/* False, with an error that names both categories or both folders, when the JSON file at the path notes another
 * category, or other folders and none of these. True when there is no such file or it notes nothing. */
bool sn_origin_check(const char *path, const char *category, const SnOrigin *origin);

/* What the JSON file at the path notes, to be released with free(); NULL when there is no such file or note. */
char *sn_origin_read(const char *path, SnOriginFolder folder);

/* A JSON file of "category" and "origin" alone. */
bool sn_origin_write(const char *path, const char *category, const SnOrigin *origin);

#endif
