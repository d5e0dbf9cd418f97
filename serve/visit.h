/* The connections: what each is at, and since when. libmicrohttpd's own time-out is for clients that say nothing; one
 * that sends a byte now and then would keep its place for ever, so every step has its time here. */
#ifndef SN_SERVE_VISIT_H
#define SN_SERVE_VISIT_H

#include <microhttpd.h>

#include "serve/answer.h"

typedef enum SnPhase {
  SN_PHASE_WAITING,   /* for the next request */
  SN_PHASE_RECEIVING, /* from the request's first line to the end of its body */
  SN_PHASE_WORKING,   /* the photograph waits or is looked at; this has no time of its own */
  SN_PHASE_ANSWERING,
  SN_PHASE_ENDED /* its time was up */
} SnPhase;

typedef struct SnVisit {
  struct SnVisit *next, **link; /* in the list */
  int descriptor;
  SnPhase phase;
  double since; /* it is in that phase, sn_seconds() */

  /* The request: */
  struct MHD_Connection *connection;
  bool begun;            /* its head has been looked at */
  const char *form_type; /* a form's Content-Type, valid during the request; NULL: the body is the photograph */
  bool wants_map, wants_heatmap;
  uint8_t *body; /* owned */
  size_t length, received;
  SnAnswer answer;
} SnVisit;

typedef struct SnVisits SnVisits;

/* seconds: for each phase but working. max_received: bytes of all bodies at hand. NULL and an error on failure. */
SnVisits *sn_visits_new(double seconds, size_t max_received);
void sn_visits_free(SnVisits *visits); /* once all are closed; NULL is allowed */

/* A connection is there, NULL when memory is short; and is gone. */
SnVisit *sn_visit_open(SnVisits *visits, int descriptor);
void sn_visit_close(SnVisits *visits, SnVisit *visit);

/* Goes on to a phase; false where its time was up before. */
bool sn_visit_enter(SnVisits *visits, SnVisit *visit, SnPhase phase);

/* Appends to the body. False where that is more than memory, or the bytes at hand, allow. */
bool sn_visit_receive(SnVisits *visits, SnVisit *visit, const char *bytes, size_t size);

/* Forgets the request. */
void sn_visit_release(SnVisits *visits, SnVisit *visit);

/* Ends the connections whose time is up. Of the requests among them, which get 408, it returns the number. */
int64_t sn_visits_end_late(SnVisits *visits);

/* How many connections there are, and how many of them are at a request. */
void sn_visits_count(SnVisits *visits, int64_t *open, int64_t *busy);

#endif
