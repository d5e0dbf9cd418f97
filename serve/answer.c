#include "serve/answer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/print.h"

static const char json_type[] = "application/json";

static void set(SnAnswer *answer, int status, const char *type, char *text) {
  answer->status = status;
  answer->type = type;
  answer->bytes = answer->owned = text;
  answer->size = strlen(text);
}

/* Where there is no memory for a sentence of its own. */
static void set_shortage(SnAnswer *answer) {
  static const char text[] = "{\"status\":503,\"error\":\"memory is short\"}\n";
  *answer = (SnAnswer){.status = SN_HTTP_UNAVAILABLE, .type = json_type, .bytes = text, .size = sizeof text - 1};
  sn_clear_error();
}

void sn_answer_text(SnAnswer *answer, const char *type, char *text) {
  if (text)
    set(answer, SN_HTTP_OK, type, text);
  else
    set_shortage(answer);
}

void sn_answer_json(SnAnswer *answer, int status, cJSON *object) {
  char *text = sn_json_print_line(object);
  const size_t length = text ? strlen(text) : 0;
  char *line = text ? sn_resize(text, (int64_t)length + 2, 1, "an answer") : NULL;
  if (line) {
    memcpy(line + length, "\n", 2);
    set(answer, status, json_type, line);
  } else {
    free(text);
    set_shortage(answer);
  }
}

void sn_answer_error(SnAnswer *answer, int status, const char *format, ...) {
  char sentence[SN_ERROR_LENGTH];
  va_list arguments;
  va_start(arguments, format);
  sn_vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  sn_clear_error();
  cJSON *object = sn_json_new();
  sn_json_add_number(object, "status", status);
  sn_json_add_text(object, "error", sentence);
  sn_answer_json(answer, status, object);
}

void sn_answer_free(SnAnswer *answer) {
  free(answer->owned);
  *answer = (SnAnswer){0};
}
