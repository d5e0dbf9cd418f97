/* A detector behind HTTP: a page for people, JSON for programs (docs/serving.md).
 *
 *     SnServer *server = sn_server_start(detector, &options);
 *     while (server && !sn_interrupted()) sn_server_watch(server);
 *     sn_server_stop(server);
 *
 * One thread reads and writes all connections (libmicrohttpd). A photograph that is here whole waits in a queue for one
 * of a few threads that decode and detect; the detector computes one at a time on all processors.
 */
#ifndef SN_SERVE_SERVER_H
#define SN_SERVE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "simplenet.h"

typedef struct SnServeOptions {
  const char *name;    /* of the detector, to be shown */
  const char *address; /* "127.0.0.1"; another than loopback's asks for a token */
  int64_t port;        /* 0: a free one */
  const char *token;   /* that every request but those for the page and for health must have; NULL: none */
  int64_t max_bytes;   /* of a body; of all bodies at hand eight times that */
  int64_t connections; /* at a time; others wait to be accepted */
  int64_t waiting;     /* photographs that may wait for the detector; others are told 503 */
  double seconds;      /* for a request to arrive, for an answer to be taken, and between two requests */
} SnServeOptions;

typedef struct SnServer SnServer;

/* Whether the token can be one, and is there where the address asks for it; else an error. */
bool sn_server_check_access(const SnServeOptions *options);

/* Looks at a blank photograph, so that all that is slow the first time has been done, and listens. Texts and detector
 * must outlive the server. NULL and an error on failure. */
SnServer *sn_server_start(SnDetector *detector, const SnServeOptions *options);

/* "http://127.0.0.1:8080/" */
const char *sn_server_url(const SnServer *server);

/* Lets a tenth of a second pass, and ends connections whose time is up. */
void sn_server_watch(SnServer *server);

/* Listens no more, answers the requests that have begun, at most for the time of a request, and frees the server. NULL
 * is allowed. */
void sn_server_stop(SnServer *server);

#endif
