/* What a request is answered with. Errors are JSON, too: {"status": 404, "error": "a sentence"}. */
#ifndef SN_SERVE_ANSWER_H
#define SN_SERVE_ANSWER_H

#include <stddef.h>

#include "base/json.h"

/* The statuses of HTTP that are given here. */
enum {
  SN_HTTP_OK = 200,
  SN_HTTP_BAD_REQUEST = 400,
  SN_HTTP_UNAUTHORIZED = 401,
  SN_HTTP_FORBIDDEN = 403,
  SN_HTTP_NOT_FOUND = 404,
  SN_HTTP_METHOD_NOT_ALLOWED = 405,
  SN_HTTP_REQUEST_TIMEOUT = 408,
  SN_HTTP_LENGTH_REQUIRED = 411,
  SN_HTTP_TOO_LARGE = 413,
  SN_HTTP_UNSUPPORTED_TYPE = 415,
  SN_HTTP_UNPROCESSABLE = 422,
  SN_HTTP_INTERNAL_ERROR = 500,
  SN_HTTP_UNAVAILABLE = 503
};

typedef struct SnAnswer {
  int status;        /* 0: there is none yet */
  const char *type;  /* of the bytes */
  const char *allow; /* with 405 the methods that there are; else NULL */
  const void *bytes;
  size_t size;
  char *owned; /* memory that goes with the answer; NULL: the bytes stay */
} SnAnswer;

/* A text, which the answer then owns; NULL, since memory was short, becomes 503. */
void sn_answer_text(SnAnswer *answer, const char *type, char *text);

/* The object, which is deleted; 503 where memory is short. */
void sn_answer_json(SnAnswer *answer, int status, cJSON *object);

/* An error in one plain sentence without its full stop. Clears the thread's error. */
void sn_answer_error(SnAnswer *answer, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Empties it. */
void sn_answer_free(SnAnswer *answer);

#endif
