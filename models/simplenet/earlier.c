#include "models/simplenet/earlier.h"

#include <string.h>

/* "features" was what is "pooling" now. */
static void add_text(SnStateDict *file, const char *name, const char *text) {
  if (strcmp(name, "format") == 0) return;
  if (strcmp(name, "features") != 0)
    sn_state_dict_add_text(file, name, text);
  else
    sn_state_dict_add_text(file, "pooling",
                           strcmp(text, "paper") == 0      ? "mean"
                           : strcmp(text, "official") == 0 ? "adaptive"
                                                           : text);
}

SnStateDict *sn_simplenet_read_earlier(const SnStateDict *file) {
  const char *format = sn_state_dict_text(file, "format");
  if (!format || strcmp(format, "simplenet.c model 1") != 0) return NULL;
  SnStateDict *read = sn_state_dict_new();
  if (!read) return NULL;
  sn_state_dict_add_text(read, "method", "simplenet");
  for (int64_t i = 0; i < file->text_count && sn_ok(); i++) add_text(read, file->texts[i].name, file->texts[i].text);
  for (int64_t i = 0; i < file->tensor_count && sn_ok(); i++)
    sn_state_dict_add(read, file->tensors[i].name, file->tensors[i].tensor);
  return sn_ok() ? read : NULL;
}
