#include "serve/detect.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "report/draw/colormap.h"
#include "report/draw/png.h"
#include "report/markup.h"
#include "serve/metrics.h"
#include "serve/multipart.h"

enum { MAX_REGIONS = 100 }; /* in an answer, which says how many there are */

static void add_box(cJSON *object, double left, double top, double width, double height) {
  sn_json_add_number(object, "left", left);
  sn_json_add_number(object, "top", top);
  sn_json_add_number(object, "width", width);
  sn_json_add_number(object, "height", height);
}

typedef struct Regions {
  SnRegion first[MAX_REGIONS];
  int64_t found;
} Regions;

/* Where the map reaches the threshold; none without a threshold. */
static bool find_regions(const SnDetection *detection, Regions *regions) {
  regions->found = 0;
  if (!isnan(detection->threshold))
    regions->found = sn_detection_regions(detection, detection->threshold, regions->first, MAX_REGIONS);
  return regions->found >= 0;
}

static void add_regions(cJSON *object, const Regions *regions) {
  cJSON *array = sn_json_add_array(object, "regions");
  for (int64_t i = 0; i < regions->found && i < MAX_REGIONS; i++) {
    const SnRegion *from = &regions->first[i];
    cJSON *region = sn_json_add_object(array, NULL);
    add_box(region, from->left, from->top, from->width, from->height);
    sn_json_add_number(region, "score", from->score);
    sn_json_add_number(region, "area", from->area);
  }
  sn_json_add_number(object, "regions_found", (double)regions->found);
}

static void add_base64(cJSON *object, const char *name, const void *bytes, size_t size) {
  SnMarkup text = {0};
  sn_markup(&text, "\"");
  sn_markup_base64(&text, bytes, size);
  if (sn_markup(&text, "\"")) sn_json_add_raw(object, name, text.text);
  sn_markup_free(&text);
}

/* The colours go from the map's smallest number to its largest, or to the threshold where none reaches it. */
static void add_heatmap(cJSON *object, const SnDetection *detection) {
  SnPicture picture;
  SnColormap colors;
  SnBytes png;
  const int64_t pixels = detection->map_height * detection->map_width;
  double low = INFINITY, high = isnan(detection->threshold) ? -INFINITY : detection->threshold;
  for (int64_t i = 0; i < pixels; i++) {
    low = fmin(low, (double)detection->map[i]);
    high = fmax(high, (double)detection->map[i]);
  }
  sn_colormap_make(&colors);
  if (!sn_picture_create(detection->map_width, detection->map_height, colors.colors[0], &picture)) return;
  for (int64_t i = 0; i < pixels; i++)
    sn_draw_pixel(&picture, i % picture.width, i / picture.width,
                  sn_colormap_color(&colors, (double)detection->map[i], low, high), 1);
  if (sn_picture_encode(&picture, &png)) {
    add_base64(object, "png", png.data, png.size);
    sn_bytes_free(&png);
  }
  sn_picture_free(&picture);
}

static void add_map(cJSON *object, const SnVisit *visit, const SnDetection *detection) {
  cJSON *map = sn_json_add_object(object, "map");
  sn_json_add_number(map, "height", (double)detection->map_height);
  sn_json_add_number(map, "width", (double)detection->map_width);
  if (visit->wants_map)
    add_base64(map, "float32", detection->map,
               (size_t)(detection->map_height * detection->map_width) * sizeof *detection->map);
  if (visit->wants_heatmap) add_heatmap(map, detection);
}

/* The regions come as an argument: sn_detection_regions clears the error that what is added here may leave. */
static cJSON *describe(const SnService *service, const SnVisit *visit, const SnDetection *detection,
                       const Regions *regions) {
  cJSON *object = sn_json_new();
  sn_json_add_number(object, "score", detection->score);
  sn_json_add_number(object, "threshold", detection->threshold);
  sn_json_add_number(object, "normalised", detection->normalised);
  sn_json_add_text(object, "verdict", sn_verdict_name(detection->verdict));
  add_regions(object, regions);
  add_map(object, visit, detection);
  add_box(sn_json_add_object(object, "covered"), detection->left, detection->top, detection->width, detection->height);
  cJSON *detector = sn_json_add_object(object, "detector");
  sn_json_add_text(detector, "name", service->options.name);
  sn_json_add_text(detector, "version", sn_version());
  return object;
}

static void refuse(SnVisit *visit) {
  const SnErrorCode code = sn_error_code();
  const int status = code == SN_ERROR_PHOTOGRAPH ? SN_HTTP_UNPROCESSABLE
                     : code == SN_ERROR_MEMORY   ? SN_HTTP_UNAVAILABLE
                                                 : SN_HTTP_INTERNAL_ERROR;
  sn_answer_error(&visit->answer, status, "%s", sn_error());
}

void sn_detect(const SnService *service, SnVisit *visit, double arrived) {
  SnPart photograph = {visit->body, visit->received};
  SnDetection detection;
  Regions regions;
  sn_clear_error();
  if (sn_seconds() - arrived > service->options.seconds)
    sn_answer_error(&visit->answer, SN_HTTP_UNAVAILABLE, "the detector had no time for the photograph");
  else if (visit->form_type && !sn_form_file(visit->form_type, visit->body, visit->received, &photograph))
    sn_answer_error(&visit->answer, SN_HTTP_BAD_REQUEST, "%s", sn_error());
  else if (!sn_detector_detect_encoded(service->detector, photograph.bytes, photograph.size, &detection) ||
           !find_regions(&detection, &regions))
    refuse(visit);
  else {
    sn_metrics_count_detection(service->metrics, &detection, sn_seconds() - arrived);
    sn_answer_json(&visit->answer, SN_HTTP_OK, describe(service, visit, &detection, &regions));
  }
}
