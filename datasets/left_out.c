#include "datasets/left_out.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

/* The name's ending in small letters; "" where it has none, or one too long for an ending. */
static void ending_of(const char *path, char *ending, size_t size) {
  const char *name = sn_path_name(path), *dot = strrchr(name, '.');
  size_t length = dot && dot > name ? strlen(dot + 1) : 0;
  if (length >= size) length = 0;
  for (size_t i = 0; i < length; i++) {
    char letter = dot[1 + i];
    ending[i] = sn_ascii_is_alphanumeric(letter) ? sn_ascii_small(letter) : '?';
  }
  ending[length] = '\0';
}

static void count_ending(SnLeftOut *left_out, const char *path) {
  char ending[sizeof left_out->endings[0].text];
  ending_of(path, ending, sizeof ending);
  int i = 0;
  while (i < left_out->ending_count && strcmp(left_out->endings[i].text, ending) != 0) i++;
  if (i == SN_LEFT_OUT_ENDINGS) return;
  if (i == left_out->ending_count) {
    strcpy(left_out->endings[i].text, ending);
    left_out->ending_count++;
  }
  left_out->endings[i].count++;
}

bool sn_left_out_add(SnLeftOut *left_out, SnLeftOutReason reason, const char *path) {
  if (!sn_ok()) return false;
  char **example = &left_out->examples[reason];
  if (!*example || strcmp(path, *example) < 0) {
    char *copy = sn_copy_text(path);
    if (!copy) return false;
    free(*example);
    *example = copy;
  }
  left_out->counts[reason]++;
  if (reason == SN_LEFT_OUT_FORMAT) count_ending(left_out, path);
  return true;
}

/* " (16 heic, 4 gif)", or "" for other reasons. */
static char *endings_text(const SnLeftOut *left_out, SnLeftOutReason reason) {
  char *text = sn_copy_text("");
  int64_t rest = left_out->counts[reason];
  if (reason != SN_LEFT_OUT_FORMAT) return text;
  for (int i = 0; i < left_out->ending_count && text; i++) {
    const struct SnEndingCount *ending = &left_out->endings[i];
    char *longer = sn_format("%s%s%lld %s", text, i > 0 ? ", " : " (", (long long)ending->count,
                             *ending->text ? ending->text : "without an ending");
    free(text);
    text = longer;
    rest -= ending->count;
  }
  char *whole = !text ? NULL : rest > 0 ? sn_format("%s, %lld others)", text, (long long)rest) : sn_format("%s)", text);
  free(text);
  return whole;
}

char *sn_left_out_text(const SnLeftOut *left_out, SnLeftOutReason reason) {
  static const char *const texts[SN_LEFT_OUT_REASONS][2] = {
      [SN_LEFT_OUT_FORMAT] = {"file that is no image this program reads",
                              "files that are no images this program reads"},
      [SN_LEFT_OUT_OWN] = {"picture that this program drew", "pictures that this program drew"},
      [SN_LEFT_OUT_PLACE] = {"photograph where folders are expected", "photographs where folders are expected"},
      [SN_LEFT_OUT_FOLDER] = {"folder where photographs are expected", "folders where photographs are expected"},
      [SN_LEFT_OUT_EXCLUDED] = {"folder that is named for something else", "folders that are named for something else"},
      [SN_LEFT_OUT_AGAIN] = {"link to a folder that is looked into already",
                             "links to folders that are looked into already"},
      [SN_LEFT_OUT_DEEP] = {"folder that is too deep", "folders that are too deep"},
      [SN_LEFT_OUT_DANGLING] = {"link that leads nowhere", "links that lead nowhere"},
      [SN_LEFT_OUT_SPECIAL] = {"fifo, socket or device", "fifos, sockets or devices"},
      [SN_LEFT_OUT_UNREADABLE] = {"folder or link that cannot be read", "folders or links that cannot be read"},
  };
  int64_t count = left_out->counts[reason];
  if (count == 0 || !sn_ok()) return NULL;
  char *endings = endings_text(left_out, reason);
  char *text = endings ? sn_format("%lld %s%s, such as %s", (long long)count, texts[reason][count > 1], endings,
                                   left_out->examples[reason])
                       : NULL;
  free(endings);
  return text;
}

void sn_left_out_free(SnLeftOut *left_out) {
  for (int reason = 0; reason < SN_LEFT_OUT_REASONS; reason++) free(left_out->examples[reason]);
  *left_out = (SnLeftOut){0};
}
