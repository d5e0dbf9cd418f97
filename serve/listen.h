/* The address that is listened on. */
#ifndef SN_SERVE_LISTEN_H
#define SN_SERVE_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

/* Whether it is one that only this machine reaches; an error, too, when it is no address of IPv4 or IPv6 in numbers. */
bool sn_address_is_loopback(const char *address);

enum { SN_URL_LENGTH = 96 };

/* A socket that listens there, and the URL it is reached by; port 0 takes a free one. -1 and an error on failure. */
int sn_listen(const char *address, int64_t port, char url[SN_URL_LENGTH]);

#endif
