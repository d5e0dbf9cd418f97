#!/bin/sh
# coverage.sh FOLDER TARGET...: runs each fuzz target, built with clang's coverage (make fuzz-coverage), once over its
# seeds, and prints the share of lines that ran in each file that reads what comes from outside. Less than 90 % fails.
set -eu
. tests/fuzz/seeds.sh
programs=$1
shift

parsers() { # of a target
  case $1 in
    safetensors) echo tensor/safetensors_read.c tensor/name_index.c base/utf8.c ;;
    pickle) echo tensor/zip.c tensor/pytorch.c tensor/pytorch_flatten.c tensor/pickle.c tensor/pickle_fetch.c \
      tensor/pickle_global.c ;;
    image) echo datasets/image_decode.c datasets/image_narrow.c datasets/image_limits.c datasets/image_orientation.c datasets/png.c datasets/jpeg.c \
      datasets/bmp.c datasets/tiff.c datasets/tiff_stream.c datasets/webp.c ;;
    csv) echo datasets/csv.c ;;
    layout) echo datasets/layouts/visa.c datasets/layouts/cifar10.c ;;
    json) echo studies/trial_json.c ;;
    text) echo base/printable.c base/print_printable.c base/output_names.c ;;
    number) echo base/number.c anomaly/settings.c ;;
    model) echo anomaly/checkpoint.c anomaly/calibration.c anomaly/detector_file.c anomaly/provenance.c anomaly/saved_state.c models/simplenet/earlier.c ;;
    *) echo "coverage.sh: $1 has no list of files" >&2; exit 1 ;;
  esac
}

status=0
for target in "$@"; do
  program=$programs/fuzz_$target
  # shellcheck disable=SC2046
  LLVM_PROFILE_FILE=$program.profraw "$program" $(seeds "$target") > /dev/null
  llvm-profdata merge -o "$program.profdata" "$program.profraw"
  # shellcheck disable=SC2046
  llvm-cov export -summary-only -instr-profile="$program.profdata" "$program" $(parsers "$target") |
    tr '{' '\n' | awk -v target="$target" -v folder="$PWD" '
      /"filename"/ { file = $0; sub(/.*"filename":"/, "", file); sub(/".*/, "", file)
        sub("^" folder "/", "", file) }
      /"lines":$/ { getline; split($0, part, /[:,}]/); all = part[2]; run = part[4]
        if (file == "") next # the total
        printf "%-12s %-36s %4d of %4d lines %6.1f %%\n", target, file, run, all, 100 * run / all
        if (run < 0.9 * all) low = 1
        file = "" }
      END { exit low }' || status=1
done
exit "$status"
