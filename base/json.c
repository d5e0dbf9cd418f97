#include "base/json.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/print.h"

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

void sn_json_add_text(cJSON *parent, const char *name, const char *text) {
  sn_json_add(parent, name, cJSON_CreateString(text));
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

char *sn_json_print(cJSON *object) {
  char *text = sn_ok() ? cJSON_Print(object) : NULL;
  cJSON_Delete(object);
  if (!text) fail();
  return text;
}
