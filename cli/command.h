/* The subcommands of `simplenet`, one file each. */
#ifndef SN_CLI_COMMAND_H
#define SN_CLI_COMMAND_H

/* Exit statuses. Defective: `predict` went well, and at least one photograph is. */
enum { SN_EXIT_OK = 0, SN_EXIT_FAILURE = 1, SN_EXIT_USAGE = 2, SN_EXIT_DEFECTIVE = 3, SN_EXIT_INTERRUPTED = 130 };

/* Each gets the arguments after its name, runs in an open scope, and returns an exit status. */
int sn_command_train(int argc, char **argv);
int sn_command_eval(int argc, char **argv);
int sn_command_predict(int argc, char **argv);
int sn_command_calibrate(int argc, char **argv);
int sn_command_export(int argc, char **argv);
int sn_command_pretrain(int argc, char **argv);
int sn_command_data(int argc, char **argv);
int sn_command_features(int argc, char **argv);
int sn_command_convert(int argc, char **argv);
int sn_command_info(int argc, char **argv);
int sn_command_demo(int argc, char **argv);
int sn_command_benchmark(int argc, char **argv);
int sn_command_paper(int argc, char **argv);
int sn_command_tune(int argc, char **argv);
int sn_command_serve(int argc, char **argv);
int sn_command_export_maps(int argc, char **argv);
int sn_command_generate(int argc, char **argv);

/* Prints the standing error to stderr; returns SN_EXIT_FAILURE. */
int sn_report_error(void);

/* The same for an error in what the options say: returns SN_EXIT_USAGE, unless memory was short. */
int sn_report_misuse(void);

#endif
