#include "serve/visit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/print.h"

struct SnVisits {
  pthread_mutex_t mutex;
  SnVisit *first;
  double seconds;
  size_t received, max_received; /* of all bodies */
};

SnVisits *sn_visits_new(double seconds, size_t max_received) {
  SnVisits *visits = sn_allocate(1, sizeof *visits, "connections");
  if (!visits) return NULL;
  pthread_mutex_init(&visits->mutex, NULL);
  visits->seconds = seconds;
  visits->max_received = max_received;
  return visits;
}

void sn_visits_free(SnVisits *visits) {
  if (visits) pthread_mutex_destroy(&visits->mutex);
  free(visits);
}

SnVisit *sn_visit_open(SnVisits *visits, int descriptor) {
  SnVisit *visit = sn_allocate(1, sizeof *visit, "a connection");
  if (!visit) return NULL;
  visit->descriptor = descriptor;
  visit->since = sn_seconds();
  pthread_mutex_lock(&visits->mutex);
  visit->next = visits->first;
  visit->link = &visits->first;
  if (visit->next) visit->next->link = &visit->next;
  visits->first = visit;
  pthread_mutex_unlock(&visits->mutex);
  return visit;
}

void sn_visit_close(SnVisits *visits, SnVisit *visit) {
  sn_visit_release(visits, visit);
  pthread_mutex_lock(&visits->mutex);
  *visit->link = visit->next;
  if (visit->next) visit->next->link = visit->link;
  pthread_mutex_unlock(&visits->mutex);
  free(visit);
}

bool sn_visit_enter(SnVisits *visits, SnVisit *visit, SnPhase phase) {
  pthread_mutex_lock(&visits->mutex);
  const bool in_time = visit->phase != SN_PHASE_ENDED;
  if (in_time) {
    visit->phase = phase;
    visit->since = sn_seconds();
  }
  pthread_mutex_unlock(&visits->mutex);
  return in_time;
}

static void drop_body(SnVisits *visits, SnVisit *visit) {
  pthread_mutex_lock(&visits->mutex);
  visits->received -= visit->received;
  pthread_mutex_unlock(&visits->mutex);
  free(visit->body);
  visit->body = NULL;
  visit->received = 0;
}

bool sn_visit_receive(SnVisits *visits, SnVisit *visit, const char *bytes, size_t size) {
  if (size > visit->length - visit->received) return false;
  pthread_mutex_lock(&visits->mutex);
  const bool room = visits->received + size <= visits->max_received;
  if (room) visits->received += size;
  pthread_mutex_unlock(&visits->mutex);
  /* All of it at once: memory that nothing was written to costs nothing. */
  if (room && !visit->body) visit->body = sn_allocate_unset((int64_t)visit->length, 1, "the body of a request");
  if (room) visit->received += size;
  if (!room || !visit->body) {
    drop_body(visits, visit);
    return false;
  }
  memcpy(visit->body + visit->received - size, bytes, size);
  return true;
}

void sn_visit_release(SnVisits *visits, SnVisit *visit) {
  drop_body(visits, visit);
  visit->form_type = NULL;
  visit->length = 0;
  visit->begun = visit->wants_map = visit->wants_heatmap = false;
  sn_answer_free(&visit->answer);
}

/* The answer goes past libmicrohttpd, which takes none while a body comes in. It has written nothing for this request,
 * so nothing can be mixed up; and there is room for so few bytes, or the client does not read. */
static void say_late(const SnVisit *visit) {
  static const char body[] = "{\"status\":408,\"error\":\"the request did not arrive in its time\"}\n";
  char text[256];
  const int size = sn_snprintf(text, sizeof text,
                               "HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\nConnection: close\r\n"
                               "Content-Length: %zu\r\n\r\n%s",
                               sizeof body - 1, body);
  (void)!send(visit->descriptor, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int64_t sn_visits_end_late(SnVisits *visits) {
  const double now = sn_seconds();
  int64_t requests = 0;
  pthread_mutex_lock(&visits->mutex);
  for (SnVisit *visit = visits->first; visit; visit = visit->next) {
    if (visit->phase >= SN_PHASE_ENDED || visit->phase == SN_PHASE_WORKING || now - visit->since < visits->seconds)
      continue;
    if (visit->phase == SN_PHASE_RECEIVING) {
      say_late(visit);
      requests++;
    }
    visit->phase = SN_PHASE_ENDED;
    shutdown(visit->descriptor, SHUT_RDWR); /* libmicrohttpd sees that, and closes it */
  }
  pthread_mutex_unlock(&visits->mutex);
  return requests;
}

void sn_visits_count(SnVisits *visits, int64_t *open, int64_t *busy) {
  *open = *busy = 0;
  pthread_mutex_lock(&visits->mutex);
  for (const SnVisit *visit = visits->first; visit; visit = visit->next) {
    ++*open;
    *busy += visit->phase != SN_PHASE_WAITING && visit->phase != SN_PHASE_ENDED;
  }
  pthread_mutex_unlock(&visits->mutex);
}
