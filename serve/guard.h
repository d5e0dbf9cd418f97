/* Who may ask. A server on loopback is reached by every page that a browser on the same machine has open: by requests
 * that such a page sends across (their Origin is the page's), and by a name of the page's own that is made to lead to
 * 127.0.0.1 (DNS rebinding: their Host is that name). Neither page has the token, if there is one. */
#ifndef SN_SERVE_GUARD_H
#define SN_SERVE_GUARD_H

#include <stdbool.h>

/* Whether a Host header names this machine itself: 127.x.x.x, localhost or [::1], with any port or none. */
bool sn_host_is_loopback(const char *host);

/* Whether an Origin header is a page of that host: http:// or https:// and the Host header's text. */
bool sn_origin_is_host(const char *origin, const char *host);

/* Why a text cannot be a token ("it is shorter than 16 characters"); NULL when it can. RFC 6750 says which characters:
 * letters, digits, - . _ ~ + / and = */
const char *sn_token_fault(const char *token);

/* Whether an Authorization header (NULL: there is none) is "Bearer TOKEN". The time taken does not depend on how much
 * of the token is right. */
bool sn_authorization_is_token(const char *header, const char *token);

#endif
