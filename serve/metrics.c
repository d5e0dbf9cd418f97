#include "serve/metrics.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/number.h"
#include "report/markup.h"

enum { MAX_BOUNDS = 16, LOWEST_STATUS = 100, STATUSES = 500, VERDICTS = 3 };

/* Counts below each bound; what is larger than all counts in `total` only. */
typedef struct Histogram {
  int64_t below[MAX_BOUNDS], total;
  double sum;
} Histogram;

static const double seconds_bounds[] = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10};
static const double score_bounds[] = {0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9};
enum {
  SECONDS_BOUNDS = sizeof seconds_bounds / sizeof *seconds_bounds,
  SCORE_BOUNDS = sizeof score_bounds / sizeof *score_bounds
};

typedef struct Counts {
  int64_t answers[STATUSES], received, sent, verdicts[VERDICTS];
  Histogram seconds, scores;
} Counts;

struct SnMetrics {
  pthread_mutex_t mutex;
  Counts counts;
  double started; /* of the epoch */
};

SnMetrics *sn_metrics_new(void) {
  SnMetrics *metrics = sn_allocate(1, sizeof *metrics, "metrics");
  if (!metrics) return NULL;
  pthread_mutex_init(&metrics->mutex, NULL);
  metrics->started = (double)time(NULL);
  return metrics;
}

void sn_metrics_count_answer(SnMetrics *metrics, int status, int64_t received, int64_t sent) {
  pthread_mutex_lock(&metrics->mutex);
  metrics->counts.answers[status - LOWEST_STATUS]++;
  metrics->counts.received += received;
  metrics->counts.sent += sent;
  pthread_mutex_unlock(&metrics->mutex);
}

static void count(Histogram *histogram, const double *bounds, int bound_count, double value) {
  for (int i = 0; i < bound_count; i++) histogram->below[i] += value <= bounds[i];
  histogram->total++;
  histogram->sum += value;
}

void sn_metrics_count_detection(SnMetrics *metrics, const SnDetection *detection, double seconds) {
  pthread_mutex_lock(&metrics->mutex);
  metrics->counts.verdicts[detection->verdict]++;
  count(&metrics->counts.seconds, seconds_bounds, SECONDS_BOUNDS, seconds);
  if (!isnan(detection->normalised)) count(&metrics->counts.scores, score_bounds, SCORE_BOUNDS, detection->normalised);
  pthread_mutex_unlock(&metrics->mutex);
}

/* ---- the text ---- */

static void begin(SnMarkup *text, const char *name, const char *type, const char *help) {
  sn_markup(text, "# HELP simplenet_%s %s\n# TYPE simplenet_%s %s\n", name, help, name, type);
}

static void add_number(SnMarkup *text, double value) {
  char number[SN_NUMBER_TEXT];
  sn_markup(text, "%s\n", sn_number_text(value, number));
}

static void add_one(SnMarkup *text, const char *name, const char *type, const char *help, double value) {
  begin(text, name, type, help);
  sn_markup(text, "simplenet_%s ", name);
  add_number(text, value);
}

static void add_histogram(SnMarkup *text, const char *name, const char *help, const Histogram *histogram,
                          const double *bounds, int bound_count) {
  begin(text, name, "histogram", help);
  for (int i = 0; i < bound_count; i++) {
    char bound[SN_NUMBER_TEXT];
    sn_markup(text, "simplenet_%s_bucket{le=\"%s\"} %lld\n", name, sn_number_text(bounds[i], bound),
              (long long)histogram->below[i]);
  }
  sn_markup(text, "simplenet_%s_bucket{le=\"+Inf\"} %lld\nsimplenet_%s_sum ", name, (long long)histogram->total, name);
  add_number(text, histogram->sum);
  sn_markup(text, "simplenet_%s_count %lld\n", name, (long long)histogram->total);
}

/* A label's value: \ and " and line ends have an escape of their own. */
static void add_label(SnMarkup *text, const char *value) {
  for (; *value; value++)
    if (*value == '\n')
      sn_markup(text, "\\n");
    else
      sn_markup(text, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
}

const char *sn_verdict_name(SnVerdict verdict) {
  return verdict == SN_VERDICT_DEFECTIVE ? "defective" : verdict == SN_VERDICT_GOOD ? "good" : "none";
}

static void add_requests(SnMarkup *text, const Counts *counts) {
  begin(text, "http_requests_total", "counter", "Requests answered, by status.");
  for (int i = 0; i < STATUSES; i++)
    if (counts->answers[i] > 0)
      sn_markup(text, "simplenet_http_requests_total{code=\"%d\"} %lld\n", i + LOWEST_STATUS,
                (long long)counts->answers[i]);
  add_one(text, "http_request_bytes_total", "counter", "Bytes of the bodies of requests.", (double)counts->received);
  add_one(text, "http_response_bytes_total", "counter", "Bytes of the bodies of answers.", (double)counts->sent);
}

static void add_detections(SnMarkup *text, const Counts *counts) {
  begin(text, "detections_total", "counter", "Photographs looked at, by verdict.");
  for (int i = 0; i < VERDICTS; i++)
    sn_markup(text, "simplenet_detections_total{verdict=\"%s\"} %lld\n", sn_verdict_name((SnVerdict)i),
              (long long)counts->verdicts[i]);
  add_histogram(text, "detect_seconds", "Seconds from a photograph's last byte to its verdict.", &counts->seconds,
                seconds_bounds, SECONDS_BOUNDS);
  add_histogram(text, "normalised_score",
                "Normalised scores; the decision is at 0.5, the median good photograph at 0.25.", &counts->scores,
                score_bounds, SCORE_BOUNDS);
}

char *sn_metrics_text(SnMetrics *metrics, const SnGauges *gauges) {
  SnMarkup text = {0};
  pthread_mutex_lock(&metrics->mutex);
  const Counts counts = metrics->counts;
  pthread_mutex_unlock(&metrics->mutex);
  begin(&text, "build_info", "gauge", "Version of the program and name of the detector.");
  sn_markup(&text, "simplenet_build_info{version=\"%s\",detector=\"", sn_version());
  add_label(&text, gauges->detector);
  sn_markup(&text, "\"} 1\n");
  add_one(&text, "start_time_seconds", "gauge", "When the server started, in seconds of the epoch.", metrics->started);
  add_one(&text, "connections", "gauge", "Open connections.", (double)gauges->connections);
  add_one(&text, "http_requests_in_flight", "gauge", "Requests begun and not yet answered.", (double)gauges->in_flight);
  add_one(&text, "detect_waiting", "gauge", "Photographs that wait for the detector.", (double)gauges->waiting);
  add_requests(&text, &counts);
  add_detections(&text, &counts);
  if (!sn_markup(&text, "%s", "")) sn_markup_free(&text);
  return text.text;
}
