/* POST /v1/detect */
#ifndef SN_SERVE_DETECT_H
#define SN_SERVE_DETECT_H

#include "serve/service.h"

/* Looks at the photograph in the visit's body and sets its answer. It came at the time `arrived` of sn_seconds(). */
void sn_detect(const SnService *service, SnVisit *visit, double arrived);

#endif
