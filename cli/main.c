/* simplenet: train a detector of defects on good photographs, test it, and use it. */
#include <string.h>

#include "base/error.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "tensor/scope.h"

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *summary;
} commands[] = {
    {"demo", sn_command_demo, "the whole story on generated images, with a page to look at"},
    {"train", sn_command_train, "train on the good images of one category and test on its test images"},
    {"eval", sn_command_eval, "test a saved model again, with a picture of every test image"},
    {"predict", sn_command_predict, "score photographs with a saved model, with heat maps"},
    {"calibrate", sn_command_calibrate, "set a saved model's threshold by good photographs, for a stated rate"},
    {"export", sn_command_export, "write a detector in one file, to be used elsewhere"},
    {"tune", sn_command_tune, "measure which algorithms are the fastest on this machine"},
    {"serve", sn_command_serve, "a detector behind HTTP: a page to drop photographs on, and JSON"},
    {"benchmark", sn_command_benchmark, "train and test every category with several seeds, against the paper's table"},
    {"paper", sn_command_paper, "run one of the paper's tables or figures"},
    {"export-maps", sn_command_export_maps, "anomaly maps as TIFF, as MVTec AD's evaluation script reads them"},
    {"generate", sn_command_generate, "draw a data set to try it on, nothing downloaded"},
    {"pretrain", sn_command_pretrain, "train the embedded backbone from scratch on generated images"},
    {"data", sn_command_data, "what a data set's folder holds"},
    {"features", sn_command_features, "the levels that a backbone gives of photographs, for comparisons"},
    {"convert", sn_command_convert, "rewrite weights as safetensors"},
    {"info", sn_command_info, "what is built in, or what a file holds"},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

int sn_report_error(void) {
  sn_message("simplenet: %s\n", sn_ok() ? "failed" : sn_error());
  return SN_EXIT_FAILURE;
}

int sn_report_misuse(void) {
  sn_report_error();
  return sn_is_shortage() ? SN_EXIT_FAILURE : SN_EXIT_USAGE;
}

static int print_usage(int (*print)(const char *format, ...), int status) {
  print("usage: simplenet COMMAND [options]\n\n");
  for (int i = 0; i < COMMANDS; i++) print("  %-11s %s\n", commands[i].name, commands[i].summary);
  print(
      "\n`simplenet COMMAND --help` lists a command's options and their defaults, `simplenet --version` says which it "
      "is.\n");
  return status;
}

static int run_command(int argc, char **argv) {
  if (argc < 2) return print_usage(sn_message, SN_EXIT_USAGE);
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
    return print_usage(sn_print, SN_EXIT_OK);
  if (strcmp(argv[1], "--version") == 0) {
    sn_print(SN_PROGRAM " " SN_VERSION "\n");
    return SN_EXIT_OK;
  }
  for (int i = 0; i < COMMANDS; i++) {
    if (strcmp(argv[1], commands[i].name) != 0) continue;
    SnScope *scope = sn_scope_open();
    int status = scope ? commands[i].run(argc - 2, argv + 2) : sn_report_error();
    if (status == SN_EXIT_OK && !sn_ok()) status = sn_report_error(); /* nothing that failed goes unsaid */
    sn_scope_close(scope);
    return status;
  }
  sn_message("simplenet: there is no command '%s'\n", argv[1]);
  return print_usage(sn_message, SN_EXIT_USAGE);
}

int main(int argc, char **argv) {
  if (!sn_terminal_open()) return SN_EXIT_FAILURE;
  int status = run_command(argc, argv);
  bool printed = sn_terminal_close();
  bool went_well = status == SN_EXIT_OK || status == SN_EXIT_DEFECTIVE;
  return went_well && !printed ? SN_EXIT_FAILURE : status;
}
