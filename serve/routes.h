/* What there is at which path, and who may have it. */
#ifndef SN_SERVE_ROUTES_H
#define SN_SERVE_ROUTES_H

#include "serve/service.h"

/* Looks at the head of a request. The visit then has an answer, or the photograph in its body is to be looked at. */
void sn_route(const SnService *service, SnVisit *visit, const char *method, const char *path);

#endif
