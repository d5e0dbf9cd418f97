/* The photograph in a form that a browser or `curl -F` sends: multipart/form-data, RFC 7578. It is looked for in place
 * and not copied. */
#ifndef SN_SERVE_MULTIPART_H
#define SN_SERVE_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct SnPart {
  const uint8_t *bytes;
  size_t size;
} SnPart;

/* Whether a Content-Type is multipart/form-data. */
bool sn_is_form(const char *type);

/* The one part of the body that is a file, which is one with a file name. False and an error when the form has no
 * boundary, is not whole, or has no file or several. */
bool sn_form_file(const char *type, const uint8_t *body, size_t size, SnPart *file);

#endif
