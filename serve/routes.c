#include "serve/routes.h"

#include <string.h>

#include "base/ascii.h"
#include "base/error.h"
#include "serve/asset.h"
#include "serve/guard.h"
#include "serve/multipart.h"

static const char *header(const SnVisit *visit, const char *name) {
  return MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND, name);
}

/* ---- the places ---- */

static void answer_health(const SnService *service, SnVisit *visit) {
  if (atomic_load(&service->stopping)) {
    sn_answer_error(&visit->answer, SN_HTTP_UNAVAILABLE, "the server is about to stop");
    return;
  }
  cJSON *object = sn_json_new();
  sn_json_add_text(object, "status", "ok");
  sn_answer_json(&visit->answer, SN_HTTP_OK, object);
}

static void answer_metrics(const SnService *service, SnVisit *visit) {
  SnGauges gauges = {.detector = service->options.name, .waiting = sn_queue_waiting(service->queue)};
  sn_visits_count(service->visits, &gauges.connections, &gauges.in_flight);
  sn_answer_text(&visit->answer, "text/plain; version=0.0.4; charset=utf-8",
                 sn_metrics_text(service->metrics, &gauges));
}

/* null where nobody knows. */
static void add_known(cJSON *object, const char *name, const char *text) {
  if (text)
    sn_json_add_text(object, name, text);
  else
    sn_json_add_null(object, name);
}

static void answer_detector(const SnService *service, SnVisit *visit) {
  const SnInformation *detector = &service->information;
  cJSON *object = sn_json_new();
  sn_json_add_text(object, "name", service->options.name);
  sn_json_add_text(object, "version", sn_version());
  add_known(object, "category", detector->category);
  add_known(object, "method", detector->method);
  add_known(object, "backbone", detector->backbone);
  add_known(object, "trained_by", detector->program);
  add_known(object, "exported", detector->exported);
  add_known(object, "model_sha256", detector->model_sha256);
  sn_json_add_number(object, "threshold", detector->threshold);
  sn_json_add_text(object, "decision", detector->threshold_text);
  sn_json_add_number(object, "false_alarms", detector->false_alarms);
  cJSON *map = sn_json_add_object(object, "map");
  sn_json_add_number(map, "height", (double)detector->map_height);
  sn_json_add_number(map, "width", (double)detector->map_width);
  sn_json_add_number(object, "max_bytes", (double)service->options.max_bytes);
  sn_answer_json(&visit->answer, SN_HTTP_OK, object);
}

/* map=float32 and heatmap=png are known; anything else is an error, so that a misspelt name does not go unnoticed. */
static enum MHD_Result read_argument(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
  SnVisit *visit = context;
  (void)kind;
  if (value && strcmp(name, "map") == 0 && strcmp(value, "float32") == 0)
    visit->wants_map = true;
  else if (value && strcmp(name, "heatmap") == 0 && strcmp(value, "png") == 0)
    visit->wants_heatmap = true;
  else
    sn_answer_error(&visit->answer, SN_HTTP_BAD_REQUEST, "expected map=float32 or heatmap=png, found %s=%s", name,
                    value ? value : "");
  return visit->answer.status == 0 ? MHD_YES : MHD_NO;
}

/* A photograph's type is not looked at further: its bytes say which it is. */
static bool is_photograph(const char *type) {
  char prefix[7] = "";
  for (int i = 0; i < 6 && type[i]; i++) prefix[i] = sn_ascii_small(type[i]);
  return strcmp(prefix, "image/") == 0 || sn_ascii_equal(type, "application/octet-stream");
}

static void begin_detection(const SnService *service, SnVisit *visit) {
  const char *type = header(visit, "Content-Type");
  (void)service;
  if (type && sn_is_form(type))
    visit->form_type = type;
  else if (!type || !is_photograph(type)) {
    sn_answer_error(&visit->answer, SN_HTTP_UNSUPPORTED_TYPE,
                    "Content-Type: expected image/…, application/octet-stream or multipart/form-data, found %s",
                    type ? type : "none");
    return;
  }
  MHD_get_connection_values(visit->connection, MHD_GET_ARGUMENT_KIND, read_argument, visit);
}

typedef struct Route {
  const char *path;
  bool takes_body, is_open; /* POST, else GET and HEAD; open: without the token */
  void (*answer)(const SnService *service, SnVisit *visit);
} Route;

static const Route routes[] = {
    {"/healthz", false, true, answer_health},
    {"/metrics", false, false, answer_metrics},
    {"/v1/detector", false, false, answer_detector},
    {"/v1/detect", true, false, begin_detection},
};

/* ---- who may ask ---- */

static bool is_allowed(const SnService *service, SnVisit *visit, bool is_open) {
  const char *host = header(visit, "Host"), *origin = header(visit, "Origin"), *token = service->options.token;
  if (!host)
    sn_answer_error(&visit->answer, SN_HTTP_BAD_REQUEST, "Host: expected the server's name, found none");
  else if (!token && !sn_host_is_loopback(host))
    sn_answer_error(
        &visit->answer, SN_HTTP_FORBIDDEN,
        "Host: expected 127.0.0.1, localhost or [::1], found %s: without a token, only this machine is answered", host);
  else if (origin && !sn_origin_is_host(origin, host))
    sn_answer_error(&visit->answer, SN_HTTP_FORBIDDEN, "Origin: expected a page of %s, found %s", host, origin);
  else if (token && !is_open && !sn_authorization_is_token(header(visit, "Authorization"), token))
    sn_answer_error(&visit->answer, SN_HTTP_UNAUTHORIZED, "Authorization: expected Bearer and the server's token");
  return visit->answer.status == 0;
}

/* The bytes that Content-Length announces; SIZE_MAX for a body in chunks, which may have any number. */
static size_t announced_length(const SnVisit *visit) {
  const char *length = header(visit, "Content-Length");
  size_t bytes = 0;
  if (header(visit, "Transfer-Encoding")) return SIZE_MAX;
  /* libmicrohttpd has seen to it that it is a number of 64 bits */
  for (; length && *length >= '0' && *length <= '9'; length++) bytes = 10 * bytes + (size_t)(*length - '0');
  return bytes;
}

static bool check_length(const SnService *service, SnVisit *visit, bool takes_body) {
  if (visit->length == SIZE_MAX || (takes_body && !header(visit, "Content-Length"))) {
    sn_answer_error(&visit->answer, SN_HTTP_LENGTH_REQUIRED, "Content-Length: expected the body's bytes, found none");
    return false;
  }
  if (visit->length > (size_t)service->options.max_bytes)
    sn_answer_error(&visit->answer, SN_HTTP_TOO_LARGE, "the body has %zu bytes, and this server takes %lld",
                    visit->length, (long long)service->options.max_bytes);
  else if (takes_body && visit->length == 0)
    sn_answer_error(&visit->answer, SN_HTTP_BAD_REQUEST, "the body is empty, where a photograph is expected");
  return visit->answer.status == 0;
}

static bool is_method(SnVisit *visit, const char *method, bool takes_body) {
  const bool right =
      takes_body ? strcmp(method, "POST") == 0 : strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
  if (right) return true;
  sn_answer_error(&visit->answer, SN_HTTP_METHOD_NOT_ALLOWED, "%s is not what this path takes", method);
  visit->answer.allow = takes_body ? "POST" : "GET, HEAD";
  return false;
}

static void answer_asset(SnVisit *visit, const SnAsset *asset) {
  visit->answer = (SnAnswer){.status = SN_HTTP_OK, .type = asset->type, .bytes = asset->bytes, .size = asset->size};
}

void sn_route(const SnService *service, SnVisit *visit, const char *method, const char *path) {
  SnAsset asset;
  const bool is_page = sn_asset_find(path, &asset);
  const Route *route = NULL;
  sn_clear_error();
  visit->length = announced_length(visit);
  for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
    if (strcmp(path, routes[i].path) == 0) route = &routes[i];
  if (!is_allowed(service, visit, is_page || (route && route->is_open))) return;
  if (!is_page && !route)
    sn_answer_error(&visit->answer, SN_HTTP_NOT_FOUND, "there is nothing at %s", path);
  else if (is_method(visit, method, route && route->takes_body) &&
           check_length(service, visit, route && route->takes_body)) {
    if (route)
      route->answer(service, visit);
    else
      answer_asset(visit, &asset);
  }
}
