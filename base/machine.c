#include "base/machine.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

double sn_available_memory(void) {
  char line[128];
  double kilobytes = 0;
  FILE *stream = fopen("/proc/meminfo", "r");
  while (stream && kilobytes == 0 && fgets(line, sizeof line, stream))
    if (sscanf(line, "MemAvailable: %lf", &kilobytes) != 1) kilobytes = 0;
  if (stream) fclose(stream);
  if (kilobytes > 0) return 1024 * kilobytes;
  return 0.5 * (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

double sn_peak_memory(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  return (double)usage.ru_maxrss;
#else
  return 1024.0 * (double)usage.ru_maxrss;
#endif
}
