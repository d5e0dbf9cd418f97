#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/print.h"

typedef union Address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} Address;

/* Its size; 0 and an error when the text is no address. */
static socklen_t read_address(const char *text, int64_t port, Address *address) {
  memset(address, 0, sizeof *address);
  if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons((uint16_t)port);
    return sizeof address->v4;
  }
  if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons((uint16_t)port);
    return sizeof address->v6;
  }
  sn_fail("--address: expected an address in numbers, as 127.0.0.1 or ::1, found '%s'", text);
  return 0;
}

bool sn_address_is_loopback(const char *text) {
  Address address;
  if (!read_address(text, 0, &address)) return false;
  if (address.any.sa_family == AF_INET) return ntohl(address.v4.sin_addr.s_addr) >> 24 == 127;
  return IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr);
}

static bool open_socket(int descriptor, Address *address, socklen_t size) {
  enum { BACKLOG = 128 };
  const int yes = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes); /* a port whose last server has just ended */
  return bind(descriptor, &address->any, size) == 0 && listen(descriptor, BACKLOG) == 0 &&
         getsockname(descriptor, &address->any, &size) == 0;
}

int sn_listen(const char *text, int64_t port, char url[SN_URL_LENGTH]) {
  Address address;
  const socklen_t size = read_address(text, port, &address);
  if (size == 0) return -1;
  const bool is_v4 = address.any.sa_family == AF_INET;
  const int descriptor = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0 || !open_socket(descriptor, &address, size)) {
    sn_fail("%s port %d cannot be listened on: %s", text, (int)port, strerror(errno));
    if (descriptor >= 0) close(descriptor);
    return -1;
  }
  const int taken = ntohs(is_v4 ? address.v4.sin_port : address.v6.sin6_port);
  sn_snprintf(url, SN_URL_LENGTH, is_v4 ? "http://%s:%d/" : "http://[%s]:%d/", text, taken);
  return descriptor;
}
