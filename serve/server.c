/* libmicrohttpd's callbacks, and the server's beginning and end. */
#include "serve/server.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "serve/detect.h"
#include "serve/guard.h"
#include "serve/listen.h"
#include "serve/routes.h"

/* Bodies too large are read to the end and thrown away up to so many times the largest one, since a client that is
 * still sending would not see the answer. So many bodies of the largest size may be at hand. */
enum { DISCARDED = 8, BODIES = 8 };

/* One decodes while another detects; more of them would only hold more photographs. */
enum { WORKERS = 3 };

struct SnServer {
  SnService service;
  struct MHD_Daemon *daemon;
  char url[SN_URL_LENGTH];
};

/* ---- answers ---- */

static const char *const common_headers[][2] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
};

static bool add_headers(const SnService *service, const SnAnswer *answer, struct MHD_Response *response) {
  bool added = MHD_add_response_header(response, "Content-Type", answer->type) == MHD_YES;
  for (size_t i = 0; i < sizeof common_headers / sizeof *common_headers; i++)
    added &= MHD_add_response_header(response, common_headers[i][0], common_headers[i][1]) == MHD_YES;
  if (answer->allow) added &= MHD_add_response_header(response, "Allow", answer->allow) == MHD_YES;
  if (answer->status == SN_HTTP_UNAUTHORIZED)
    added &= MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"simplenet\"") == MHD_YES;
  if (answer->status == SN_HTTP_UNAVAILABLE) added &= MHD_add_response_header(response, "Retry-After", "1") == MHD_YES;
  if (atomic_load(&service->stopping)) added &= MHD_add_response_header(response, "Connection", "close") == MHD_YES;
  return added;
}

/* MHD_NO ends the connection. */
static enum MHD_Result send_answer(SnService *service, SnVisit *visit) {
  SnAnswer *answer = &visit->answer;
  if (!sn_visit_enter(service->visits, visit, SN_PHASE_ANSWERING)) return MHD_NO;
  struct MHD_Response *response = MHD_create_response_from_buffer(
      answer->size, (void *)(uintptr_t)answer->bytes, answer->owned ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
  if (!response) return MHD_NO;
  answer->owned = NULL; /* it is the response's now */
  sn_metrics_count_answer(service->metrics, answer->status, (int64_t)visit->received, (int64_t)answer->size);
  const bool queued = add_headers(service, answer, response) &&
                      MHD_queue_response(visit->connection, (unsigned)answer->status, response) == MHD_YES;
  MHD_destroy_response(response);
  return queued ? MHD_YES : MHD_NO;
}

/* ---- a request ---- */

static SnVisit *visit_of(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* Its first line is here. */
static void *note_request(void *context, const char *url, struct MHD_Connection *connection) {
  SnService *service = context;
  SnVisit *visit = visit_of(connection);
  (void)url;
  if (visit) sn_visit_enter(service->visits, visit, SN_PHASE_RECEIVING);
  return visit;
}

static bool expects_continue(const SnVisit *visit) {
  return MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND, "Expect") != NULL;
}

/* The head is here. A refusal is told at once, which ends the connection, where the client waits to be told, and where
 * the body is far too large or does not say how large it is; else after the body, which is thrown away. */
static enum MHD_Result begin_request(SnService *service, SnVisit *visit, const char *method, const char *url) {
  visit->begun = true;
  sn_route(service, visit, method, url);
  const bool at_once = expects_continue(visit) || visit->length / DISCARDED > (size_t)service->options.max_bytes;
  return visit->answer.status != 0 && at_once ? send_answer(service, visit) : MHD_YES;
}

static void take_body(SnService *service, SnVisit *visit, const char *bytes, size_t size) {
  if (visit->answer.status != 0 || sn_visit_receive(service->visits, visit, bytes, size)) return;
  sn_answer_error(&visit->answer, SN_HTTP_UNAVAILABLE, "there are too many photographs at a time");
}

/* The thread that looks at the photograph lets the connection go on, and then this is called once more. */
static enum MHD_Result end_request(SnService *service, SnVisit *visit) {
  if (visit->answer.status != 0) return send_answer(service, visit);
  if (!sn_visit_enter(service->visits, visit, SN_PHASE_WORKING)) return MHD_NO;
  MHD_suspend_connection(visit->connection);
  if (!sn_queue_push(service->queue, visit)) {
    sn_answer_error(&visit->answer, SN_HTTP_UNAVAILABLE, "there are too many photographs at a time");
    MHD_resume_connection(visit->connection);
  }
  return MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *bytes, size_t *size, void **request) {
  SnService *service = context;
  SnVisit *visit = visit_of(connection);
  (void)version, (void)request;
  if (!visit) return MHD_NO;
  visit->connection = connection;
  if (!visit->begun) return begin_request(service, visit, method, url);
  if (*size == 0) return end_request(service, visit);
  take_body(service, visit, bytes, *size);
  *size = 0;
  return MHD_YES;
}

static void work(void *context, void *item) {
  const SnService *service = context;
  SnVisit *visit = item;
  sn_detect(service, visit, visit->since);
  MHD_resume_connection(visit->connection);
}

static void end_of_request(void *context, struct MHD_Connection *connection, void **request,
                           enum MHD_RequestTerminationCode code) {
  SnService *service = context;
  SnVisit *visit = visit_of(connection);
  (void)request, (void)code;
  if (!visit) return;
  sn_visit_release(service->visits, visit);
  sn_visit_enter(service->visits, visit, SN_PHASE_WAITING);
}

static void note_connection(void *context, struct MHD_Connection *connection, void **visit,
                            enum MHD_ConnectionNotificationCode code) {
  SnService *service = context;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    sn_clear_error();
    *visit = sn_visit_open(service->visits,
                           MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
  } else if (*visit) {
    sn_visit_close(service->visits, *visit);
  }
}

/* ---- the server ---- */

/* Whatever is made at the first photograph is made now, and a detector that cannot look at one is found out. */
static bool look_once(SnService *service) {
  enum { SIDE = 64 };
  static uint8_t grey[SIDE * SIDE];
  SnPixels blank = {.format = SN_PIXELS_GREY, .width = SIDE, .height = SIDE, .data = grey};
  SnDetection detection;
  memset(grey, 128, sizeof grey);
  return sn_detector_detect_pixels(service->detector, &blank, &detection);
}

bool sn_server_check_access(const SnServeOptions *options) {
  const bool loopback = sn_address_is_loopback(options->address);
  if (!sn_ok()) return false;
  if (!loopback && !options->token)
    return sn_fail("--address %s is reached from other machines: give --token-file, too", options->address);
  const char *fault = options->token ? sn_token_fault(options->token) : NULL;
  return !fault || sn_fail("the token cannot be used: %s", fault);
}

static void start_daemon(SnServer *server, int listening) {
  enum { CONNECTION_MEMORY = 128 << 10 };
  SnService *service = &server->service;
  server->daemon = MHD_start_daemon(
      MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, service,
      MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listening, MHD_OPTION_URI_LOG_CALLBACK, note_request, service,
      MHD_OPTION_NOTIFY_COMPLETED, end_of_request, service, MHD_OPTION_NOTIFY_CONNECTION, note_connection, service,
      MHD_OPTION_CONNECTION_LIMIT, (unsigned)service->options.connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      (size_t)CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
  if (server->daemon) return;
  close(listening);
  sn_fail("the HTTP server cannot be started: there is no memory or no thread for it");
}

/* Signals are for the program's own thread. */
static void start_threads(SnServer *server) {
  SnService *service = &server->service;
  const int listening = sn_listen(service->options.address, service->options.port, server->url);
  if (listening < 0) return;
  service->queue = sn_queue_start(WORKERS, service->options.waiting, work, service);
  if (service->queue)
    start_daemon(server, listening);
  else
    close(listening);
}

SnServer *sn_server_start(SnDetector *detector, const SnServeOptions *options) {
  sn_clear_error();
  SnServer *server = sn_server_check_access(options) ? sn_allocate(1, sizeof *server, "a server") : NULL;
  if (!server) return NULL;
  server->service = (SnService){.detector = detector, .options = *options, .metrics = sn_metrics_new()};
  server->service.visits = sn_visits_new(options->seconds, BODIES * (size_t)options->max_bytes);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  server->service.information.size = sizeof(SnInformation);
  if (sn_ok() && sn_detector_information(detector, &server->service.information) && look_once(&server->service))
    start_threads(server);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (server->daemon) return server;
  sn_server_stop(server);
  return NULL;
}

const char *sn_server_url(const SnServer *server) { return server->url; }

void sn_server_watch(SnServer *server) {
  const SnService *service = &server->service;
  nanosleep(&(struct timespec){.tv_nsec = 100 * 1000 * 1000}, NULL);
  for (int64_t late = sn_visits_end_late(service->visits); late > 0; late--)
    sn_metrics_count_answer(service->metrics, SN_HTTP_REQUEST_TIMEOUT, 0, 0);
}

/* Within the minute that base/interrupt.h gives. */
enum { LONGEST_END = 45 };

/* Until two looks, a tenth of a second apart, find no request. */
static void finish_requests(SnServer *server) {
  const double seconds = server->service.options.seconds,
               end = sn_seconds() + (seconds < LONGEST_END ? seconds : LONGEST_END);
  for (int quiet = 0; quiet < 2 && sn_seconds() < end;) {
    int64_t open, busy;
    sn_server_watch(server);
    sn_visits_count(server->service.visits, &open, &busy);
    quiet = busy == 0 ? quiet + 1 : 0;
  }
}

void sn_server_stop(SnServer *server) {
  if (!server) return;
  SnService *service = &server->service;
  if (server->daemon) {
    atomic_store(&service->stopping, true);
    const MHD_socket listening = MHD_quiesce_daemon(server->daemon);
    if (listening >= 0) close(listening);
    finish_requests(server);
  }
  sn_queue_finish(service->queue); /* what is left in it is answered, so that no connection stays suspended */
  if (server->daemon) MHD_stop_daemon(server->daemon);
  sn_queue_free(service->queue);
  sn_visits_free(service->visits);
  free(service->metrics);
  free(server);
}
