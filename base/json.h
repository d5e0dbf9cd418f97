/* JSON by cJSON, whose functions say nothing when memory is short: these raise the error. No other file of the program
 * calls cJSON's functions that allocate; tests/test_memory.sh checks that.
 *
 * A whole object is made without a check a line: after an error all of them do nothing.
 */
#ifndef SN_BASE_JSON_H
#define SN_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

/* The first JSON value in text[length], which needs no final zero, to be released with cJSON_Delete(). *end: the place
 * after it. NULL without an error when there is none, NULL with an error when memory was short. */
cJSON *sn_json_parse(const char *text, int64_t length, const char **end);

/* An empty object; NULL and an error when memory is short. Released by cJSON_Delete(), sn_json_print()
 * or sn_json_write(). */
cJSON *sn_json_new(void);

/* A text as JSON can hold it, to be released with free(): JSON is UTF-8, and the bytes of a path need not be. A byte
 * that is not becomes U+FFFD, the replacement character. */
char *sn_json_text(const char *text);

/* Members of an object, or, with a NULL name, elements of an array. Texts are written as sn_json_text has them. Numbers
 * are written exactly, and null when they are not finite. `text` of sn_json_add_raw is JSON itself. */
void sn_json_add_text(cJSON *parent, const char *name, const char *text);
void sn_json_add_number(cJSON *parent, const char *name, double number);
void sn_json_add_bool(cJSON *parent, const char *name, bool value);
void sn_json_add_null(cJSON *parent, const char *name);
void sn_json_add_raw(cJSON *parent, const char *name, const char *text);

/* The same, and return what was added, which belongs to the parent. The last adds an item that has no parent, and takes
 * it over in any case. */
cJSON *sn_json_add_object(cJSON *parent, const char *name);
cJSON *sn_json_add_array(cJSON *parent, const char *name);
cJSON *sn_json_add(cJSON *parent, const char *name, cJSON *item);

/* The whole as an indented text, to be released with free(); NULL when an error is pending. Deletes the object. */
char *sn_json_print(cJSON *object);

/* The same without line ends. */
char *sn_json_print_line(cJSON *object);

/* The same into a file, whole or not at all (base/file.h). */
bool sn_json_write(const char *path, cJSON *object);

#endif
