#!/bin/sh
# What a method is called is known in its own folder below models/ and in the list of methods, and nowhere else: prints
# every other place in the program's floors that names a type, a function, a constant, a setting or the title of a method.
# The program's own name and its prefix sn_ aside.
set -u
floors="base backends tensor metrics datasets autograd nn plan onnx anomaly tuning report api studies serve cli models/backbones models/pretraining"

# The identifiers that the headers below a folder declare.
declared() {
  find "$1" -name '*.h' | xargs cat | awk '
    /^typedef struct Sn/ { print $3 }
    /^} Sn[A-Za-z0-9]*;/ { gsub(/[};]/, ""); print $1 }
    /^(typedef )?enum/ { inside = 1 }
    inside {
      line = $0
      while (match(line, /SN_[A-Z0-9_]+/)) {
        print substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        sub(/^ *= *[A-Z_0-9]+/, "", line)
      }
    }
    /}/ { inside = 0 }
    /^[A-Za-z].*[ *]sn_[a-z0-9_]+[(\[;]/ { if (match($0, /sn_[a-z0-9_]+/)) print substr($0, RSTART, RLENGTH) }' | sort -u
}

# The names of a method's own settings, as they are quoted in its table, and the choices that are words of its own.
settings() { grep -ohE '^ *\{"[a-z0-9-]+", *[A-Z_]+\(' "$1"/*.c | grep -oE '"[a-z0-9-]+"' | sort -u; }

# Prints the violations in the tree under a folder; true when there are none.
check() (
  cd "$1" || exit 1
  found=0
  files=$(for floor in $floors; do [ ! -d "$floor" ] || find "$floor" -name '*.[ch]'; done)
  for folder in models/*/; do
    folder=${folder%/}
    case $folder in models/backbones | models/pretraining) continue ;; esac
    title=$(grep -lE '^const SnMethod ' "$folder"/*.c | xargs grep -ohE '^ *\.title = "[^"]+"' | cut -d'"' -f2)
    name=${folder#models/}
    for word in $(declared "$folder"); do printf '%s\n' "$word"; done > "$list"
    # shellcheck disable=SC2086
    if [ -s "$list" ] && grep -nwFf "$list" $files; then found=1; fi
    settings "$folder" > "$list"
    # shellcheck disable=SC2086
    if [ -s "$list" ] && grep -nFf "$list" $files; then found=1; fi
    # shellcheck disable=SC2086
    if [ -n "$title" ] && grep -nwF "$title" $files; then found=1; fi
    # shellcheck disable=SC2086
    if grep -nE "\"$name\"|models/$name/" $files | grep -v 'define SN_PROGRAM'; then found=1; fi
  done
  [ $found = 0 ]
)

list=$(mktemp) tree=$(mktemp -d)
trap 'rm -rf "$list" "$tree"' EXIT

echo "[ RUN      ] names_of_methods"
if check .; then echo "[       OK ] names_of_methods"; else echo "[  FAILED  ] names_of_methods"; fi

# The check finds each kind of name when it is planted in a copy.
expect() {
  printf '%s\n' "$2" > "$tree/cli/planted.c"
  if (check "$tree") > /dev/null; then echo "not found: $1: $2" && bad=1; fi
}
echo "[ RUN      ] names_are_found"
bad=0
mkdir -p "$tree/cli" && cp -r models "$tree/"
check "$tree" > /dev/null || bad=1
expect type 'static SnTraining *training;'
expect function 'void f(void) { sn_training_new(0, 0); }'
expect constant 'int kind = SN_LOSS_CROSS_ENTROPY;'
expect setting 'const char *name = "adaptor-depth";'
expect title 'const char *title = "a page of SimpleNet";'
expect name 'const char *method = "mean_image";'
expect include '#include "models/simplenet/loss.h"'
if [ $bad = 0 ]; then echo "[       OK ] names_are_found"; else echo "[  FAILED  ] names_are_found"; fi
