#include "report/page/seeds_page.h"

#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "report/page/page.h"
#include "report/plot/plot.h"

enum { SHOWN = 3, COLUMNS = 2 + 2 * SHOWN }; /* image AUROC, pixel AUROC and AU-PRO: the first of the metrics */

static const char *const shown_names[SHOWN] = {"image AUROC", "pixel AUROC", "AU-PRO (0.3)"};

static void append_numbers(SnMarkup *page, const SnSeeds *seeds) {
  const char *names[2 * SHOWN], *values[2 * SHOWN];
  char texts[2 * SHOWN][SN_SPREAD_TEXT], best_names[SHOWN][64];
  int count = 0;
  for (int best = 0; best < (sn_seeds_have_best(seeds) ? 2 : 1); best++)
    for (int i = 0; i < SHOWN; i++) {
      snprintf(best_names[i], sizeof best_names[i], "%s, best on the test set", shown_names[i]);
      names[count] = best ? best_names[i] : shown_names[i];
      values[count] = sn_spread_text(sn_seeds_spread(seeds, i, best), 4, texts[count]);
      count++;
    }
  sn_page_numbers(page, names, values, count);
}

/* One seed's line, or that of what is named instead of a seed. */
typedef struct Line {
  char texts[COLUMNS][SN_SPREAD_TEXT];
} Line;

static void fill_line(Line *line, const SnSeedRow *row) {
  snprintf(line->texts[0], SN_SPREAD_TEXT, "%lld", (long long)row->seed);
  for (int i = 0; i < SHOWN; i++) {
    sn_spread_text((SnSpread){row->metrics[i], NAN, 1}, 4, line->texts[1 + i]);
    sn_spread_text((SnSpread){row->best[i], NAN, 1}, 4, line->texts[1 + SHOWN + i]);
  }
  snprintf(line->texts[1 + 2 * SHOWN], SN_SPREAD_TEXT, "%lld", (long long)row->best_epoch);
}

static void fill_spreads(Line *mean, Line *deviation, const SnSeeds *seeds) {
  snprintf(mean->texts[0], SN_SPREAD_TEXT, "mean");
  snprintf(deviation->texts[0], SN_SPREAD_TEXT, "standard deviation");
  for (int i = 0; i < 2 * SHOWN; i++) {
    SnSpread spread = sn_seeds_spread(seeds, i % SHOWN, i >= SHOWN);
    sn_spread_text((SnSpread){spread.mean, NAN, 1}, 4, mean->texts[1 + i]);
    sn_spread_text((SnSpread){spread.deviation, NAN, 1}, 4, deviation->texts[1 + i]);
  }
}

static bool append_table(SnMarkup *page, const SnSeeds *seeds) {
  static const char *const head[COLUMNS] = {"seed",        "image AUROC", "pixel AUROC",  "AU-PRO (0.3)",
                                            "best: image", "best: pixel", "best: AU-PRO", "epoch"};
  int64_t rows = seeds->count + 2, columns = sn_seeds_have_best(seeds) ? COLUMNS : 1 + SHOWN;
  Line *lines = sn_scope_allocate(rows, sizeof *lines, NULL);
  const char **cells = sn_scope_allocate((rows + 1) * columns, sizeof *cells, NULL);
  if (!lines || !cells) return false;
  for (int64_t s = 0; s < seeds->count; s++) fill_line(&lines[s], &seeds->rows[s]);
  fill_spreads(&lines[rows - 2], &lines[rows - 1], seeds);
  for (int64_t c = 0; c < columns; c++) {
    cells[c] = head[c];
    for (int64_t r = 0; r < rows; r++) cells[(r + 1) * columns + c] = lines[r].texts[c];
  }
  return sn_page_table(page, cells, rows + 1, columns);
}

/* What the calibrated threshold of each seed does on the test set. */
static bool append_decisions(SnMarkup *page, const SnSeeds *seeds) {
  enum { WIDTH = 4 };
  static const char *const head[WIDTH] = {"seed", "threshold", "false alarms", "detected"};
  if (!sn_seeds_are_calibrated(seeds)) return true;
  Line *lines = sn_scope_allocate(seeds->count, sizeof *lines, NULL);
  const char **cells = sn_scope_allocate((seeds->count + 1) * WIDTH, sizeof *cells, NULL);
  if (!lines || !cells) return false;
  for (int64_t s = 0; s < seeds->count; s++) {
    const SnSeedRow *row = &seeds->rows[s];
    const SnDecisionCounts *counts = &row->decisions;
    snprintf(lines[s].texts[0], SN_SPREAD_TEXT, "%lld", (long long)row->seed);
    sn_spread_text((SnSpread){row->threshold, NAN, 1}, 4, lines[s].texts[1]);
    snprintf(lines[s].texts[2], SN_SPREAD_TEXT, "%lld of %lld", (long long)counts->false_alarms,
             (long long)counts->good);
    snprintf(lines[s].texts[3], SN_SPREAD_TEXT, "%lld of %lld", (long long)counts->detected,
             (long long)counts->defective);
  }
  for (int64_t c = 0; c < WIDTH; c++) {
    cells[c] = head[c];
    for (int64_t s = 0; s < seeds->count; s++) cells[(s + 1) * WIDTH + c] = lines[s].texts[c];
  }
  sn_page_paragraph(page,
                    "What each seed's threshold does on the test set. It was set by good photographs that training "
                    "never saw, and by no label of the test set.");
  return sn_page_table(page, cells, seeds->count + 1, WIDTH);
}

static void append_explanation(SnMarkup *page, const SnSeeds *seeds) {
  bool selected = seeds->rows[0].selection == SN_SELECT_BEST_TEST;
  char *text = sn_format(
      "The same photographs and settings with another seed each time; the standard deviation is that of a sample "
      "(n - 1).%s%s%s%s",
      *sn_seeds_epoch(seeds) ? " Numbers are of the " : "", sn_seeds_epoch(seeds), *sn_seeds_epoch(seeds) ? "." : "",
      selected ? " The test set has chosen them, so they are better than what another test set would give."
      : sn_seeds_have_best(seeds)
          ? " Best: the epoch with the best image AUROC on the test set, which nobody knows beforehand."
          : "");
  if (text) sn_page_paragraph(page, text);
  free(text);
}

static bool append_plot(SnMarkup *page, const SnSeeds *seeds) {
  int64_t count = seeds->count;
  double *values = sn_scope_allocate(4 * count, sizeof *values, NULL);
  if (!values) return false;
  for (int64_t s = 0; s < count; s++) {
    values[s] = (double)seeds->rows[s].seed;
    for (int i = 0; i < 2; i++) values[(1 + i) * count + s] = seeds->rows[s].metrics[i];
    values[3 * count + s] = seeds->rows[s].best[SN_SEED_IMAGE_AUROC];
  }
  SnSeries series[] = {
      {.name = "image", .kind = SN_SERIES_POINTS, .color = 0, .x = values, .y = values + count, .count = count},
      {.name = "pixel", .kind = SN_SERIES_POINTS, .color = 1, .x = values, .y = values + 2 * count, .count = count},
      {.name = "image, best on the test set",
       .kind = SN_SERIES_POINTS,
       .color = 6,
       .x = values,
       .y = values + 3 * count,
       .count = count}};
  SnPlot plot = {.title = "AUROC, seed by seed",
                 .x = {.label = "seed", .low = values[0] - 0.5, .high = values[count - 1] + 0.5, .whole = true},
                 .y = {.label = "AUROC", .low = NAN, .high = 1},
                 .series = series,
                 .series_count = sn_seeds_have_best(seeds) ? 3 : 2};
  return sn_plot(page, &plot);
}

static char *note_of(const SnSeeds *seeds) {
  const SnSettings *settings = &seeds->model->settings;
  const SnSetting *setting;
  char *note = sn_format("%lld images to train on, %lld to test on; method %s", (long long)seeds->rows[0].train_images,
                         (long long)seeds->rows[0].test_images, settings->method->name);
  for (int i = 0; note && (setting = sn_setting_at(settings->method, i)); i++) {
    char text[SN_SETTING_TEXT];
    if (setting->group == SN_GROUP_SEED) continue;
    sn_setting_print(setting, settings, text);
    char *longer = sn_format("%s, %s %s", note, setting->name, text);
    free(note);
    note = longer;
  }
  return note;
}

bool sn_seeds_page_write(const char *folder, const SnSeeds *seeds) {
  if (!sn_ok()) return false;
  SnMarkup page = {0};
  SnScope *scope = sn_scope_open();
  char *path = sn_path_join(folder, "seeds.html"), *note = note_of(seeds);
  char *subtitle = sn_format("%s with %lld seeds, trained on good images only", seeds->model->settings.method->title,
                             (long long)seeds->count);
  sn_page_begin(&page, seeds->dataset->category, subtitle);
  append_numbers(&page, seeds);
  append_explanation(&page, seeds);
  append_table(&page, seeds);
  append_decisions(&page, seeds);
  append_plot(&page, seeds);
  sn_page_end(&page, note);
  if (path && sn_ok()) sn_markup_write(&page, path);
  sn_markup_free(&page);
  free(path);
  free(note);
  free(subtitle);
  sn_scope_close(scope);
  return sn_ok();
}
