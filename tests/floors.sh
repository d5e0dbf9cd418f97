#!/bin/sh
# The floors of docs/design.md: a file includes its own folder and the floors below it, nothing above and nothing beside.
# Prints every #include "..." that breaks this. Only cli/terminal.c prints on standard output and standard error,
# and only base/ opens, renames and removes files.
set -u

# Prints the violations in the tree under a folder; true when there are none.
check() {
  (cd "$1" && find . \( -path './build*' -o -path ./results \) -prune -o -name '*.[ch]' -print | sort | sed 's|^\./||' |
    xargs grep -n '^[ \t]*#[ \t]*include[ \t]*"' /dev/null) | awk '
    BEGIN {
      count = split("base backends tensor metrics=datasets autograd nn models/backbones plan anomaly models report api studies cli", floors, " ")
      for (i = 1; i <= count; i++) {
        many = split(floors[i], names, "=")
        for (j = 1; j <= many; j++) floor[names[j]] = i
      }
    }
    # The folder that floors are told by; a backend ("backends/cpu") is one of its own, and so is models/backbones.
    function folder_of(path,    parts, n) {
      n = split(path, parts, "/")
      if (n == 1) return "."
      if (n > 2 && (parts[1] == "backends" || (parts[1] "/" parts[2]) in floor)) return parts[1] "/" parts[2]
      return parts[1]
    }
    function may_include(from, to) {
      if (from == to || from == "tests" || from == "bench") return 1
      if (to == ".") return from in floor && floor[from] >= floor["models"]  # simplenet.h, which includes nothing
      if (to ~ /^backends\//) return 0                            # a backend is known by backend.h only
      if (from ~ /^backends\//) return to == "backends" || to == "base"
      if (!(from in floor) || !(to in floor)) return 0
      return floor[to] < floor[from]
    }
    {
      split($0, fields, ":")
      path = $0
      sub(/^[^"]*"/, "", path)
      sub(/".*/, "", path)
      if (path ~ /\.\./ || !may_include(folder_of(fields[1]), folder_of(path))) {
        print fields[1] ":" fields[2] ": includes " path
        bad = 1
      }
    }
    END { exit bad }'
}

# Prints what of the tree under a folder writes to the standard streams beside cli/terminal.c; true when there is
# nothing. Comments are left out.
check_printing() {
  (cd "$1" && find base backends tensor metrics datasets autograd nn plan anomaly models report api studies cli -name '*.[ch]' 2> /dev/null | sort |
    grep -v '^cli/terminal\.c$' | xargs grep -nE '(^|[^_[:alnum:]])(v?printf|puts|putchar|perror|stdout|stderr|STD(OUT|ERR)_FILENO) *[(,);]' /dev/null |
    grep -vE '^[^:]*:[0-9]*: *(/?\*|//)|format\(printf,') && return 1
  return 0
}

# Prints what opens, renames or removes a file outside base/, whose writer leaves nothing half written.
check_files() {
  (cd "$1" && find backends tensor metrics datasets autograd nn plan anomaly models report api studies cli -name '*.[ch]' 2> /dev/null | sort |
    xargs grep -nE '(^|[^_[:alnum:]>.])(fopen|freopen|creat|open|openat|mkstemp|tmpfile|rename|unlink|remove)\(' /dev/null |
    grep -vE '^[^:]*:[0-9]*: *(/?\*|//)|^cli/terminal\.c:|^backends/cuda_library\.c:') && return 1
  return 0
}

fixture=$(mktemp -d)
trap 'rm -rf "$fixture"' EXIT
status=0

report() { # name, whether it passed
  if [ "$2" -eq 0 ]; then
    echo "[       OK ] $1"
  else
    echo "[  FAILED  ] $1"
    status=1
  fi
}

check .
report floors_are_obeyed $?
check_printing .
report only_the_terminal_prints $?
check_files .
report only_base_opens_files $?

# The check itself: each of these lines but the allowed ones must be found.
mkdir -p "$fixture/base" "$fixture/backends/cpu" "$fixture/metrics" "$fixture/nn" "$fixture/tests" "$fixture/attic" \
  "$fixture/models/backbones" "$fixture/models/padim" "$fixture/plan" "$fixture/anomaly"
echo '#include "tensor/tensor.h"' > "$fixture/base/above.c"
echo '#include "base/error.h"' > "$fixture/base/allowed.c"
echo '#include "backends/reference/map.h"' > "$fixture/backends/cpu/beside.c"
echo '#include "backends/kernels.h"' > "$fixture/backends/cpu/allowed.c"
echo '  #  include "datasets/image.h"' > "$fixture/metrics/beside.c"
echo '#include "backends/cpu/pool.h"' > "$fixture/nn/inside.c"
echo '#include "../base/error.h"' > "$fixture/nn/parent.c"
echo '#include "attic/attic.h"' > "$fixture/nn/unknown.c"
echo '#include "nn/module.h"' > "$fixture/simplenet.h"
echo '#include "simplenet.h"' > "$fixture/nn/public.c"
echo '#include "base/error.h"' > "$fixture/attic/unknown.c"
echo '#include "backends/cpu/pool.h"' > "$fixture/tests/allowed.c"
echo '#include "plan/plan.h"' > "$fixture/models/backbones/above.c"
echo '#include "models/padim/padim.h"' > "$fixture/models/backbones/inside.c"
echo '#include "nn/module.h"' > "$fixture/models/backbones/allowed.c"
echo '#include "models/backbones/backbone.h"' > "$fixture/plan/allowed.c"
echo '#include "models/padim/padim.h"' > "$fixture/anomaly/above.c"
echo '#include "models/backbones/backbone.h"' > "$fixture/models/padim/allowed.c"
found=$(check "$fixture" | cut -d: -f1 | tr '\n' ' ')
expected="anomaly/above.c attic/unknown.c backends/cpu/beside.c base/above.c metrics/beside.c models/backbones/above.c models/backbones/inside.c nn/inside.c nn/parent.c nn/public.c nn/unknown.c simplenet.h "
[ "$found" = "$expected" ]
right=$?
[ "$right" -eq 0 ] || printf 'expected %s\nfound    %s\n' "$expected" "$found"
report floors_check_finds_violations "$right"

rm -r "$fixture"/*
mkdir -p "$fixture/base" "$fixture/cli"
printf '  printf("%%s", name);\n  sn_print("a");\n' > "$fixture/cli/print.c"
printf '  fprintf(stderr, "a");\n' > "$fixture/base/error.c"
printf '  fputs("a", stdout);\n  fprintf(writer.stream, "a");\n' > "$fixture/cli/puts.c"
printf ' *     printf("a");\nint f(const char *, ...) __attribute__((format(printf, 1, 2)));\n' > "$fixture/cli/allowed.h"
printf '  vfprintf(stdout, format, arguments);\n' > "$fixture/cli/terminal.c"
found=$(check_printing "$fixture" 2> /dev/null | cut -d: -f1,2 | tr '\n' ' ')
[ "$found" = "base/error.c:1 cli/print.c:1 cli/puts.c:1 " ]
right=$?
[ "$right" -eq 0 ] || echo "found $found"
report printing_check_finds_violations "$right"

mkdir -p "$fixture/report"
printf '  writer.stream = fopen(path, "wb");\n' > "$fixture/report/write.c"
printf '  if (rename(a, b) != 0) unlink(a);\n' > "$fixture/cli/rename.c"
printf '  stream = fopen(path, "wb");\n' > "$fixture/base/file_write.c"
printf ' * fopen(path) is an error here\n  loader = sn_loader_open(a); layout->open(b); sn_file_remove(c);\n' > "$fixture/cli/allowed.h"
found=$(check_files "$fixture" 2> /dev/null | cut -d: -f1,2 | tr '\n' ' ')
[ "$found" = "cli/rename.c:1 report/write.c:1 " ]
right=$?
[ "$right" -eq 0 ] || echo "found $found"
report files_check_finds_violations "$right"
exit "$status"
