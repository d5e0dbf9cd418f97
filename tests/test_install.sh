#!/bin/sh
# make install: everything is where it belongs, only what simplenet.h declares can be linked with, and a program is built
# by what pkg-config says and runs, with both libraries, in C and C++.
set -u
. tests/support/script.sh
BUILD=${BUILD:-build}

if [ "$BUILD" != build ] || is_sanitized; then
  skip_test installation "it is tested as it is released: built by gcc into build/, without sanitizers"
  exit 0
fi

to=$fixture/to
env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make install DESTDIR="$to" PREFIX=/opt/simplenet > "$fixture/made" 2>&1 ||
  { tail -n 20 "$fixture/made"; echo "[  FAILED  ] make install"; exit 1; }
prefix=$to/opt/simplenet
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH

# flags OPTION...: what pkg-config says, as if the files were not below DESTDIR
flags() { pkg-config --define-variable=prefix="$prefix" "$@" simplenet; }

declared() { sed -n 's/^SN_PUBLIC .*[ *]\(sn_[a-z_]*\)(.*/\1/p' simplenet.h | sort; }

only_declared_names_are_public() {
  declared > "$fixture/declared"
  [ "$(wc -l < "$fixture/declared")" -ge 6 ] || fail "simplenet.h declares too little"
  nm -D --defined-only "$prefix/lib/libsimplenet.so" | sed 's/.* //' | sort > "$fixture/shared"
  nm -g --defined-only "$prefix/lib/libsimplenet.a" | sed -n 's/.* [A-Z] //p' | sort > "$fixture/static"
  for library in shared static; do
    diff "$fixture/declared" "$fixture/$library" > "$fixture/out" || fail "the $library library has other names"
  done
}

the_shared_library_has_its_name() {
  version=$(flags --modversion)
  [ "$(readlink "$prefix/lib/libsimplenet.so.1")" = "libsimplenet.so.$version" ] || fail "libsimplenet.so.1 is no link"
  readelf -d "$prefix/lib/libsimplenet.so" > "$fixture/out"
  out_matches 'SONAME.*\[libsimplenet\.so\.1\]'
}

# The program of simplenet.h's first lines.
write_program() {
  sed -n '/^ \*     #include/,/^ \*     }/s/^ \*     //p' simplenet.h > "$fixture/program.c"
  grep -q sn_detector_close "$fixture/program.c" || fail "simplenet.h begins with no program"
}

model() {
  expect 0 "$prefix/bin/simplenet" generate --size 64 --train 4 --test-good 1 --per-defect 1 "$fixture/data"
  expect 0 "$prefix/bin/simplenet" train --data "$fixture/data" --category gear --backbone embedded --resize 64 --crop 64 \
    --epochs 2 --out "$fixture/run"
  cp "$fixture/run/gear/model.safetensors" "$fixture/model.safetensors"
}

a_program_is_built_and_runs() {
  write_program
  model
  photograph=$fixture/data/gear/test/good/000.png
  # the words are several on purpose
  expect 0 gcc -Wall -Wextra -Werror $(flags --cflags) "$fixture/program.c" -o "$fixture/shared" $(flags --libs)
  expect 0 env LD_LIBRARY_PATH="$prefix/lib" "$fixture/shared" "$fixture/model.safetensors" "$photograph"
  out_says "$photograph: "
  cp "$fixture/out" "$fixture/expected"
  expect 0 gcc $(flags --cflags) "$fixture/program.c" -o "$fixture/static" "$prefix/lib/libsimplenet.a" \
    $(flags --static --libs-only-l | sed 's/-lsimplenet//')
  expect 0 "$fixture/static" "$fixture/model.safetensors" "$photograph"
  cmp -s "$fixture/out" "$fixture/expected" || fail "the static library says something else"
  ! readelf -d "$fixture/static" | grep -q libsimplenet || fail "it is not linked statically"
  command -v g++ > /dev/null || { echo "skip: C++: there is no g++"; return; }
  expect 0 g++ -x c++ -Wall -Wextra -Werror $(flags --cflags) "$fixture/program.c" -o "$fixture/cpp" $(flags --libs)
  expect 0 env LD_LIBRARY_PATH="$prefix/lib" "$fixture/cpp" "$fixture/model.safetensors" "$photograph"
  cmp -s "$fixture/out" "$fixture/expected" || fail "C++ says something else"
}

every_command_has_a_page() {
  pages=$prefix/share/man
  "$prefix/bin/simplenet" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' > "$fixture/commands"
  [ "$(wc -l < "$fixture/commands")" -ge 12 ] || fail "--help lists too few commands"
  while read -r command; do
    page=$pages/man1/simplenet-$command.1
    [ -s "$page" ] || fail "$command has no page"
    "$prefix/bin/simplenet" "$command" --help | sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p' | while read -r option; do
      grep -q -F -e "$(echo "$option" | sed 's/-/\\-/g')" "$page" || fail "$page lacks $option"
    done || exit 1
  done < "$fixture/commands"
  command -v groff > /dev/null || { echo "skip: the pages' form: there is no groff"; return; }
  for page in "$pages"/man1/*.1 "$pages"/man3/*.3; do
    expect 0 groff -man -Tutf8 -ww "$page"
    [ ! -s "$fixture/err" ] || fail "$page"
  done
}

nothing_is_left() {
  expect 0 env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make uninstall DESTDIR="$to" PREFIX=/opt/simplenet
  find "$to" ! -type d > "$fixture/out"
  [ ! -s "$fixture/out" ] || fail "make uninstall leaves files"
}

run_test only_declared_names_are_public
run_test the_shared_library_has_its_name
run_test a_program_is_built_and_runs
run_test every_command_has_a_page
run_test nothing_is_left
[ "$failures" -eq 0 ]
