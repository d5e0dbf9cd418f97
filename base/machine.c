#include "base/machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LONGEST_TEXT = 8192 }; /* of the small files in which the system answers */

/* The file's beginning as a text, empty where it cannot be read. It is read without a stream, which would take memory
 * when there may be none. */
static void read_text(const char *path, char text[LONGEST_TEXT]) {
  ssize_t size = 0, more = 1;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  while (file >= 0 && more > 0 && size < LONGEST_TEXT - 1) {
    more = read(file, text + size, (size_t)(LONGEST_TEXT - 1 - size));
    if (more > 0) size += more;
  }
  if (file >= 0) close(file);
  text[size] = '\0';
}

/* The number after `key` at the beginning of a line of a small text file; without a key, the file's first number.
 * `otherwise` where there is none ("max", no such file). */
static int64_t read_number(const char *path, const char *key, int64_t otherwise) {
  char text[LONGEST_TEXT];
  const size_t length = strlen(key);
  read_text(path, text);
  for (const char *line = text; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncmp(line, key, length) != 0) continue;
    char *end;
    const long long value = strtoll(line + length, &end, 10);
    return end != line + length ? value : otherwise;
  }
  return otherwise;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t not_negative(int64_t a) { return a > 0 ? a : 0; }

static int64_t available_in_machine(void) {
  const int64_t kilobytes = read_number("/proc/meminfo", "MemAvailable:", -1);
  if (kilobytes >= 0) return 1024 * kilobytes;
  return (int64_t)sysconf(_SC_PHYS_PAGES) / 2 * (int64_t)sysconf(_SC_PAGESIZE);
}

static int64_t available_in_address_space(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT64_MAX)
    return INT64_MAX;
  const int64_t taken = 1024 * read_number("/proc/self/status", "VmSize:", 0);
  return not_negative((int64_t)limit.rlim_cur - taken);
}

typedef struct GroupFiles {
  const char *root, *limit, *usage, *cached;
} GroupFiles;

static int64_t available_in_group(const GroupFiles *files, const char *group) {
  char path[LONGEST_TEXT + 100];
  snprintf(path, sizeof path, "%s%s/%s", files->root, group, files->limit);
  const int64_t limit = read_number(path, "", -1);
  snprintf(path, sizeof path, "%s%s/%s", files->root, group, files->usage);
  const int64_t usage = read_number(path, "", 0);
  snprintf(path, sizeof path, "%s%s/memory.stat", files->root, group);
  const int64_t cached = read_number(path, files->cached, 0);
  return limit < 0 ? INT64_MAX : not_negative(limit - not_negative(usage - cached));
}

/* A limit of a group holds for all groups in it, so those above count, too. A container sees its own group as the
 * root. */
static int64_t available_in_groups(void) {
  static const GroupFiles second = {"/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file "},
                          first = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
                                   "total_inactive_file "};
  int64_t available = INT64_MAX;
  char text[LONGEST_TEXT], *rest = text, *line;
  read_text("/proc/self/cgroup", text);
  while ((line = strtok_r(rest, "\n", &rest))) { /* hierarchy:controllers:group */
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) continue;
    *group++ = '\0';
    controllers++;
    const GroupFiles *files = *controllers == '\0' ? &second : strcmp(controllers, "memory") == 0 ? &first : NULL;
    while (files && group) {
      available = least(available, available_in_group(files, group));
      char *last = *group ? strrchr(group, '/') : NULL;
      if (last) *last = '\0';
      group = last ? group : NULL;
    }
  }
  return available;
}

int64_t sn_available_memory(void) {
  return least(available_in_machine(), least(available_in_address_space(), available_in_groups()));
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

void sn_processor_name(char name[SN_PROCESSOR_NAME]) {
  char text[LONGEST_TEXT];
  read_text("/proc/cpuinfo", text);
  const char *line = strstr(text, "model name"), *value = line ? strchr(line, ':') : NULL;
  size_t length = 0;
  if (value) value += 1 + strspn(value + 1, " \t");
  for (; value && value[length] != '\n' && value[length] && length < SN_PROCESSOR_NAME - 1; length++)
    name[length] = value[length];
  name[length] = '\0';
  if (length == 0) strcpy(name, "unknown");
}
