#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/fuzz/program/spoil.h"
#include "tests/fuzz/program/tree.h"

/* A path below root; NULL where there is none. To be released with free(). */
static char *any(Chance *chance, const char *root, Wanted wanted) {
  SnNames paths = paths_below(root, wanted);
  char *path = paths.count > 0 ? path_of(root, paths.items[chance_below(chance, (size_t)paths.count)]) : NULL;
  sn_names_free(&paths);
  return path;
}

/* Beside `path`, under a hostile name. To be released with free(). */
static char *beside(Chance *chance, const char *path) {
  char *name = hostile_name(chance, sn_path_name(path));
  char *made = sn_format("%.*s%s", (int)(sn_path_name(path) - path), path, name);
  free(name);
  if (!made) give_up("named", path);
  return made;
}

static bool is_there(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0;
}

/* A name may be too long for the system together with its folders, or taken: then nothing happens. */
static void make_odd(Chance *chance, const char *path, const char *root, const char *work) {
  static const char *const targets[] = {".",          "..", "missing", "/dev/zero", "/dev/null", "/proc/self/mem",
                                        "/etc/passwd"};
  switch (chance_below(chance, 6)) {
    case 0:
      if (mkfifo(path, 0644) != 0 && errno != ENAMETOOLONG) give_up("made", path);
      break;
    case 1:
      if (symlink(CHANCE_OF(chance, targets), path) != 0 && errno != ENAMETOOLONG) give_up("made", path);
      break;
    case 2:
      if (symlink(root, path) != 0 && errno != ENAMETOOLONG) give_up("made", path);
      break;
    case 3:
      if (symlink(work, path) != 0 && errno != ENAMETOOLONG) give_up("made", path);
      break;
    case 4:
      if (mkdir(path, 0755) != 0 && errno != ENAMETOOLONG) give_up("made", path);
      break;
    default: {
      FILE *file = fopen(path, "wb"); /* empty */
      if (file) fclose(file);
    }
  }
}

static void add_another(Chance *chance, const char *path, const char *root, const char *work) {
  char *other = beside(chance, path);
  if (!is_there(other)) {
    if (chance_one_in(chance, 3))
      make_odd(chance, other, root, work);
    else if (link(path, other) != 0 && errno != ENAMETOOLONG)
      give_up("linked", other);
  }
  free(other);
}

static void rename_one(Chance *chance, const char *path) {
  char *other = beside(chance, path);
  if (!is_there(other) && rename(path, other) != 0 && errno != ENAMETOOLONG) give_up("renamed", path);
  free(other);
}

/* Contents as they are or spoilt, in folders below. */
static void nest(Chance *chance, const char *path) {
  static const char *const folders[] = {"nested", "a/b/c", "-x", "good", "sub folder", ("\n" FORGED_LINE)};
  char *folder = sn_format("%.*s%s", (int)(sn_path_name(path) - path), path, CHANCE_OF(chance, folders));
  char *copy = path_of(folder, sn_path_name(path));
  if (!is_there(folder)) {
    make_folders(folder);
    copy_tree(path, copy);
  }
  free(folder);
  free(copy);
}

/* What a link may be to is not written through. */
static void spoil_one(Chance *chance, const char *path, const char *root, const char *work) {
  switch (chance_below(chance, 8)) {
    case 0:
    case 1:
      rename_one(chance, path);
      break;
    case 2:
    case 3:
      add_another(chance, path, root, work);
      break;
    case 4:
      nest(chance, path);
      break;
    case 5:
      remove_tree(path);
      if (chance_one_in(chance, 2)) make_odd(chance, path, root, work);
      break;
    default:
      spoil_file(chance, path, work);
  }
}

void spoil_tree(Chance *chance, const char *root, const char *work) {
  const bool folder = chance_one_in(chance, 8);
  char *path = any(chance, root, folder ? FOLDERS : FILES);
  if (path && folder)
    rename_one(chance, path);
  else if (path)
    spoil_one(chance, path, root, work);
  free(path);
}
