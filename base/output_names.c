#include "base/output_names.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sha256.h"

/* File systems take 255 bytes, and the temporary file's name is 14 longer. Part of a hash: a dash and 16 digits. */
enum { LONGEST_NAME = 240, LONGEST_PATH = PATH_MAX - 16, HASH = 17 };

/* How a name is made: the first of these that no other photograph has. */
typedef enum Form { STEM, WITH_EXTENSION, WITH_HASH } Form;

struct SnOutputName {
  char *source; /* the photograph's path without ".", ".." and double slashes */
  int64_t record;
  const char *group; /* borrowed while the names are made */
  const char *below; /* part of source: below the common folder */
  Form form;
  char *name;
};

/* ---- paths as texts ---- */

char *sn_plain_path(const char *path) {
  char here[PATH_MAX] = "";
  if (*path != '/' && !getcwd(here, sizeof here))
    return sn_fail_null("the current directory has no name: %s", strerror(errno));
  char *plain = sn_format("%s/%s", here, path);
  if (!plain) return NULL;
  char *end = plain;
  for (const char *part = plain; *part;) {
    while (*part == '/') part++;
    size_t length = strcspn(part, "/");
    if (length == 2 && memcmp(part, "..", 2) == 0) {
      while (end > plain && *--end != '/') {
      }
    } else if (length > 0 && !(length == 1 && *part == '.')) {
      *end++ = '/'; /* never beyond part: what was read is at least as long */
      memmove(end, part, length);
      end += length;
    }
    part += length;
  }
  if (end == plain) *end++ = '/'; /* the root itself */
  *end = '\0';
  return plain;
}

/* Length of the longest folder that both are in, or are; without its last slash. */
static size_t common_folder(const char *a, size_t a_length, const char *b, size_t b_length) {
  size_t i = 0, folder = 0;
  for (;; i++) {
    bool a_ends = i == a_length || a[i] == '/', b_ends = i == b_length || b[i] == '/';
    if (a_ends && b_ends) folder = i;
    if (i == a_length || i == b_length || a[i] != b[i]) return folder;
  }
}

static size_t folder_length(const char *path) { return (size_t)(strrchr(path, '/') - path); }

/* ---- one name ---- */

/* Length of text cut to at most `most` bytes, not within a UTF-8 character. */
static int cut(const char *text, size_t most) {
  size_t length = strlen(text);
  if (length <= most) return (int)length;
  while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80) most--;
  return (int)most;
}

/* The name before the suffix; to be released with free(). */
static char *stem_of(const SnOutputName *output) {
  const char *file = sn_path_name(output->below), *dot = strrchr(file, '.');
  if (output->record >= 0 && output->form == STEM) return sn_format("%" PRId64, output->record);
  if (output->record >= 0) return sn_format("%s-%" PRId64, file, output->record);
  bool whole = output->form != STEM || !dot || dot == file;
  return sn_format("%.*s", whole ? (int)strlen(file) : (int)(dot - file), file);
}

static bool hash_of(const SnOutputName *output, char hexadecimal[SN_SHA256_HEX]) {
  char *whole = sn_format("%s#%" PRId64, output->below, output->record);
  if (whole) sn_sha256(whole, strlen(whole), hexadecimal);
  free(whole);
  return sn_ok();
}

static bool make_name(SnOutputName *output, const char *folder, const char *suffix) {
  char hash[SN_SHA256_HEX], *stem = stem_of(output);
  const char *group = output->group ? output->group : "";
  if (!stem || !hash_of(output, hash)) {
    free(stem);
    return false;
  }
  int above = (int)(sn_path_name(output->below) - output->below);
  size_t longest = (size_t)LONGEST_NAME - strlen(suffix);
  bool deep = strlen(folder) + strlen(group) + (size_t)above + LONGEST_NAME + 2 > LONGEST_PATH;
  free(output->name);
  if (deep) above = 0; /* its folders cannot be mirrored as a whole, so they are not */
  if (output->form == WITH_HASH || strlen(stem) > longest || deep)
    output->name = sn_format("%s%s%.*s%.*s-%.16s%s", group, *group ? "/" : "", above, output->below,
                             cut(stem, longest - HASH), stem, hash, suffix);
  else
    output->name = sn_format("%s%s%.*s%s%s", group, *group ? "/" : "", above, output->below, stem, suffix);
  free(stem);
  return sn_ok();
}

/* ---- all of them ---- */

static int compare_sources(const void *a, const void *b) {
  const SnOutputName *x = a, *y = b;
  int order = strcmp(x->source, y->source);
  return order != 0 ? order : (x->record > y->record) - (x->record < y->record);
}

static int compare_names(const void *a, const void *b) {
  const SnOutputName *const *x = a, *const *y = b;
  return sn_ascii_compare((*x)->name, (*y)->name);
}

static bool same_group(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static bool read_sources(const SnOutputSource *sources, int64_t count, SnOutputNames *names) {
  names->items = sn_allocate(count, sizeof *names->items, "the names of outputs");
  for (int64_t i = 0; i < count && sn_ok(); i++) {
    char *source = sn_plain_path(sources[i].path);
    if (source)
      names->items[names->count++] = (SnOutputName){source, sources[i].record, sources[i].group, NULL, STEM, NULL};
  }
  if (!sn_ok()) return false;
  if (count > 0) qsort(names->items, (size_t)count, sizeof *names->items, compare_sources);
  int64_t kept = 0;
  for (int64_t i = 0; i < count; i++) {
    SnOutputName *item = &names->items[i];
    if (kept > 0 && compare_sources(item, &names->items[kept - 1]) == 0)
      free(item->source);
    else
      names->items[kept++] = *item;
  }
  names->count = kept;
  return true;
}

/* The folder that the folders named have in common; "" when there are none. */
static char *common_root(const SnNames *roots) {
  char *root = roots && roots->count > 0 ? sn_plain_path(roots->items[0]) : sn_copy_text("");
  for (int64_t i = 1; roots && i < roots->count && root; i++) {
    char *other = sn_plain_path(roots->items[i]);
    if (other) root[common_folder(root, strlen(root), other, strlen(other))] = '\0';
    free(other);
  }
  return root;
}

/* Sets what of each source is below its group's common folder. Every source is visited once for each group: there are
 * as many as kinds of defects. */
static void find_common_folders(SnOutputNames *names, const char *root, bool has_root) {
  for (int64_t first = 0; first < names->count; first++) {
    SnOutputName *leader = &names->items[first];
    if (leader->below) continue;
    const char *common = has_root ? root : leader->source;
    size_t length = has_root ? strlen(root) : folder_length(leader->source);
    for (int64_t i = first; i < names->count; i++) {
      const SnOutputName *item = &names->items[i];
      if (same_group(item->group, leader->group))
        length = common_folder(common, length, item->source, folder_length(item->source));
    }
    for (int64_t i = first; i < names->count; i++)
      if (same_group(names->items[i].group, leader->group)) names->items[i].below = names->items[i].source + length + 1;
  }
}

/* Gives those of one name, or those of them in the shortest form, their next one; *changed: whether there were
 * any. */
static bool tell_apart(SnOutputNames *names, SnOutputName **order, const char *suffix, bool *changed) {
  for (int64_t i = 0; i < names->count; i++) order[i] = &names->items[i];
  qsort(order, (size_t)names->count, sizeof *order, compare_names);
  *changed = false;
  for (int64_t i = 0, end; i < names->count; i = end) {
    for (end = i + 1; end < names->count && compare_names(&order[i], &order[end]) == 0;) end++;
    Form least = WITH_HASH;
    for (int64_t j = i; j < end; j++) least = order[j]->form < least ? order[j]->form : least;
    for (int64_t j = i; end - i > 1 && least < WITH_HASH && j < end; j++)
      if (order[j]->form == least) {
        order[j]->form++;
        *changed = true;
      }
  }
  for (int64_t i = 0; i < names->count && *changed; i++)
    if (!make_name(&names->items[i], names->folder, suffix)) return false;
  return true;
}

bool sn_output_names_make(const char *folder, const char *suffix, const SnOutputSource *sources, int64_t count,
                          const SnNames *roots, SnOutputNames *names) {
  *names = (SnOutputNames){0};
  if (!sn_ok()) return false;
  names->folder = sn_copy_text(folder);
  char *root = common_root(roots);
  if (root && read_sources(sources, count, names)) find_common_folders(names, root, roots && roots->count > 0);
  SnOutputName **order = sn_allocate(count, sizeof *order, "the names of outputs");
  for (int64_t i = 0; i < names->count && sn_ok(); i++) make_name(&names->items[i], folder, suffix);
  for (bool changed = order != NULL && names->count > 0; changed && sn_ok();)
    tell_apart(names, order, suffix, &changed);
  for (int64_t i = 0; i < names->count; i++) names->items[i].group = NULL;
  free(order);
  free(root);
  if (!sn_ok()) sn_output_names_free(names);
  return sn_ok();
}

bool sn_output_names_make_one(const char *folder, const char *suffix, const char *path, const char *root,
                              SnOutputNames *names) {
  SnOutputSource source = {path, -1, NULL};
  *names = (SnOutputNames){0};
  if (!sn_ok()) return false;
  char *plain = sn_plain_path(root);
  names->folder = sn_copy_text(folder);
  if (plain && read_sources(&source, 1, names)) {
    find_common_folders(names, plain, true);
    names->items[0].form = WITH_EXTENSION;
    make_name(&names->items[0], folder, suffix);
  }
  free(plain);
  if (!sn_ok()) sn_output_names_free(names);
  return sn_ok();
}

void sn_output_names_free(SnOutputNames *names) {
  for (int64_t i = 0; i < names->count; i++) {
    free(names->items[i].source);
    free(names->items[i].name);
  }
  free(names->items);
  free(names->folder);
  *names = (SnOutputNames){0};
}

const char *sn_output_name(const SnOutputNames *names, const char *path, int64_t record) {
  if (!sn_ok()) return NULL;
  SnOutputName key = {.source = sn_plain_path(path), .record = record};
  const SnOutputName *found = key.source && names->count > 0 ? bsearch(&key, names->items, (size_t)names->count,
                                                                       sizeof *names->items, compare_sources)
                                                             : NULL;
  free(key.source);
  if (!found) return sn_fail_null("%s: has no name for what is written of it", path);
  return found->name;
}

char *sn_output_path(const SnOutputNames *names, const char *path, int64_t record) {
  const char *name = sn_output_name(names, path, record);
  return name ? sn_path_join(names->folder, name) : NULL;
}

const char *sn_output_name_at(const SnOutputNames *names, int64_t i) { return names->items[i].name; }
