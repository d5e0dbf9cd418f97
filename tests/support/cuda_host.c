#include "tests/support/cuda_host.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

/* make puts the library into a folder beside the test program. */
static bool name_library(void) {
  char path[PATH_MAX];
  static const char library[] = "/cuda_host/libsimplenet_cuda.so";
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof library);
  if (length <= 0) return false;
  path[length] = '\0';
  char *slash = strrchr(path, '/');
  if (!slash) return false;
  memcpy(slash, library, sizeof library);
  return access(path, R_OK) == 0 && setenv("SIMPLENET_CUDA", path, 1) == 0;
}

const SnBackend *cuda_host_open(void) {
  if (!getenv("SIMPLENET_CUDA") && !name_library()) {
    printf("skip: the CUDA backend on the processor: it needs a C++ compiler\n");
    return NULL;
  }
  const SnBackend *cuda = sn_backend_find("cuda");
  if (cuda && cuda->start()) return cuda;
  fprintf(stderr, "%s\n", sn_error());
  exit(1);
}

bool cuda_host_control(const char *name, void *function) {
  void *library = dlopen(getenv("SIMPLENET_CUDA"), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  void *symbol = library ? dlsym(library, name) : NULL;
  memcpy(function, &symbol, sizeof symbol);
  if (library) dlclose(library);
  return symbol != NULL;
}
