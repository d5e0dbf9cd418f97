#include "backends/cuda_library.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

#define LIBRARY "libsimplenet_cuda.so"

static const SnCudaHost host = {sn_fail_at};

static const SnBackend *opened;
static char refusal[SN_ERROR_LENGTH];

/* The folder that the program is in, without a final slash; false when it cannot be found out. */
static bool program_folder(char folder[PATH_MAX]) {
  ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
  if (length <= 0) return false;
  folder[length] = '\0';
  char *slash = strrchr(folder, '/');
  if (slash) *slash = '\0';
  return slash != NULL;
}

static bool find_library(char path[PATH_MAX]) {
  static const char *const places[] = {"", "/../lib"};
  const char *wanted = getenv("SIMPLENET_CUDA");
  char folder[PATH_MAX];
  if (wanted && *wanted) {
    bool fits = wanted[0] == '/' && snprintf(path, PATH_MAX, "%s", wanted) < PATH_MAX;
    if (!fits) snprintf(refusal, sizeof refusal, "SIMPLENET_CUDA is '%.200s', which is no absolute path", wanted);
    return fits;
  }
  if (!program_folder(folder)) {
    snprintf(refusal, sizeof refusal, "the program's folder, where %s should be, cannot be found out", LIBRARY);
    return false;
  }
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (snprintf(path, PATH_MAX, "%s%s/" LIBRARY, folder, places[i]) < PATH_MAX && access(path, F_OK) == 0) return true;
  snprintf(refusal, sizeof refusal,
           "the device cuda needs " LIBRARY
           ", which is neither in %.300s nor in ../lib from there; `make CUDA=1` "
           "builds it",
           folder);
  return false;
}

static void open_library(void) {
  char path[PATH_MAX];
  if (!find_library(path)) return;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    snprintf(refusal, sizeof refusal, "the device cuda cannot be used: %.800s", dlerror());
    return;
  }
  SnBackendOpen *open = NULL;
  void *symbol = dlsym(library, SN_CUDA_OPEN);
  memcpy(&open, &symbol, sizeof open); /* ISO C has no conversion from void * to a function */
  if (open) opened = open(sn_cuda_abi_version(), &host);
  if (!opened)
    snprintf(refusal, sizeof refusal, "%.800s was built for another version of this program; build both again", path);
}

const SnBackend *sn_backend_cuda(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (!sn_ok()) return NULL;
  pthread_once(&once, open_library);
  return opened ? opened : sn_fail_null("%s", refusal);
}
