#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/number.h"
#include "cli/device_options.h"
#include "cli/saved_model.h"
#include "cli/terminal.h"
#include "serve/server.h"

typedef struct Serve {
  const char *model, *weights, *port, *token_file, *max_bytes, *connections, *waiting, *timeout;
  SnDeviceTexts device;
  SnServeOptions options;
} Serve;

static void add_place_options(SnOption *options, int *count, Serve *serve) {
  const SnOption place[] = {
      {.name = "model",
       .argument = "FILE",
       .help = "a detector in one file (`simplenet export`), or a model that `simplenet train` wrote",
       .text = &serve->model,
       .required = true},
      {.name = "weights", .argument = "FILE", .help = SN_WEIGHTS_HELP, .text = &serve->weights},
      {.name = "address",
       .argument = "ADDRESS",
       .help = "to listen on, in numbers; one that other machines reach demands a token (127.0.0.1)",
       .text = &serve->options.address},
      {.name = "port",
       .argument = "N",
       .help = "0 takes a free one; the address is printed (8080)",
       .text = &serve->port},
      {.name = "token-file",
       .argument = "FILE",
       .help = "a file whose first line is the token, which requests send as Authorization: Bearer TOKEN (none)",
       .text = &serve->token_file},
      {.name = "token",
       .argument = "TOKEN",
       .help = "the token itself; other users of this machine can see it in the list of processes (none)",
       .text = &serve->options.token},
  };
  for (size_t i = 0; i < sizeof place / sizeof *place; i++) options[(*count)++] = place[i];
}

static void add_bound_options(SnOption *options, int *count, Serve *serve) {
  const SnOption bounds[] = {
      {.name = "max-bytes",
       .argument = "N",
       .help = "largest body of a request; of all at a time, eight times that (33554432)",
       .text = &serve->max_bytes},
      {.name = "connections",
       .argument = "N",
       .help = "open at a time; those beyond wait to be accepted (64)",
       .text = &serve->connections},
      {.name = "waiting",
       .argument = "N",
       .help = "photographs that wait for the detector; those beyond are answered by 503 (32)",
       .text = &serve->waiting},
      {.name = "timeout",
       .argument = "SECONDS",
       .help =
           "for a request to arrive, for a photograph to wait, for an answer to be taken, and between two requests of "
           "a connection (30)",
       .text = &serve->timeout},
  };
  for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) options[(*count)++] = bounds[i];
}

static bool read_bounds(Serve *serve) {
  SnServeOptions *options = &serve->options;
  return sn_parse_integer("--port", serve->port, 0, 65535, &options->port) &&
         sn_parse_integer("--max-bytes", serve->max_bytes, 1, 1 << 30, &options->max_bytes) &&
         sn_parse_integer("--connections", serve->connections, 1, 10000, &options->connections) &&
         sn_parse_integer("--waiting", serve->waiting, 1, 10000, &options->waiting) &&
         sn_parse_real("--timeout", serve->timeout, 0.1, 3600, &options->seconds);
}

static bool read_device(const Serve *serve, SnOptions *options) {
  int64_t threads = 0;
  if (!sn_read_threads(serve->device.threads, &threads)) return false;
  options->weights = serve->weights;
  options->device = serve->device.device;
  options->precision = serve->device.precision;
  options->tuned = serve->device.tuned;
  options->threads = (int)threads;
  return true;
}

/* The first line of its file. */
static bool read_token(Serve *serve, SnBytes *line) {
  enum { LONGEST = 1024 };
  if (!serve->token_file) return true;
  if (serve->options.token) return sn_fail("--token and --token-file: give one of them");
  if (!sn_file_read(serve->token_file, LONGEST, line)) return false;
  char *text = (char *)line->data;
  text[strcspn(text, "\r\n")] = '\0';
  serve->options.token = text;
  return true;
}

static bool serve_until_interrupted(const SnServeOptions *options, SnDetector *detector) {
  sn_catch_interrupts();
  SnServer *server = sn_server_start(detector, options);
  if (!server) return false;
  sn_print("%s\n", sn_server_url(server));
  sn_terminal_flush();
  while (!sn_interrupted()) sn_server_watch(server);
  sn_message("stopping: requests that have begun are answered\n");
  sn_server_stop(server);
  return true;
}

int sn_command_serve(int argc, char **argv) {
  Serve serve = {.port = "8080",
                 .max_bytes = "33554432",
                 .connections = "64",
                 .waiting = "32",
                 .timeout = "30",
                 .device.of_detector = true,
                 .options = {.address = "127.0.0.1"}};
  SnOption options[SN_MAX_OPTIONS];
  int count = 0, positionals;
  add_place_options(options, &count, &serve);
  add_bound_options(options, &count, &serve);
  sn_add_device_options(options, &count, &serve.device);
  sn_add_tuned_option(options, &count, &serve.device);
  SnUsage usage = {"serve", "",
                   "Serves a detector by HTTP until Ctrl-C or SIGTERM: at / a page to drop photographs on, and\n"
                   "POST /v1/detect for programs, whose body is a photograph and whose answer is JSON; /v1/detector,\n"
                   "/healthz, and /metrics for Prometheus. Without a token only this machine's own names are answered\n"
                   "(127.0.0.1, localhost, [::1]), and no page but the server's.",
                   options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  SnOptions detecting = {.size = sizeof detecting};
  SnBytes token = {0};
  serve.options.name = sn_path_name(serve.model);
  if (!read_bounds(&serve) || !read_token(&serve, &token) || !sn_server_check_access(&serve.options) ||
      !read_device(&serve, &detecting)) {
    status = sn_report_misuse();
  } else {
    SnDetector *detector = sn_detector_open(serve.model, &detecting);
    if (detector) sn_message("%s\n", sn_detector_threshold_text(detector));
    status = detector && serve_until_interrupted(&serve.options, detector) ? SN_EXIT_OK : sn_report_error();
    sn_detector_close(detector);
  }
  sn_bytes_free(&token);
  return status;
}
