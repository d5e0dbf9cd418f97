#include "datasets/photographs.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/error.h"
#include "base/outputs.h"
#include "base/walk.h"

bool sn_is_image_name(const char *name) {
  static const char *const extensions[] = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"};
  const char *dot = sn_is_own_output_name(name) ? NULL : strrchr(name, '.');
  for (size_t i = 0; dot && dot > name && i < sizeof extensions / sizeof *extensions; i++)
    if (sn_ascii_equal(dot, extensions[i])) return true;
  return false;
}

typedef struct Search {
  const SnPhotographSearch *options;
  SnNames *paths;
  SnLeftOut *left_out;
} Search;

static bool enter(void *context, const char *path) {
  const SnPhotographSearch *options = ((const Search *)context)->options;
  return !options->folder || options->folder(options->context, path);
}

static bool take(void *context, const char *path, SnEntryKind kind) {
  static const SnLeftOutReason reasons[SN_ENTRY_KIND_COUNT] = {
      [SN_ENTRY_FILE] = SN_LEFT_OUT_FORMAT,       [SN_ENTRY_FOLDER] = SN_LEFT_OUT_FOLDER,
      [SN_ENTRY_EXCLUDED] = SN_LEFT_OUT_EXCLUDED, [SN_ENTRY_AGAIN] = SN_LEFT_OUT_AGAIN,
      [SN_ENTRY_DEEP] = SN_LEFT_OUT_DEEP,         [SN_ENTRY_DANGLING] = SN_LEFT_OUT_DANGLING,
      [SN_ENTRY_SPECIAL] = SN_LEFT_OUT_SPECIAL,   [SN_ENTRY_UNREADABLE] = SN_LEFT_OUT_UNREADABLE,
  };
  const Search *search = context;
  const char *name = sn_path_name(path);
  bool is_kept = kind == SN_ENTRY_FILE ||
                 (search->options->keep_unreadable && (kind == SN_ENTRY_FOLDER || kind == SN_ENTRY_DANGLING ||
                                                       kind == SN_ENTRY_SPECIAL || kind == SN_ENTRY_UNREADABLE));
  if (is_kept && sn_is_image_name(name)) return sn_names_append(search->paths, path);
  if (!search->left_out) return true;
  bool is_own = kind == SN_ENTRY_FILE && sn_is_own_output_name(name);
  return sn_left_out_add(search->left_out, is_own ? SN_LEFT_OUT_OWN : reasons[kind], path);
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

bool sn_find_photographs(const char *folder, const SnPhotographSearch *options, SnNames *paths, SnLeftOut *left_out) {
  static const SnPhotographSearch usual = {0};
  Search search = {options ? options : &usual, paths, left_out};
  SnWalk walk = {.sub_folders = search.options->sub_folders,
                 .without = search.options->without,
                 .without_count = search.options->without_count,
                 .entry = take,
                 .folder = enter,
                 .context = &search};
  int64_t before = paths->count;
  if (!sn_walk(folder, &walk)) return false;
  if (paths->count > before)
    qsort(paths->items + before, (size_t)(paths->count - before), sizeof *paths->items, compare);
  return true;
}

bool sn_samples_append_folder(SnSamples *samples, const char *folder, const char *out, SnLeftOut *left_out) {
  SnNames paths = {0};
  SnPhotographSearch search = {.sub_folders = true, .without = &out, .without_count = out ? 1 : 0};
  sn_find_photographs(folder, &search, &paths, left_out);
  for (int64_t i = 0; i < paths.count && sn_ok(); i++) sn_samples_append(samples, paths.items[i], -1, SN_GOOD, "good");
  if (sn_ok() && paths.count == 0) sn_fail("%s: holds no " SN_IMAGE_EXTENSIONS " files", folder);
  sn_names_free(&paths);
  return sn_ok();
}
