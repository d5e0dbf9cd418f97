#!/bin/sh
# The floors of docs/design.md: a file includes its own folder and the floors below it, nothing above and nothing beside.
# Prints every #include "..." that breaks this. Only cli/terminal.c prints on standard output and standard error,
# and only base/ opens, renames and removes files. Inside a folder no file calls another that calls it back, by whatever
# way: this is read from the objects of the build (BUILD, `build` unless it is set).
set -u

# Prints the violations in the tree under a folder; true when there are none.
check() {
  (cd "$1" && find . \( -path './build*' -o -path ./results \) -prune -o -name '*.[ch]' -print | sort | sed 's|^\./||' |
    xargs grep -n '^[ \t]*#[ \t]*include[ \t]*"' /dev/null) | awk '
    BEGIN {
      count = split("base backends tensor metrics=datasets autograd nn models/backbones plan onnx anomaly models tuning report api studies serve cli", floors, " ")
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
      # examples/framework and examples/course, which are not of the library alone
      if (n > 2 && (parts[2] == "framework" || parts[2] == "course")) return parts[1] "/framework"
      return parts[1]
    }
    function may_include(from, to) {
      if (from == to || from == "tests" || from == "bench" || from == "examples/framework") return 1
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
  (cd "$1" && find base backends tensor metrics datasets autograd nn plan onnx anomaly models tuning report api studies serve cli -name '*.[ch]' 2> /dev/null | sort |
    grep -v '^cli/terminal\.c$' | xargs grep -nE '(^|[^_[:alnum:]])(v?printf|puts|putchar|perror|stdout|stderr|STD(OUT|ERR)_FILENO) *[(,);]' /dev/null |
    grep -vE '^[^:]*:[0-9]*: *(/?\*|//)|format\(printf,') && return 1
  return 0
}

# Prints what opens, renames or removes a file outside base/, whose writer leaves nothing half written.
check_files() {
  (cd "$1" && find backends tensor metrics datasets autograd nn plan onnx anomaly models tuning report api studies serve cli -name '*.[ch]' 2> /dev/null | sort |
    xargs grep -nE '(^|[^_[:alnum:]>.])(fopen|freopen|creat|open|openat|mkstemp|tmpfile|rename|unlink|remove)\(' /dev/null |
    grep -vE '^[^:]*:[0-9]*: *(/?\*|//)|^cli/terminal\.c:|^backends/cuda_library\.c:') && return 1
  return 0
}

# Prints the calls that close a circle between files of one folder, its sub-folders included; true when there are none.
# Standard input: `nm -A -g` of objects. A file that is compiled once for each instruction set counts once.
check_circles() {
  awk '
    {
      file = $1
      sub(/:.*/, "", file)
      sub(/(\.[a-z0-9_]*)?\.o$/, ".c", file)
      if ($(NF - 1) ~ /^[Uvw]$/) uses[file, $NF] = 1
      else home[$NF] = file
    }
    function folder_of(path) { sub(/\/.*/, "", path); return path }
    function reaches(from, goal,    stack, depth, seen, file, called, count, i) {
      stack[depth = 1] = from
      while (depth > 0) {
        file = stack[depth--]
        if (file == goal) return 1
        if (seen[file]++) continue
        count = split(calls[file], called, " ")
        for (i = 1; i <= count; i++) stack[++depth] = called[i]
      }
      return 0
    }
    END {
      for (use in uses) {
        split(use, part, SUBSEP)
        to = home[part[2]]
        if (to == "" || to == part[1] || folder_of(to) != folder_of(part[1])) continue
        calls[part[1]] = calls[part[1]] " " to
        edge[part[1], to] = part[2]
      }
      for (call in edge) {
        split(call, part, SUBSEP)
        if (!reaches(part[2], part[1])) continue
        print part[1] ": calls " edge[call] " of " part[2] ", which calls it back"
        bad = 1
      }
      exit bad
    }'
}

# The objects of the floors that are held to this, for the sources there are; older ones may be left in the build.
objects() {
  find base backends tensor metrics datasets autograd nn plan onnx -name '*.c' | sort | while read -r source; do
    ls "$1/${source%.c}.o" "$1/${source%.c}".*.o 2> /dev/null
  done | sed "s|^$1/||"
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

# A file named like an option is what some program wrote by mistake.
stray=$(find . -maxdepth 1 -name '-*')
[ -z "$stray" ] || echo "$stray"
[ -z "$stray" ]
report no_file_is_named_like_an_option $?

build=${BUILD:-build}
if [ -f "$build/base/error.o" ]; then
  objects "$build" | (cd "$build" && xargs nm -A -g) | check_circles
  report no_file_calls_back_its_caller $?
else
  echo "skip: circles between files: nothing is built in $build"
fi

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

# a calls b calls c calls a; below it d, which only is called; across folders, and in one file, nothing is a circle.
found=$(check_circles << 'symbols'
nn/a.o:0000000000000000 T sn_a
nn/a.o:                 U sn_b
nn/a.o:                 U sn_d
nn/sub/b.avx2.o:0000000000000000 T sn_b
nn/sub/b.avx2.o:                 w sn_c
nn/c.o:0000000000000000 D sn_c
nn/c.o:                 U sn_a
nn/d.o:0000000000000000 T sn_d
nn/d.o:                 U sn_e
plan/e.o:0000000000000000 T sn_e
plan/e.o:                 U sn_d
plan/e.o:                 U sn_e
symbols
)
[ "$(echo "$found" | cut -d: -f1 | sort | tr '\n' ' ')" = "nn/a.c nn/c.c nn/sub/b.c " ]
right=$?
[ "$right" -eq 0 ] || echo "found $found"
report circles_check_finds_circles "$right"
exit "$status"
