/* Photographs that arrive in a folder: each comes once, when it is whole. Files hold no pixels: nothing is decoded
 * here. */
#include "tests/support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_set.h"
#include "base/folder_watch.h"
#include "base/memory.h"
#include "datasets/arrivals.h"

static char start[4096];

/* Each test has a folder of its own, in which it works. */
static int enter_folder(void **state) {
  char *folder = sn_copy_text("/tmp/simplenet-arrivals-XXXXXX");
  *state = folder;
  return folder && mkdtemp(folder) && chdir(folder) == 0 && mkdir("in", 0755) == 0 ? 0 : 1;
}

static int remove_folder(void **state) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
  free(*state);
  return chdir(start) == 0 && system(command) == 0 ? 0 : 1;
}

static int begin(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  assert_true(file >= 0 && write(file, "begun", 5) == 5);
  return file;
}

static void put(const char *path) { close(begin(path)); }

/* As if it had been there for long: always of the same time. */
static void put_old(const char *path) {
  struct timespec times[2] = {{0, UTIME_OMIT}, {1000000000, 0}};
  put(path);
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static SnArrivals *watch(bool only_new) {
  SnArrivalOptions options = {.without = "in/results", .only_new = only_new};
  SnArrivals *arrivals = sn_arrivals_open("in", &options);
  if (!arrivals) fail_msg("%s", sn_error());
  return arrivals;
}

/* Waits for what is expected, parted by spaces, in this order, and that nothing else comes at once. "": nothing. */
static void expect(SnArrivals *arrivals, const char *expected) {
  char found[4096] = "";
  double begun = sn_seconds();
  SnNames paths = {0};
  for (int after = 0; after < 2 && sn_seconds() - begun < 20; after += strlen(found) >= strlen(expected)) {
    if (!sn_arrivals_next(arrivals, 100, 0.05, &paths)) fail_msg("%s", sn_error());
    for (int64_t i = 0; i < paths.count; i++)
      snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", *found ? " " : "", paths.items[i]);
    sn_names_free(&paths);
  }
  assert_string_equal(found, expected);
}

static void test_what_is_there_comes_first(void **state) {
  (void)state;
  assert_int_equal(mkdir("in/sub", 0755) | mkdir("in/results", 0755) | mkdir("in/.hidden", 0755), 0);
  put_old("in/b.png");
  put_old("in/a.JPG");
  put_old("in/sub/c.webp");
  put_old("in/results/d.png");
  put_old("in/.hidden/e.png");
  put_old("in/.f.png");
  put_old("in/g.png.part");
  put_old("in/h.tmp");
  put_old("in/i_heatmap.png");
  assert_int_equal(mkfifo("in/j.png", 0644) | symlink("absent", "in/k.png") | symlink(".", "in/loop"), 0);
  SnArrivals *arrivals = watch(false);
  expect(arrivals, "in/a.JPG in/b.png in/sub/c.webp");
  expect(arrivals, "");
  sn_arrivals_close(arrivals);
  arrivals = watch(true);
  expect(arrivals, "");
  put("in/b.png"); /* appends */
  expect(arrivals, "in/b.png");
  sn_arrivals_close(arrivals);
}

static void test_what_is_half_written_waits(void **state) {
  (void)state;
  int there = begin("in/there.png"); /* found by looking: it has to rest */
  SnArrivals *arrivals = watch(false);
  int slow = begin("in/slow.png");
  for (int part = 0; part < 6; part++) {
    expect(arrivals, "");
    assert_int_equal(write(slow, "more", 4), 4);
    assert_int_equal(write(there, "more", 4), 4);
    usleep(300000);
  }
  close(slow);
  expect(arrivals, "in/slow.png");
  double closed = sn_seconds();
  close(there);
  expect(arrivals, "in/there.png");
  assert_true(sn_seconds() - closed < 0.9); /* its writer closed it: no rest is waited for */
  usleep(1200000);
  expect(arrivals, ""); /* nor does it come again then */
  sn_arrivals_close(arrivals);
}

static void test_every_way_of_arriving(void **state) {
  (void)state;
  SnArrivals *arrivals = watch(false);
  put("in/written.png");
  expect(arrivals, "in/written.png");
  put("moved.png");
  assert_int_equal(rename("moved.png", "in/moved.png"), 0);
  put("in/part.png.part");
  put("in/.rsync.png.Xy12");
  expect(arrivals, "in/moved.png");
  assert_int_equal(rename("in/part.png.part", "in/part.png") | rename("in/.rsync.png.Xy12", "in/rsync.png"), 0);
  expect(arrivals, "in/part.png in/rsync.png");
  put("outside.png");
  put("outside2.png");
  assert_int_equal(link("outside.png", "in/linked.png") | symlink("../outside2.png", "in/symbolic.png"), 0);
  expect(arrivals, "in/linked.png in/symbolic.png");
  put("in/new\nline\033[1m.png");
  expect(arrivals, "in/new\nline\033[1m.png");
  put("in/note.txt");
  put("in/.dot.png");
  put("in/a_overlay.png");
  put("in/a_pred_mask.png");
  put("in/a_anomaly_map.tiff");
  assert_int_equal(mkfifo("in/fifo.png", 0644) | symlink("absent", "in/dangling.png"), 0);
  expect(arrivals, "");
  sn_arrivals_close(arrivals);
}

static void test_a_file_comes_once_unless_it_changed(void **state) {
  (void)state;
  SnArrivals *arrivals = watch(false);
  put("in/a.png");
  expect(arrivals, "in/a.png");
  assert_int_equal(rename("in/a.png", "in/b.png"), 0); /* the same file */
  close(open("in/b.png", O_WRONLY | O_APPEND));        /* opened for writing and closed, with nothing written */
  expect(arrivals, "");
  put("in/b.png");
  expect(arrivals, "in/b.png");
  put("other.png");
  assert_int_equal(rename("other.png", "in/b.png"), 0);
  expect(arrivals, "in/b.png");
  put("in/c.png");
  put("in/c.png");
  put("in/gone.png");
  unlink("in/gone.png");
  expect(arrivals, "in/c.png");
  /* one that gets the inode of a file that was removed is another one, even of the same size and time of writing */
  SnFileState file;
  unlink("in/c.png");
  put_old("in/c.png");
  expect(arrivals, "in/c.png");
  for (int i = 0; i < 5 && sn_file_state("in/c.png", &file, NULL) && file.born != 0; i++) {
    unlink("in/c.png");
    put_old("in/c.png");
    expect(arrivals, "in/c.png");
  }
  sn_arrivals_close(arrivals);
}

static int64_t fail_of(SnArrivals *arrivals, const char *path) {
  SnNames paths = {0};
  double begun = sn_seconds();
  while (paths.count == 0 && sn_seconds() - begun < 10) assert_true(sn_arrivals_next(arrivals, 100, 0.1, &paths));
  assert_int_equal(paths.count, 1);
  assert_string_equal(paths.items[0], path);
  sn_names_free(&paths);
  return 0;
}

static void test_what_cannot_be_read_comes_once_more(void **state) {
  (void)state;
  SnArrivals *arrivals = watch(false);
  put("in/bad.png");
  double begun = sn_seconds();
  assert_int_equal(sn_arrivals_failed(arrivals, fail_of(arrivals, "in/bad.png")), SN_ARRIVAL_WAITS);
  assert_int_equal(sn_arrivals_waiting(arrivals), 1);
  assert_int_equal(sn_arrivals_failed(arrivals, fail_of(arrivals, "in/bad.png")), SN_ARRIVAL_BROKEN);
  assert_true(sn_seconds() - begun >= SN_ARRIVAL_REST);
  expect(arrivals, "");
  put("in/bad.png"); /* changed: all begins anew */
  assert_int_equal(sn_arrivals_failed(arrivals, fail_of(arrivals, "in/bad.png")), SN_ARRIVAL_WAITS);
  put("in/bad.png"); /* its second part, which its writer came back with: it comes at once, and not a third time */
  expect(arrivals, "in/bad.png");
  usleep(1200000);
  expect(arrivals, "");
  int64_t index = (put("in/gone.png"), fail_of(arrivals, "in/gone.png"));
  unlink("in/gone.png");
  assert_int_equal(sn_arrivals_failed(arrivals, index), SN_ARRIVAL_GONE);
  assert_int_equal(sn_arrivals_waiting(arrivals), 0);
  sn_arrivals_close(arrivals);
}

static void test_folders_come_and_go(void **state) {
  (void)state;
  SnArrivals *arrivals = watch(false);
  assert_int_equal(mkdir("in/day", 0755), 0);
  put_old("in/day/1.png"); /* perhaps before the folder is watched */
  expect(arrivals, "in/day/1.png");
  put("in/day/2.png");
  expect(arrivals, "in/day/2.png");
  assert_int_equal(mkdir("moved", 0755), 0);
  put_old("moved/3.png");
  assert_int_equal(rename("moved", "in/moved"), 0);
  expect(arrivals, "in/moved/3.png");
  assert_int_equal(rename("in/moved", "in/other"), 0); /* its files are known */
  expect(arrivals, "");
  put("in/other/4.png");
  expect(arrivals, "in/other/4.png");
  assert_int_equal(rename("in/other", "away"), 0); /* no longer watched */
  expect(arrivals, "");
  put("away/5.png");
  expect(arrivals, "");
  assert_int_equal(mkdir("linked", 0755), 0);
  put_old("linked/6.png");
  assert_int_equal(symlink("../linked", "in/linked"), 0);
  expect(arrivals, "in/linked/6.png");
  assert_int_equal(system("rm -r in/day"), 0);
  expect(arrivals, "");
  assert_null(sn_arrivals_ended(arrivals));
  sn_arrivals_close(arrivals);
}

/* What was taken away is forgotten when all is looked through, so that memory does not grow with every file there was.
 */
static void test_what_is_gone_is_forgotten(void **state) {
  (void)state;
  SnArrivals *arrivals = watch(false);
  put("in/kept.png");
  put("in/taken.png");
  expect(arrivals, "in/kept.png in/taken.png");
  assert_int_equal(rename("in/taken.png", "taken.png") | mkdir("in/new", 0755), 0);
  expect(arrivals, "");
  assert_int_equal(rename("taken.png", "in/taken.png") | rename("in/kept.png", "in/new/kept.png"), 0);
  expect(arrivals, "in/taken.png");
  sn_arrivals_close(arrivals);
}

/* Looks for events for a while; true where `path` arrived. */
static bool arrives(SnFolderWatch *watch, const char *path, SnFolderEvents *events) {
  bool found = false;
  for (int i = 0; i < 3; i++) assert_true(sn_folder_watch_read(watch, 50, events));
  for (int64_t i = 0; i < events->arrived.count; i++) found |= strcmp(events->arrived.items[i], path) == 0;
  sn_names_free(&events->arrived);
  return found;
}

static void test_watches_end(void **state) {
  (void)state;
  SnFolderWatch *watch = sn_folder_watch_open();
  assert_int_equal(mkdir("in/sub", 0755), 0);
  for (int i = 0; i < 2; i++) { /* a folder that is added again is watched on, under its new path */
    SnFolderEvents events = {.ended = NULL};
    assert_true(sn_folder_watch_add(watch, "in") && sn_folder_watch_add(watch, i ? "./in/sub" : "in/sub"));
    sn_folder_watch_keep_added(watch);
    put("in/sub/a.png");
    assert_true(arrives(watch, i ? "./in/sub/a.png" : "in/sub/a.png", &events));
    assert_false(events.must_look_again);
  }
  SnFolderEvents events = {.ended = NULL};
  assert_int_equal(rename("in/sub", "sub"), 0);
  assert_false(arrives(watch, "", &events));
  assert_true(events.must_look_again && !events.ended);
  assert_true(sn_folder_watch_add(watch, "in") && sn_folder_watch_add(watch, "in/absent"));
  sn_folder_watch_keep_added(watch);
  put("sub/b.png");
  assert_false(arrives(watch, "./in/sub/b.png", &events));
  put("in/c.png");
  assert_true(arrives(watch, "in/c.png", &events));
  sn_folder_watch_close(watch);
}

static void test_the_end_of_the_folder(void **state) {
  (void)state;
  SnArrivals *arrivals = watch(false);
  put_old("in/a.png");
  expect(arrivals, "in/a.png");
  assert_int_equal(system("rm -r in"), 0);
  expect(arrivals, "");
  assert_string_equal(sn_arrivals_ended(arrivals), "was removed");
  sn_arrivals_close(arrivals);
  assert_int_equal(mkdir("in", 0755), 0);
  arrivals = watch(false);
  assert_int_equal(rename("in", "elsewhere"), 0);
  expect(arrivals, "");
  assert_string_equal(sn_arrivals_ended(arrivals), "was moved");
  sn_arrivals_close(arrivals);
  SnArrivalOptions options = {.without = NULL};
  assert_null(sn_arrivals_open("in", &options));
  assert_non_null(strstr(sn_error(), "in: cannot be listed"));
  sn_clear_error();
  put("file");
  assert_null(sn_arrivals_open("file", &options));
  assert_non_null(strstr(sn_error(), "file: "));
  sn_clear_error();
}

static int64_t queue_limit(void) {
  long long limit = 16384;
  FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
  if (file && fscanf(file, "%lld", &limit) != 1) limit = 16384;
  if (file) fclose(file);
  return limit;
}

/* More events than the system keeps: what came with the lost ones is found by looking. */
static void test_lost_events(void **state) {
  (void)state;
  int64_t limit = queue_limit();
  if (limit > 100000) skip();
  SnArrivals *arrivals = watch(false);
  put("in/before.png");
  expect(arrivals, "in/before.png");
  for (int64_t i = 0; i < limit; i++) put(i % 2 ? "in/x.txt" : "in/y.txt");
  assert_int_equal(mkdir("in/lost", 0755), 0);
  put_old("in/lost/after.png");
  put("in/late.png"); /* has to rest */
  expect(arrivals, "in/lost/after.png in/late.png");
  put("in/lost/last.png");
  expect(arrivals, "in/lost/last.png");
  sn_arrivals_close(arrivals);
}

static void test_many_at_once(void **state) {
  (void)state;
  enum { MANY = 500 };
  SnArrivals *arrivals = watch(false);
  char name[32];
  for (int i = 0; i < MANY; i++) {
    snprintf(name, sizeof name, "in/%03d.png", i);
    put(name);
  }
  SnNames paths = {0}, last = {0};
  double begun = sn_seconds();
  while (paths.count < MANY && sn_seconds() - begun < 20) {
    assert_true(sn_arrivals_next(arrivals, 7, 0.1, &last));
    assert_true(last.count <= 7);
    for (int64_t i = 0; i < last.count; i++) sn_names_append(&paths, last.items[i]);
    sn_names_free(&last);
  }
  for (int i = 0; i < MANY; i++) {
    snprintf(name, sizeof name, "in/%03d.png", i);
    assert_string_equal(paths.items[i], name);
  }
  sn_names_free(&paths);
  expect(arrivals, "");
  sn_arrivals_close(arrivals);
}

/* New folders, for each of which all is looked through, while there is a backlog. */
static void test_a_backlog_waits_once(void **state) {
  (void)state;
  enum { BACKLOG = 60, FOLDERS = 10 };
  char name[32];
  for (int i = 0; i < BACKLOG; i++) {
    snprintf(name, sizeof name, "in/%03d.png", i);
    if (i % 2)
      put_old(name);
    else
      put(name); /* which has to rest */
  }
  SnArrivals *arrivals = watch(false);
  SnNames paths = {0};
  int64_t handed_out = 0;
  for (int i = 0; i < FOLDERS; i++) {
    snprintf(name, sizeof name, "in/folder%d", i);
    assert_int_equal(mkdir(name, 0755), 0);
    assert_true(sn_arrivals_next(arrivals, 1, 0.1, &paths));
    handed_out += paths.count;
    sn_names_free(&paths);
    assert_int_equal(sn_arrivals_waiting(arrivals), BACKLOG - handed_out);
  }
  assert_true(handed_out > 0);
  sn_arrivals_close(arrivals);
}

static void test_sets_of_files(void **state) {
  (void)state;
  SnFileSet set = {0};
  bool known;
  assert_null(sn_file_set_find(&set, &(SnFileState){.inode = 1}));
  for (int64_t i = 0; i < 1000; i++) {
    SnFileState file = {.device = (dev_t)(i % 3), .inode = (ino_t)(i / 3), .size = i};
    SnFileEntry *entry = sn_file_set_note(&set, &file, &known);
    assert_false(known);
    entry->round = i % 2;
  }
  assert_int_equal(set.count, 1000);
  SnFileState again = {.device = 1, .inode = 100, .size = 7};
  assert_int_equal(sn_file_set_note(&set, &again, &known)->state.size, 301);
  assert_true(known);
  assert_true(sn_file_set_keep(&set, 1));
  assert_int_equal(set.count, 500);
  for (int64_t i = 0; i < 1000; i++) {
    SnFileState file = {.device = (dev_t)(i % 3), .inode = (ino_t)(i / 3)};
    const SnFileEntry *entry = sn_file_set_find(&set, &file);
    assert_true(i % 2 ? entry && entry->state.size == i : !entry);
  }
  sn_file_set_free(&set);
}

int main(void) {
  if (!getcwd(start, sizeof start)) return 1;
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, remove_folder)
  const struct CMUnitTest tests[] = {
      IN_A_FOLDER(test_what_is_there_comes_first),
      IN_A_FOLDER(test_what_is_half_written_waits),
      IN_A_FOLDER(test_every_way_of_arriving),
      IN_A_FOLDER(test_a_file_comes_once_unless_it_changed),
      IN_A_FOLDER(test_what_cannot_be_read_comes_once_more),
      IN_A_FOLDER(test_folders_come_and_go),
      IN_A_FOLDER(test_what_is_gone_is_forgotten),
      IN_A_FOLDER(test_watches_end),
      IN_A_FOLDER(test_the_end_of_the_folder),
      IN_A_FOLDER(test_lost_events),
      IN_A_FOLDER(test_many_at_once),
      IN_A_FOLDER(test_a_backlog_waits_once),
      cmocka_unit_test(test_sets_of_files),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
