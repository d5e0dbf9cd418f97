/* Any bytes as what a client sends to `simplenet serve`: the first line as Host, Origin, Authorization and
 * Content-Type, the rest as a form. An error, or a file within the form. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "serve/guard.h"
#include "serve/multipart.h"
#include "tests/fuzz/limits.h"

static void read_form(const char *type, const uint8_t *body, size_t size) {
  SnPart file = {0};
  sn_clear_error();
  const bool found = sn_form_file(type, body, size, &file);
  if (found != sn_ok()) abort();
  if (found && (file.bytes < body || file.size > size || file.bytes > body + (size - file.size))) abort();
}

/* A host that is this machine's stays so with a port, and becomes another's with more of a name. */
static void read_headers(const char *line) {
  char longer[300];
  const size_t length = strlen(line);
  if (sn_host_is_loopback(line) && length + 9 < sizeof longer) {
    memcpy(longer, line, length);
    memcpy(longer + length, ".example", 9);
    if (sn_host_is_loopback(longer)) abort();
  }
  if (sn_origin_is_host(line, line) || sn_authorization_is_token(line, line)) abort();
  if (!sn_token_fault(line) && length < 16) abort();
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
  const size_t length = end ? (size_t)(end - data) : size;
  char *line = malloc(length + 1);
  if (!line) exit(EXIT_FAILURE);
  if (length > 0) memcpy(line, data, length);
  line[length] = '\0';
  read_headers(line);
  sn_is_form(line);
  if (end) read_form(line, end + 1, size - length - 1);
  free(line);
}
