/* datasets/dataset and layouts: each layout recognised in its exact shape, order, pairing by name, what is wrong told.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "datasets/dataset.h"
#include "datasets/load.h"
#include "datasets/summary.h"
#include "tests/support/image_files.h"

static void put(const char *root, const char *name) { write_grey(root, name, 8, 6, 90); }

static void put_mask(const char *root, const char *name) { write_halves(root, name, 8, 6, 0, 255); }

static SnDataset open_dataset(const char *root, const char *category, const char *layout, const char *expected_layout) {
  SnDataset dataset;
  bool opened = sn_dataset_open(root, category, layout, &dataset);
  if (!opened) print_error("%s\n", sn_error());
  assert_true(opened);
  assert_string_equal(dataset.layout, expected_layout);
  return dataset;
}

static void expect_failure(const char *root, const char *category, const char *layout, const char *message) {
  SnDataset dataset;
  assert_false(sn_dataset_open(root, category, layout, &dataset));
  assert_null(dataset.root);
  if (!strstr(sn_error(), message)) fail_msg("expected '%s' in '%s'", message, sn_error());
  sn_clear_error();
}

/* The list as "name|name", each with its label, kind and masks: "test/hole/0.png:hole(ground_truth/hole/0_mask.png)".
 */
static void expect_samples(const SnDataset *dataset, const SnSamples *samples, const char *expected) {
  char text[4096] = "";
  size_t root = strlen(dataset->root) + 1;
  for (int64_t i = 0; i < samples->count; i++) {
    const SnSample *sample = &samples->items[i];
    char *name = sn_sample_name(dataset, sample);
    assert_int_equal(sample->label == SN_GOOD, strcmp(sample->kind, "good") == 0);
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "%s%s:%s", i ? "|" : "", name, sample->kind);
    for (int64_t m = 0; m < sample->mask_count; m++) {
      length = strlen(text);
      snprintf(text + length, sizeof text - length, "(%s)", sample->mask_paths[m] + root);
    }
    free(name);
  }
  assert_string_equal(text, expected);
}

static void expect_categories(const char *root, const char *layout, const char *expected) {
  SnNames names;
  char text[1024] = "";
  assert_true(sn_dataset_categories(root, layout, &names));
  for (int64_t i = 0; i < names.count; i++) {
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "%s%s", i ? " " : "", names.items[i]);
  }
  sn_names_free(&names);
  assert_string_equal(text, expected);
}

static const SnProblem *find_problem(const SnProblems *problems, SnProblemKind kind, const char *ending) {
  for (int64_t i = 0; i < problems->count; i++) {
    const SnProblem *problem = &problems->items[i];
    size_t length = strlen(problem->path), end = strlen(ending);
    if (problem->kind == kind && length >= end && strcmp(problem->path + length - end, ending) == 0) {
      assert_non_null(strstr(problem->message, problem->path));
      return problem;
    }
  }
  return NULL;
}

static void test_mvtec(void **state) {
  const char *root = *state;
  put(root, "bottle/train/good/001.png");
  put(root, "bottle/train/good/000.PNG");
  put(root, "bottle/train/good/10.JPEG");
  put(root, "bottle/train/good/2.bmp");
  write_text(root, "bottle/train/good/Thumbs.db", "x");
  put(root, "bottle/test/good/000.png");
  put(root, "bottle/test/cut/000.jpg");
  put(root, "bottle/test/cut deep/000.jpg");
  put(root, "bottle/test/cut/001.jpg");
  put_mask(root, "bottle/ground_truth/cut/000_mask.png");
  put_mask(root, "bottle/ground_truth/cut/001.png"); /* as a user's own set may name it */
  put_mask(root, "bottle/ground_truth/cut deep/000_mask.JPG");
  write_text(root, "bottle/ground_truth/cut/readme.txt", "x");
  put(root, "cable/train/good/0.png");
  write_text(root, "license.txt", "x");
  write_text(root, "other/readme.txt", "x");
  expect_categories(root, NULL, "bottle cable");
  SnDataset dataset = open_dataset(root, "bottle", NULL, "mvtec");
  expect_samples(&dataset, &dataset.train,
                 "bottle/train/good/000.PNG:good|bottle/train/good/001.png:good|bottle/train/good/10.JPEG:good|"
                 "bottle/train/good/2.bmp:good");
  /* By whole paths: a blank sorts before the slash. */
  expect_samples(&dataset, &dataset.test,
                 "bottle/test/cut deep/000.jpg:cut deep(bottle/ground_truth/cut deep/000_mask.JPG)|"
                 "bottle/test/cut/000.jpg:cut(bottle/ground_truth/cut/000_mask.png)|"
                 "bottle/test/cut/001.jpg:cut(bottle/ground_truth/cut/001.png)|bottle/test/good/000.png:good");
  assert_true(dataset.has_masks);
  assert_false(dataset.mask_is_nonzero);
  assert_int_equal(dataset.problems.count, 0);
  assert_int_equal(sn_samples_defective(&dataset.test), 3);
  sn_dataset_free(&dataset);
  dataset = open_dataset(root, "cable", "mvtec", "mvtec");
  assert_int_equal(dataset.test.count, 0);
  sn_dataset_free(&dataset);
}

static void test_mvtec_loco(void **state) {
  const char *root = *state;
  put(root, "pushpins/train/good/000.png");
  put(root, "pushpins/validation/good/000.png");
  put(root, "pushpins/test/good/000.png");
  put(root, "pushpins/test/logical_anomalies/000.png");
  put(root, "pushpins/test/structural_anomalies/007.png");
  put_mask(root, "pushpins/ground_truth/logical_anomalies/000/000.png");
  put_mask(root, "pushpins/ground_truth/logical_anomalies/000/001.png");
  put_mask(root, "pushpins/ground_truth/structural_anomalies/007/000.png");
  write_text(root, "pushpins/defects_config.json", "[]");
  SnDataset dataset = open_dataset(root, NULL, NULL, "mvtec_loco");
  assert_string_equal(dataset.category, "pushpins");
  expect_samples(&dataset, &dataset.validation, "pushpins/validation/good/000.png:good");
  expect_samples(&dataset, &dataset.test,
                 "pushpins/test/good/000.png:good|pushpins/test/logical_anomalies/000.png:logical_anomalies"
                 "(pushpins/ground_truth/logical_anomalies/000/000.png)"
                 "(pushpins/ground_truth/logical_anomalies/000/001.png)|"
                 "pushpins/test/structural_anomalies/007.png:structural_anomalies"
                 "(pushpins/ground_truth/structural_anomalies/007/000.png)");
  assert_int_equal(dataset.problems.count, 0);
  sn_dataset_free(&dataset);
}

static void test_btad(void **state) {
  const char *root = *state;
  put(root, "01/train/ok/0000.bmp");
  put(root, "01/test/ok/0000.bmp");
  put(root, "01/test/ko/0001.bmp");
  put_mask(root, "01/ground_truth/ko/0001.png");
  put(root, "02/train/ok/0000.png");
  put(root, "02/test/ko/0002.png");
  put_mask(root, "02/ground_truth/ko/0002.bmp");
  expect_categories(root, NULL, "01 02");
  SnDataset dataset = open_dataset(root, "01", NULL, "btad");
  expect_samples(&dataset, &dataset.train, "01/train/ok/0000.bmp:good");
  expect_samples(&dataset, &dataset.test,
                 "01/test/ko/0001.bmp:ko(01/ground_truth/ko/0001.png)|01/test/ok/0000.bmp:good");
  sn_dataset_free(&dataset);
  dataset = open_dataset(root, "02", "btad", "btad");
  expect_samples(&dataset, &dataset.test, "02/test/ko/0002.png:ko(02/ground_truth/ko/0002.bmp)");
  sn_dataset_free(&dataset);
}

static void test_mpdd(void **state) {
  const char *root = *state;
  put(root, "metal_plate/train/good/000.png");
  put(root, "metal_plate/test/good/000.png");
  put(root, "metal_plate/test/total_rust/000.png");
  put_mask(root, "metal_plate/ground_truth/total_rust/000_mask.png");
  SnDataset dataset = open_dataset(root, "metal_plate", NULL, "mpdd");
  expect_samples(&dataset, &dataset.test,
                 "metal_plate/test/good/000.png:good|metal_plate/test/total_rust/000.png:total_rust"
                 "(metal_plate/ground_truth/total_rust/000_mask.png)");
  sn_dataset_free(&dataset);
}

static void test_visa(void **state) {
  const char *root = *state;
  write_text(root, "split_csv/1cls.csv",
             "object,split,label,image,mask\r\n"
             "candle,train,normal,candle/Data/Images/Normal/0836.JPG,\r\n"
             "candle,train,normal,candle/Data/Images/Normal/0451.JPG,\r\n"
             "candle,test,anomaly,candle/Data/Images/Anomaly/000.JPG,candle/Data/Masks/Anomaly/000.png\r\n"
             "candle,test,normal,candle/Data/Images/Normal/0001.JPG,\r\n"
             "candle,test,anomaly,candle/Data/Images/Anomaly/001.JPG,\r\n"
             "cashew,train,normal,cashew/Data/Images/Normal/000.JPG,\r\n"
             "cashew,train,anomaly,cashew/Data/Images/Anomaly/001.JPG,cashew/Data/Masks/Anomaly/001.png\r\n");
  put(root, "candle/Data/Images/Normal/0836.JPG");
  put(root, "candle/Data/Images/Normal/0451.JPG");
  put(root, "candle/Data/Images/Normal/0001.JPG");
  put(root, "candle/Data/Images/Anomaly/000.JPG");
  put(root, "candle/Data/Images/Anomaly/001.JPG");
  write_halves(root, "candle/Data/Masks/Anomaly/000.png", 8, 6, 0, 3); /* a class number */
  expect_categories(root, NULL, "candle cashew");
  SnDataset dataset = open_dataset(root, "candle", NULL, "visa");
  expect_samples(&dataset, &dataset.train,
                 "candle/Data/Images/Normal/0451.JPG:good|candle/Data/Images/Normal/0836.JPG:good");
  expect_samples(&dataset, &dataset.test,
                 "candle/Data/Images/Anomaly/000.JPG:anomaly(candle/Data/Masks/Anomaly/000.png)|"
                 "candle/Data/Images/Anomaly/001.JPG:anomaly|candle/Data/Images/Normal/0001.JPG:good");
  assert_true(dataset.mask_is_nonzero);
  assert_int_equal(dataset.problems.count, 1);
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_MISSING_MASK, "Anomaly/001.JPG"));
  SnImage mask;
  SnMaskKind kind;
  assert_true(sn_load_mask_image(&dataset, &dataset.test.items[0], 8, 6, NULL, &mask, &kind));
  assert_int_equal(mask.pixels[3], 0);
  assert_int_equal(mask.pixels[4], 255);
  sn_image_free(&mask);
  sn_dataset_free(&dataset);
  dataset = open_dataset(root, "cashew", NULL, "visa"); /* its one image is not there */
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_UNREADABLE, "cashew/Data/Images/Normal/000.JPG"));
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_DEFECTIVE_IN_TRAIN, "cashew/Data/Images/Anomaly/001.JPG"));
  assert_int_equal(dataset.train.count, 1);
  assert_int_equal(dataset.train_left_out, 1);
  sn_dataset_free(&dataset);
}

static void test_visa_refused(void **state) {
  const char *root = *state, *header = "object,split,label,image,mask\n";
  static const char *const rows[][2] = {
      {"a,train,normal,../../etc/passwd,\n",
       "1cls.csv, line 2, column image: expected a path below the data set's folder"},
      {"a,train,normal,/etc/passwd,\n", "expected a path below the data set's folder"},
      {"a,train,normal,a/../../x.png,\n", "expected a path below the data set's folder"},
      {"a,train,normal,,\n", "expected a path below the data set's folder"},
      {"a,train,normal,a/..,\n", "expected a path below the data set's folder"},
      {"a,train,normal,a\x1b[2J.png,\n", "expected a path below the data set's folder"},
      {"a,test,anomaly,good.png,a/../../m.png\n", "line 2, column mask: expected a path below the data set's folder"},
      {"a,test,anomaly,good.png,/m.png\n", "line 2, column mask: expected a path below the data set's folder"},
      {"a,val,normal,a.png,\n", "line 2: expected 'train' or 'test', found 'val'"},
      {"a,test,odd,a.png,\n", "line 2: expected 'normal' or 'anomaly', found 'odd'"},
      {"a,test\n", "line 2: expected 5 fields"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char *text = sn_format("%s%s", header, rows[i][0]);
    write_text(root, "split_csv/1cls.csv", text);
    free(text);
    put(root, "good.png");
    expect_failure(root, "a", "visa", rows[i][1]);
  }
  write_text(root, "split_csv/1cls.csv", "object,split,image,mask\na,train,a.png,\n");
  expect_failure(root, "a", NULL, "the header has no column 'label'");
}

/* A category becomes a folder of results. */
static void names_are_never_paths(void **state) {
  const char *root = *state;
  char longest[300];
  memset(longest, 'x', 256);
  longest[256] = '\0';
  const char *const names[] = {"../../x",
                               "..",
                               ".",
                               "",
                               "/etc",
                               "a/b",
                               ".hidden",
                               "-rf",
                               "a\nb",
                               "\x1b[2J",
                               "a\x7f",
                               "\xc2\x9b"
                               "1m",
                               longest};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char *text =
        sn_format("object,split,label,image,mask\nfine,train,normal,a.png,\n\"%s\",train,normal,a.png,\n", names[i]);
    write_text(root, "split_csv/1cls.csv", text);
    free(text);
    put(root, "a.png");
    expect_failure(root, "fine", NULL, "1cls.csv, line 3, column object: expected a name, found '");
    SnSummary summary;
    SnNames categories;
    assert_false(sn_dataset_summarize(root, &(SnSummaryOptions){0}, &summary));
    sn_clear_error();
    assert_false(sn_dataset_categories(root, NULL, &categories));
    sn_clear_error();
  }
  write_text(root, "split_csv/1cls.csv", "object,split,label,image,mask\nfine,train,normal,a.png,\n");
  SnDataset dataset = open_dataset(root, NULL, NULL, "visa");
  sn_dataset_free(&dataset);
}

static void folders_have_names_of_results(void **state) {
  const char *root = *state;
  put(root, "a/train/good/0.png");
  put(root, "a/test/-rf/0.png");
  expect_failure(root, "a", NULL, "a/test/-rf/0.png: the kind of defect: expected a name, found '-rf'");
  put(root, "b\x1b/train/good/0.png");
  expect_failure(root, "a", NULL, ": its categories: expected a name, found 'b\x1b': it has a control character");
}

/* What a table of 20,000 categories takes grows with its length only: reading it once for each takes minutes. */
static void a_large_table_is_read_once(void **state) {
  const char *root = *state;
  put(root, "a.png");
  enum { OBJECTS = 20000 };
  char *text = sn_allocate(64 * (OBJECTS + 1), 1, "a table"), *end = text;
  end += sprintf(end, "object,split,label,image,mask\n");
  for (int i = 0; i < OBJECTS; i++) end += sprintf(end, "object%d,train,normal,a.png,\n", i);
  write_text(root, "split_csv/1cls.csv", text);
  free(text);
  double start = sn_seconds();
  SnSummary summary;
  assert_true(sn_dataset_summarize(root, &(SnSummaryOptions){0}, &summary));
  assert_int_equal(summary.count, OBJECTS);
  for (int64_t i = 0; i < summary.count; i++) assert_int_equal(summary.categories[i].train, 1);
  sn_summary_free(&summary);
  assert_true(sn_seconds() - start < 20);
}

static void test_kolektor_sdd(void **state) {
  const char *root = *state;
  char name[64];
  for (int item = 1; item <= 6; item++)
    for (int part = 0; part < 2; part++) {
      snprintf(name, sizeof name, "kos%02d/Part%d.jpg", item, part);
      put(root, name);
      bool defective = part == 1 && (item == 2 || item == 5);
      snprintf(name, sizeof name, "kos%02d/Part%d_label.bmp", item, part);
      write_halves(root, name, 8, 6, 0, defective ? 255 : 0);
    }
  SnDataset dataset = open_dataset(root, NULL, NULL, "kolektor_sdd");
  assert_string_equal(dataset.category, "kolektor_sdd");
  expect_samples(&dataset, &dataset.train,
                 "kos01/Part0.jpg:good|kos01/Part1.jpg:good|kos02/Part0.jpg:good|kos03/Part0.jpg:good|"
                 "kos03/Part1.jpg:good|kos04/Part0.jpg:good|kos04/Part1.jpg:good|kos06/Part0.jpg:good|"
                 "kos06/Part1.jpg:good");
  expect_samples(&dataset, &dataset.test,
                 "kos02/Part1.jpg:defective(kos02/Part1_label.bmp)|kos05/Part0.jpg:good|"
                 "kos05/Part1.jpg:defective(kos05/Part1_label.bmp)");
  assert_int_equal(dataset.problems.count, 0);
  sn_dataset_free(&dataset);
  put(root, "kos06/Part2.jpg");
  put(root, "kos06/Part3.jpg");
  write_text(root, "kos06/Part3_label.bmp", "BM");
  write_grey(root, "kos06/Part4_label.bmp", 8, 6, 0);
  dataset = open_dataset(root, NULL, NULL, "kolektor_sdd");
  assert_int_equal(dataset.train.count, 9);
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_MISSING_MASK, "kos06/Part2.jpg"));
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_UNREADABLE, "kos06/Part3_label.bmp"));
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_MASK_WITHOUT_IMAGE, "kos06/Part4_label.bmp"));
  assert_int_equal(dataset.problems.count, 3);
  sn_dataset_free(&dataset);
}

static void test_kolektor_sdd2(void **state) {
  const char *root = *state;
  put(root, "train/10000.png");
  put(root, "train/10001.png");
  put(root, "test/20000.png");
  put(root, "test/20001.png");
  write_grey(root, "train/10000_GT.png", 8, 6, 0);
  put_mask(root, "train/10001_GT.png");
  write_grey(root, "test/20000_GT.png", 8, 6, 0);
  put_mask(root, "test/20001_GT.png");
  SnDataset dataset = open_dataset(root, NULL, NULL, "kolektor_sdd2");
  expect_samples(&dataset, &dataset.train, "train/10000.png:good");
  expect_samples(&dataset, &dataset.test, "test/20000.png:good|test/20001.png:defective(test/20001_GT.png)");
  assert_int_equal(dataset.train_left_out, 1);
  assert_int_equal(dataset.problems.count, 0);
  sn_dataset_free(&dataset);
}

/* A batch of the labels given; pixel i of record r is r + i in red, 2 in green, 3 in blue. */
static void write_batch(const char *root, const char *name, const char *labels) {
  enum { RECORD = 3073, PLANE = 1024 };
  size_t count = strlen(labels);
  uint8_t *data = malloc(count * RECORD);
  assert_non_null(data);
  for (size_t r = 0; r < count; r++) {
    data[r * RECORD] = (uint8_t)(labels[r] - '0');
    for (size_t i = 0; i < PLANE; i++) data[r * RECORD + 1 + i] = (uint8_t)(r + i);
    memset(data + r * RECORD + 1 + PLANE, 2, PLANE);
    memset(data + r * RECORD + 1 + 2 * PLANE, 3, PLANE);
  }
  write_bytes(root, name, data, count * RECORD);
  free(data);
}

static void write_cifar10(const char *root) {
  write_batch(root, "cifar-10-batches-bin/data_batch_1.bin", "0120");
  write_batch(root, "cifar-10-batches-bin/data_batch_2.bin", "9");
  write_batch(root, "cifar-10-batches-bin/data_batch_3.bin", "0");
  write_batch(root, "cifar-10-batches-bin/data_batch_4.bin", "8");
  write_batch(root, "cifar-10-batches-bin/data_batch_5.bin", "7");
  write_batch(root, "cifar-10-batches-bin/test_batch.bin", "309");
}

static void test_cifar10(void **state) {
  const char *root = *state;
  write_cifar10(root);
  expect_categories(root, NULL, "airplane automobile bird cat deer dog frog horse ship truck");
  SnDataset dataset = open_dataset(root, "airplane", NULL, "cifar10");
  assert_false(dataset.has_masks);
  assert_int_equal(dataset.problems.count, 0);
  assert_int_equal(dataset.train.count, 3);
  static const char *const names[] = {"data_batch_1.bin#0", "data_batch_1.bin#3", "data_batch_3.bin#0"};
  for (int i = 0; i < 3; i++) {
    char *name = sn_sample_name(&dataset, &dataset.train.items[i]);
    assert_non_null(strstr(name, names[i]));
    free(name);
  }
  assert_int_equal(dataset.test.count, 3);
  static const int labels[] = {SN_DEFECTIVE, SN_GOOD, SN_DEFECTIVE};
  static const char *const kinds[] = {"cat", "airplane", "truck"};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(dataset.test.items[i].label, labels[i]);
    assert_string_equal(dataset.test.items[i].kind, kinds[i]);
  }
  SnImage image;
  assert_true(sn_load_photograph(&dataset.train.items[1], NULL, &image));
  assert_int_equal(image.width, 32);
  assert_int_equal(image.height, 32);
  assert_int_equal(image.pixels[3 * 40], 43); /* record 3, pixel 40 */
  assert_int_equal(image.pixels[3 * 40 + 1], 2);
  assert_int_equal(image.pixels[3 * 40 + 2], 3);
  sn_image_free(&image);
  write_batch(root, "cifar-10-batches-bin/data_batch_1.bin", "0"); /* the file shrinks after it was listed */
  assert_false(sn_load_photograph(&dataset.train.items[1], NULL, &image));
  assert_non_null(strstr(sn_error(), "data_batch_1.bin: ends after"));
  sn_clear_error();
  sn_dataset_free(&dataset);
}

static void test_cifar10_refused(void **state) {
  const char *root = *state;
  write_cifar10(root);
  write_text(root, "cifar-10-batches-bin/batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
  expect_categories(root, NULL, "a b c d e f g h i j");
  write_text(root, "cifar-10-batches-bin/batches.meta.txt", "a\nb\n");
  expect_failure(root, "a", NULL, "batches.meta.txt: expected 10 class names, found 2");
  write_text(root, "cifar-10-batches-bin/batches.meta.txt", "a\nb\n../../c\nd\ne\nf\ng\nh\ni\nj\n");
  expect_failure(root, "a", NULL, "batches.meta.txt: class 2: expected a name, found '../../c'");
  write_text(root, "cifar-10-batches-bin/batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
  write_text(root, "cifar-10-batches-bin/test_batch.bin", "abc");
  expect_failure(root, "a", NULL, "test_batch.bin: expected whole records of 3073 bytes, found 3 bytes");
  write_batch(root, "cifar-10-batches-bin/test_batch.bin", "0:");
  expect_failure(root, "a", NULL, "test_batch.bin: record 1 has the label 10");
}

static void test_folder(void **state) {
  const char *root = *state;
  put(root, "train/b.jpg");
  put(root, "train/a.png");
  SnDataset dataset = open_dataset(root, NULL, NULL, "folder");
  expect_samples(&dataset, &dataset.train, "train/a.png:good|train/b.jpg:good");
  assert_int_equal(dataset.test.count, 0);
  assert_false(dataset.has_masks);
  sn_dataset_free(&dataset);
  put(root, "test_good/c.png");
  put(root, "test_bad/d.png");
  put(root, "test_bad/e.png");
  put_mask(root, "masks/d.png");
  put_mask(root, "masks/f_mask.png");
  dataset = open_dataset(root, "folder", "folder", "folder");
  expect_samples(&dataset, &dataset.test,
                 "test_bad/d.png:defective(masks/d.png)|test_bad/e.png:defective|test_good/c.png:good");
  assert_true(dataset.has_masks);
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_MISSING_MASK, "test_bad/e.png"));
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_MASK_WITHOUT_IMAGE, "masks/f_mask.png"));
  sn_dataset_free(&dataset);
}

static void test_open_folders(void **state) {
  const char *root = *state;
  put(root, "my photos/b.jpg");
  put(root, "scratched/x.png");
  put_mask(root, "drawn/x_mask.png");
  write_text(root, "empty/readme.txt", "x");
  char *train = sn_path_join(root, "my photos"), *bad = sn_path_join(root, "scratched");
  char *masks = sn_path_join(root, "drawn"), *empty = sn_path_join(root, "empty");
  SnDataset dataset;
  assert_true(sn_dataset_open_folders(&(SnPlainFolders){train, NULL, bad, masks, NULL}, &dataset));
  assert_int_equal(dataset.train.count, 1);
  assert_int_equal(dataset.test.items[0].mask_count, 1);
  char *name = sn_sample_name(&dataset, &dataset.train.items[0]);
  assert_string_equal(name, dataset.train.items[0].path);
  free(name);
  sn_dataset_free(&dataset);
  assert_true(sn_dataset_open_folders(&(SnPlainFolders){.test_good = train}, &dataset)); /* to evaluate only */
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_EMPTY, "my photos"));
  sn_dataset_free(&dataset);
  assert_true(sn_dataset_open_folders(&(SnPlainFolders){.train = train, .test_bad = bad},
                                      &dataset)); /* no masks: not one problem an image */
  assert_false(dataset.has_masks);
  assert_int_equal(dataset.problems.count, 0);
  sn_dataset_free(&dataset);
  assert_false(sn_dataset_open_folders(&(SnPlainFolders){.train = empty}, &dataset));
  assert_non_null(strstr(sn_error(), "empty: holds no images (png, jpg, jpeg, bmp, tif, tiff or webp)"));
  sn_clear_error();
  assert_false(sn_dataset_open_folders(&(SnPlainFolders){.train = train, .masks = masks}, &dataset));
  assert_non_null(strstr(sn_error(), "drawn: masks are given without"));
  sn_clear_error();
  assert_false(sn_dataset_open_folders(&(SnPlainFolders){0}, &dataset));
  sn_clear_error();
  free(train);
  free(bad);
  free(masks);
  free(empty);
}

static void expect_left_out(const SnLeftOut *left_out, SnLeftOutReason reason, const char *words) {
  char *text = sn_left_out_text(left_out, reason);
  assert_non_null(text);
  if (!strstr(text, words)) fail_msg("expected '%s' in '%s'", words, text);
  free(text);
}

/* Everything in a folder and its sub-folders is taken or counted, links in a loop are looked into once, and what lies
 * in a folder named for something else is not taken. */
static void test_sub_folders(void **state) {
  const char *root = *state;
  put(root, "good/1.png");
  put(root, "good/b/2.jpg");
  put(root, "good/b/c/3.BMP");
  put(root, "good/a b/4.png");
  put(root, "good/bad/5.png");
  put(root, "good/bad/deep/6.png");
  put(root, "good/out/7.png");
  put(root, "good/1_heatmap.png");
  put(root, "good/.hidden/8.png");
  put_mask(root, "good/masks/5.png");
  put_mask(root, "good/masks/deep/6_mask.png");
  put_mask(root, "good/masks/lone/6.png");
  write_text(root, "good/x.heic", "x");
  write_text(root, "good/b/y.HEIC", "x");
  write_text(root, "good/z.gif", "x");
  write_text(root, "good/readme", "x");
  char *good = sn_path_join(root, "good"), *bad = sn_path_join(root, "good/bad"), *out = sn_path_join(root, "good/out");
  char *masks = sn_path_join(root, "good/masks"), *loop = sn_path_join(root, "good/b/loop");
  char *again = sn_path_join(root, "good/a"), *nowhere = sn_path_join(root, "good/nowhere.raw");
  char *fifo = sn_path_join(root, "good/fifo");
  assert_int_equal(symlink("..", loop) + symlink("b", again) + symlink("absent", nowhere) + mkfifo(fifo, 0600), 0);
  SnPlainFolders folders = {.train = good, .test_bad = bad, .masks = masks, .out = out};
  SnDataset dataset;
  assert_true(sn_dataset_open_folders(&folders, &dataset));
  dataset.root = (free(dataset.root), sn_copy_text(root));
  expect_samples(&dataset, &dataset.train, "good/1.png:good|good/a b/4.png:good|good/b/2.jpg:good|good/b/c/3.BMP:good");
  expect_samples(&dataset, &dataset.test,
                 "good/bad/5.png:defective(good/masks/5.png)|"
                 "good/bad/deep/6.png:defective(good/masks/deep/6_mask.png)");
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_MASK_WITHOUT_IMAGE, "good/masks/lone"));
  assert_int_equal(dataset.problems.count, 1);
  const SnLeftOut *left_out = &dataset.left_out;
  expect_left_out(left_out, SN_LEFT_OUT_FORMAT, "4 files that are no images this program reads (2 heic, 1 ");
  expect_left_out(left_out, SN_LEFT_OUT_FORMAT, "1 without an ending");
  expect_left_out(left_out, SN_LEFT_OUT_FORMAT, "good/b/y.HEIC");
  expect_left_out(left_out, SN_LEFT_OUT_OWN, "1 picture that this program drew, such as ");
  expect_left_out(left_out, SN_LEFT_OUT_EXCLUDED, "3 folders that are named for something else");
  expect_left_out(left_out, SN_LEFT_OUT_AGAIN, "2 links to folders that are looked into already");
  expect_left_out(left_out, SN_LEFT_OUT_DANGLING, "1 link that leads nowhere");
  expect_left_out(left_out, SN_LEFT_OUT_SPECIAL, "1 fifo, socket or device");
  assert_null(sn_left_out_text(left_out, SN_LEFT_OUT_UNREADABLE));
  sn_dataset_free(&dataset);
  char *paths[] = {good, bad, out, masks, loop, again, nowhere, fifo};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) free(paths[i]);
}

/* A ladder of links doubles the ways to a folder with every rung; each folder is looked into once. */
static void test_links_in_a_ladder(void **state) {
  const char *root = *state;
  enum { RUNGS = 40 };
  for (int i = 0; i < RUNGS; i++) {
    char name[64], target[32];
    snprintf(name, sizeof name, "train/%02d/0.png", i);
    put(root, name);
    snprintf(target, sizeof target, "../%02d", (i + 1) % RUNGS);
    for (int side = 0; side < 2; side++) {
      snprintf(name, sizeof name, "train/%02d/%d", i, side);
      char *link = sn_path_join(root, name);
      assert_int_equal(symlink(target, link), 0);
      free(link);
    }
  }
  SnDataset dataset = open_dataset(root, NULL, NULL, "folder");
  assert_int_equal(dataset.train.count, RUNGS);
  assert_int_equal(dataset.left_out.counts[SN_LEFT_OUT_AGAIN], 2 * RUNGS);
  sn_dataset_free(&dataset);
}

static void test_too_deep(void **state) {
  const char *root = *state;
  char name[512] = "train";
  for (int i = 0; i < 70; i++) strcat(name, "/d");
  strcat(name, "/0.png");
  put(root, name);
  put(root, "train/0.png");
  SnDataset dataset = open_dataset(root, NULL, NULL, "folder");
  assert_int_equal(dataset.train.count, 1);
  assert_int_equal(dataset.left_out.counts[SN_LEFT_OUT_DEEP], 1);
  sn_dataset_free(&dataset);
}

/* Layouts that look into no sub-folders say so. */
static void test_left_out_of_a_tree(void **state) {
  const char *root = *state;
  put(root, "c/train/good/0.png");
  put(root, "c/train/good/more/1.png");
  put(root, "c/train/2.png");
  put(root, "c/test/3.png");
  put(root, "c/test/crack/0.png");
  write_text(root, "c/test/crack/1.gif", "x");
  put_mask(root, "c/ground_truth/crack/0_mask.png");
  write_text(root, "c/license.txt", "x");
  SnDataset dataset = open_dataset(root, "c", NULL, "mvtec");
  expect_left_out(&dataset.left_out, SN_LEFT_OUT_FOLDER, "1 folder where photographs are expected, such as ");
  expect_left_out(&dataset.left_out, SN_LEFT_OUT_FOLDER, "c/train/good/more");
  expect_left_out(&dataset.left_out, SN_LEFT_OUT_PLACE, "2 photographs where folders are expected");
  expect_left_out(&dataset.left_out, SN_LEFT_OUT_FORMAT, "(1 gif)");
  assert_int_equal(dataset.problems.count, 0);
  sn_dataset_free(&dataset);
}

static void test_problems(void **state) {
  const char *root = *state;
  put(root, "c/train/good/0.png");
  write_text(root, "c/train/good/1.png", "");
  put(root, "c/train/crack/9.png");
  put(root, "c/train/crack/8.png");
  put(root, "c/test/crack/0.png");
  put(root, "c/test/crack/1.png");
  put(root, "c/test/crack/2.png");
  put(root, "c/test/crack/10.png");
  put_mask(root, "c/ground_truth/crack/1_mask.png"); /* the first mask is not the first image's */
  put_mask(root, "c/ground_truth/crack/1_mask.jpg");
  put_mask(root, "c/ground_truth/crack/10_mask.png");
  put_mask(root, "c/ground_truth/crack/2_mask.png");
  put_mask(root, "c/ground_truth/crack/3_mask.png");
  put_mask(root, "c/ground_truth/gone/0_mask.png");
  put_mask(root, "c/ground_truth/good/0_mask.png"); /* some sets draw black masks of good images: not needed */
  char *folder = sn_path_join(root, "c/train/good/2.png");
  assert_true(sn_make_directories(folder));
  free(folder);
  SnDataset dataset = open_dataset(root, "c", NULL, "mvtec");
  expect_samples(&dataset, &dataset.train, "c/train/good/0.png:good|c/train/good/1.png:good|c/train/good/2.png:good");
  expect_samples(&dataset, &dataset.test,
                 "c/test/crack/0.png:crack|c/test/crack/1.png:crack(c/ground_truth/crack/1_mask.jpg)|"
                 "c/test/crack/10.png:crack(c/ground_truth/crack/10_mask.png)|"
                 "c/test/crack/2.png:crack(c/ground_truth/crack/2_mask.png)");
  assert_int_equal(dataset.train_left_out, 2);
  const SnProblems *problems = &dataset.problems;
  assert_non_null(find_problem(problems, SN_PROBLEM_DEFECTIVE_IN_TRAIN, "train/crack"));
  assert_non_null(find_problem(problems, SN_PROBLEM_UNREADABLE, "train/good/1.png"));
  assert_non_null(find_problem(problems, SN_PROBLEM_UNREADABLE, "train/good/2.png"));
  assert_non_null(find_problem(problems, SN_PROBLEM_MISSING_MASK, "test/crack/0.png"));
  assert_non_null(find_problem(problems, SN_PROBLEM_SECOND_MASK, "crack/1_mask.png"));
  assert_non_null(find_problem(problems, SN_PROBLEM_MASK_WITHOUT_IMAGE, "crack/3_mask.png"));
  assert_non_null(find_problem(problems, SN_PROBLEM_MASK_WITHOUT_IMAGE, "gone/0_mask.png"));
  assert_int_equal(problems->count, 7);
  sn_dataset_free(&dataset);
}

static void test_no_masks_is_one_problem(void **state) {
  const char *root = *state;
  put(root, "c/train/good/0.png");
  put(root, "c/test/crack/0.png");
  put(root, "c/test/crack/1.png");
  SnDataset dataset = open_dataset(root, "c", NULL, "mvtec");
  assert_false(dataset.has_masks);
  assert_int_equal(dataset.problems.count, 1);
  assert_non_null(find_problem(&dataset.problems, SN_PROBLEM_MISSING_MASK, "c/ground_truth"));
  sn_dataset_free(&dataset);
}

static void test_not_found(void **state) {
  const char *root = *state;
  put(root, "c/train/good/0.png");
  put(root, "d/train/good/0.png");
  put(root, "d/test/good/0.png");
  char *inside = sn_path_join(root, "c"), *absent = sn_path_join(root, "absent"), *empty = sn_path_join(root, "empty");
  assert_true(sn_make_directories(empty));
  expect_failure(root, "bottel", NULL, "has no category 'bottel'; there are c, d");
  expect_failure(root, NULL, NULL, "several categories, and one must be named: c, d");
  expect_failure(root, "c", "mvtek", "layout 'mvtek': is not known; there are cifar10, visa, mvtec_loco");
  expect_failure(root, "c", "visa", "no data set of layout visa; looked for split_csv/1cls.csv");
  expect_failure(inside, NULL, NULL, "is the folder of one category");
  expect_failure(absent, NULL, NULL, "is not a folder that can be read");
  expect_failure(empty, NULL, NULL, "no known layout of a data set; looked for cifar10 (data_batch_1.bin");
  assert_null(sn_dataset_detect(empty));
  sn_clear_error();
  assert_string_equal(sn_dataset_detect(root), "mvtec");
  write_text(root, "e/train/good/readme.txt", "x");
  expect_failure(root, "e", NULL, "the category e holds no images");
  free(inside);
  free(absent);
  free(empty);
}

static void test_summary(void **state) {
  const char *root = *state;
  write_grey(root, "c/train/good/0.png", 8, 6, 50);
  write_grey(root, "c/train/good/1.png", 20, 10, 50);
  write_grey(root, "c/train/good/2.png", 8, 6, 50);
  write_text(root, "c/train/good/3.png", "no image");
  put(root, "c/test/good/0.png");
  put(root, "c/test/crack/0.png");
  put(root, "c/test/crack/1.png");
  write_grey(root, "c/ground_truth/crack/0_mask.png", 7, 6, 255);
  char *whole = sn_path_join(root, "c/train/good/2.png");
  assert_int_equal(truncate(whole, 45), 0); /* its header stays, its pixels are cut */
  free(whole);
  put(root, "d/train/good/0.png");
  write_text(root, "e/train/good/readme.txt", "x");
  for (int decode = 0; decode < 2; decode++) {
    SnSummary summary;
    assert_true(sn_dataset_summarize(root, &(SnSummaryOptions){.decode = decode, .mask_threshold = 0.5}, &summary));
    assert_string_equal(summary.layout, "mvtec");
    assert_int_equal(summary.count, 3);
    const SnCategorySummary *c = &summary.categories[0];
    assert_string_equal(c->category, "c");
    assert_int_equal(c->train, 4);
    assert_int_equal(c->test_good, 1);
    assert_int_equal(c->test_defective, 2);
    assert_int_equal(c->missing_masks, 1);
    assert_non_null(find_problem(&c->problems, SN_PROBLEM_UNREADABLE, "train/good/3.png"));
    assert_non_null(find_problem(&c->problems, SN_PROBLEM_MASK_SIZE, "crack/0_mask.png"));
    assert_non_null(find_problem(&c->problems, SN_PROBLEM_MISSING_MASK, "crack/1.png"));
    assert_int_equal(c->size_count, 2);
    assert_int_equal(c->sizes[0].width, 8);
    assert_int_equal(c->sizes[1].width, 20);
    assert_int_equal(c->sizes[1].count, 1);
    assert_int_equal(c->min_width, 8);
    assert_int_equal(c->max_width, 20);
    assert_int_equal(c->min_height, 6);
    assert_int_equal(c->max_height, 10);
    assert_null(summary.categories[1].error);
    assert_non_null(strstr(summary.categories[2].error, "the category e holds no images"));
    assert_int_equal(find_problem(&c->problems, SN_PROBLEM_UNREADABLE, "train/good/2.png") != NULL, decode);
    assert_int_equal(c->unreadable, decode ? 2 : 1);
    sn_summary_free(&summary);
  }
  SnSummary summary;
  assert_true(sn_dataset_summarize(root, &(SnSummaryOptions){.category = "d", .layout = "mvtec"}, &summary));
  assert_int_equal(summary.count, 1);
  sn_summary_free(&summary);
  assert_false(sn_dataset_summarize(root, &(SnSummaryOptions){.category = "x"}, &summary));
  assert_non_null(strstr(sn_error(), "has no category 'x'"));
}

static void expect_counts(const char *root, const char *category, const char *layout, const int64_t counts[4]) {
  SnDataset dataset = open_dataset(root, category, layout, "mvtec");
  int64_t masks = 0;
  for (int64_t i = 0; i < dataset.test.count; i++) masks += dataset.test.items[i].mask_count;
  assert_int_equal(dataset.train.count, counts[0]);
  assert_int_equal(dataset.test.count, counts[1]);
  assert_int_equal(sn_samples_defective(&dataset.test), counts[2]);
  assert_int_equal(masks, counts[3]);
  assert_int_equal(dataset.problems.count, 0);
  sn_dataset_free(&dataset);
}

static void test_real_photographs(void **state) {
  (void)state;
  const char *shared = getenv("SIMPLENET_SHARED");
  char *mvtec = sn_path_join(shared ? shared : "../shared", "data/mvtec");
  char *other = sn_path_join(shared ? shared : "../shared", "data/other");
  bool present = sn_is_directory(mvtec) && sn_is_directory(other);
  if (present) {
    expect_counts(mvtec, "bottle", NULL, (const int64_t[]){209, 83, 63, 63});
    expect_counts(other, "hazelnut", NULL, (const int64_t[]){28, 23, 17, 17});
    expect_counts(other, "wood_surface", NULL, (const int64_t[]){70, 141, 71, 71});
  }
  free(mvtec);
  free(other);
  if (!present) {
    printf("skip: the shared photographs are not here (SIMPLENET_SHARED)\n");
    skip();
  }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, test_make_folder, test_remove_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_FOLDER(test_mvtec),
      IN_FOLDER(test_mvtec_loco),
      IN_FOLDER(test_btad),
      IN_FOLDER(test_mpdd),
      IN_FOLDER(test_visa),
      IN_FOLDER(test_visa_refused),
      IN_FOLDER(names_are_never_paths),
      IN_FOLDER(folders_have_names_of_results),
      IN_FOLDER(a_large_table_is_read_once),
      IN_FOLDER(test_kolektor_sdd),
      IN_FOLDER(test_kolektor_sdd2),
      IN_FOLDER(test_cifar10),
      IN_FOLDER(test_cifar10_refused),
      IN_FOLDER(test_folder),
      IN_FOLDER(test_open_folders),
      IN_FOLDER(test_sub_folders),
      IN_FOLDER(test_links_in_a_ladder),
      IN_FOLDER(test_too_deep),
      IN_FOLDER(test_left_out_of_a_tree),
      IN_FOLDER(test_problems),
      IN_FOLDER(test_no_masks_is_one_problem),
      IN_FOLDER(test_not_found),
      IN_FOLDER(test_summary),
      cmocka_unit_test(test_real_photographs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
