/* peak_memory COMMAND ARGUMENTS...: runs a command and prints, on stderr, its peak resident memory. This program is
 * small, so that the command's peak is its own. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return EXIT_FAILURE;
  pid_t child = fork();
  if (child == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  int status = 0;
  struct rusage usage;
  if (child < 0 || waitpid(child, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &usage) != 0) return EXIT_FAILURE;
  fprintf(stderr, "peak resident memory: %.0f MB\n", (double)usage.ru_maxrss * 1024 / 1e6);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
