#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/print.h"
#include "base/utf8.h"

/* More than cJSON can take for each byte of a text: the smallest value, a digit and its comma, is one node. */
enum { BYTES_EACH = 64, BYTES_MORE = 4096 };

/* cJSON reads numbers by the locale. */
static cJSON *parse(const char *text, int64_t length, const char **end) {
  locale_t before = sn_enter_c_locale();
  cJSON *root = cJSON_ParseWithLengthOpts(text, (size_t)length, end, false);
  sn_leave_c_locale(before);
  return root;
}

/* cJSON does not say whether the text or the memory was to blame. So the memory is looked at, and when there is enough,
 * the text is read again. */
cJSON *sn_json_parse(const char *text, int64_t length, const char **end) {
  if (!sn_ok()) return NULL;
  cJSON *root = parse(text, length, end);
  if (root) return root;
  void *enough = sn_allocate_unset(length + BYTES_MORE, BYTES_EACH, "a JSON text");
  free(enough);
  return enough ? parse(text, length, end) : NULL;
}

static bool fail(void) { return sn_fail("out of memory for a JSON text"); }

cJSON *sn_json_new(void) {
  cJSON *object = sn_ok() ? cJSON_CreateObject() : NULL;
  if (!object) fail();
  return object;
}

cJSON *sn_json_add(cJSON *parent, const char *name, cJSON *item) {
  bool added = item && parent && sn_ok() &&
               (name ? cJSON_AddItemToObject(parent, name, item) : cJSON_AddItemToArray(parent, item));
  if (added) return item;
  cJSON_Delete(item);
  fail();
  return NULL;
}

char *sn_json_text(const char *text) {
  static const char replacement[] = "\xef\xbf\xbd";
  const size_t size = strlen(text);
  char *made = sn_allocate((int64_t)size + 1, sizeof replacement - 1, "a JSON text"), *at = made;
  for (size_t i = 0; made && i < size;) {
    uint32_t code;
    const size_t used = sn_utf8_decode(text + i, size - i, &code);
    const size_t written = used > 0 ? used : sizeof replacement - 1;
    memcpy(at, used > 0 ? text + i : replacement, written);
    at += written;
    i += used > 0 ? used : 1;
  }
  return made;
}

void sn_json_add_text(cJSON *parent, const char *name, const char *text) {
  char *valid = sn_json_text(text);
  sn_json_add(parent, name, valid ? cJSON_CreateString(valid) : NULL);
  free(valid);
}

/* cJSON would write 15 digits wherever the number they give is as good as equal. */
void sn_json_add_number(cJSON *parent, const char *name, double number) {
  char text[SN_NUMBER_TEXT];
  sn_json_add_raw(parent, name, isfinite(number) ? sn_number_text(number, text) : "null");
}

void sn_json_add_bool(cJSON *parent, const char *name, bool value) {
  sn_json_add(parent, name, cJSON_CreateBool(value));
}

void sn_json_add_null(cJSON *parent, const char *name) { sn_json_add(parent, name, cJSON_CreateNull()); }

void sn_json_add_raw(cJSON *parent, const char *name, const char *text) {
  sn_json_add(parent, name, cJSON_CreateRaw(text));
}

cJSON *sn_json_add_object(cJSON *parent, const char *name) { return sn_json_add(parent, name, cJSON_CreateObject()); }

cJSON *sn_json_add_array(cJSON *parent, const char *name) { return sn_json_add(parent, name, cJSON_CreateArray()); }

static char *print(cJSON *object, char *write(const cJSON *)) {
  char *text = sn_ok() ? write(object) : NULL;
  cJSON_Delete(object);
  if (!text) fail();
  return text;
}

char *sn_json_print(cJSON *object) { return print(object, cJSON_Print); }

char *sn_json_print_line(cJSON *object) { return print(object, cJSON_PrintUnformatted); }

bool sn_json_write(const char *path, cJSON *object) {
  char *text = sn_json_print(object);
  SnFileWriter writer;
  if (text && sn_file_create(path, &writer)) {
    fprintf(writer.stream, "%s\n", text);
    sn_file_commit(&writer);
  }
  free(text);
  return sn_ok();
}
