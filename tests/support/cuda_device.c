#include "tests/support/cuda_device.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "tensor/storage.h"

/* Beside the running program: cuda_host/libsimplenet_cuda.so. */
static bool name_library(void) {
  char path[PATH_MAX], *slash;
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 64);
  if (length <= 0) return false;
  path[length] = '\0';
  if (!(slash = strrchr(path, '/'))) return false;
  strcpy(slash, "/cuda_host/libsimplenet_cuda.so");
  return access(path, R_OK) == 0 && setenv("SIMPLENET_CUDA", path, 1) == 0;
}

bool test_cuda_open(const SnBackend **cuda, int *status) {
  *status = 0;
  if (!getenv("SIMPLENET_CUDA") && !name_library()) {
    printf("skip: the CUDA backend on the processor needs a C++ compiler\n");
    return false;
  }
  *cuda = sn_backend_find("cuda");
  if (*cuda && (*cuda)->start() && (*cuda)->set_precision(SN_PRECISION_FLOAT32)) return true;
  fprintf(stderr, "%s\n", sn_error());
  *status = 1;
  return false;
}

int test_clear_error(void **state) {
  (void)state;
  sn_clear_error();
  return 0;
}

int test_free_storage(void **state) {
  (void)state;
  sn_storage_trim();
  return 0;
}

bool test_cuda_control(const char *name, void *function) {
  void *library = dlopen(getenv("SIMPLENET_CUDA"), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  void *symbol = library ? dlsym(library, name) : NULL;
  memcpy(function, &symbol, sizeof symbol);
  if (library) dlclose(library);
  return symbol != NULL;
}
