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
# what is built stays as it is, with whatever flags (-o)
env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -o build/flags install DESTDIR="$to" PREFIX=/opt/simplenet > "$fixture/made" 2>&1 ||
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
  expect 0 "$prefix/bin/simplenet" generate --size 64 --train 6 --test-good 1 --per-defect 1 "$fixture/data"
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

# The detector of the test above, calibrated on its good photographs, so that there are verdicts.
examples_are_built_and_run() {
  [ -s "$fixture/model.safetensors" ] || fail "there is no model"
  expect 0 "$prefix/bin/simplenet" calibrate --model "$fixture/model.safetensors" --out "$fixture/detector.safetensors" \
    "$fixture/data/gear/train/good"
  for example in detect camera watch fit; do
    expect 0 gcc -std=c11 -D_DEFAULT_SOURCE -pthread -Wall -Wextra -Wconversion -Werror $(flags --cflags) "examples/$example.c" \
      -o "$fixture/$example" $(flags --libs)
  done
  LD_LIBRARY_PATH=$prefix/lib
  export LD_LIBRARY_PATH
  photograph=$fixture/data/gear/test/good/000.png
  expect 0 "$fixture/detect" "$fixture/detector.safetensors" "$photograph"
  out_matches "$photograph: -*[0-9.]* \(good\|defective\)$"
  cp "$fixture/out" "$fixture/expected"
  expect 1 "$fixture/detect" "$fixture/detector.safetensors" "$photograph" absent.png
  err_says absent.png
  expect 0 "$fixture/camera" "$fixture/detector.safetensors" 5 2
  out_matches '^10 frames in .* latency in ms: median '
  expect 1 "$fixture/camera" absent.safetensors 1
  expect 0 "$fixture/fit" "$fixture/data/gear/train/good" "$fixture/fitted.safetensors"
  out_says "$fixture/fitted.safetensors: "
  expect 0 "$fixture/detect" "$fixture/fitted.safetensors" "$photograph"
  expect 1 "$fixture/fit" absent "$fixture/fitted.safetensors"
  err_says absent
  command -v python3 > /dev/null || { echo "skip: Python: there is no python3"; return; }
  expect 0 env LIBSIMPLENET="$prefix/lib/libsimplenet.so.1" python3 examples/detect.py "$fixture/detector.safetensors" \
    "$photograph"
  cmp -s "$fixture/out" "$fixture/expected" || fail "Python says something else"
}

# One file is written where it is watched, slowly; one is moved there.
a_folder_is_watched() {
  mkdir "$fixture/inbox"
  LD_LIBRARY_PATH=$prefix/lib timeout 60 "$fixture/watch" "$fixture/detector.safetensors" "$fixture/inbox" 2 \
    > "$fixture/out" 2> "$fixture/err" &
  watcher=$!
  for _ in $(seq 100); do grep -q watching "$fixture/err" && break; sleep 0.1; done
  photograph=$fixture/data/gear/test/good/000.png
  { head -c 1000 "$photograph"; sleep 0.3; tail -c +1001 "$photograph"; } > "$fixture/inbox/slow.png"
  cp "$photograph" "$fixture/moved.png"
  mv "$fixture/moved.png" "$fixture/inbox"
  wait "$watcher" || fail "the watcher's status is $?"
  [ "$(grep -c -e ': -*[0-9.]* \(good\|defective\)' "$fixture/out")" -eq 2 ] || fail "not two verdicts"
  [ "$(sed 's/.*: //' "$fixture/out" | sort -u | wc -l)" -eq 1 ] || fail "two verdicts on one photograph"
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

# As packages have it.
stripped_and_elsewhere() {
  expect 0 env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -o build/flags install-strip DESTDIR="$fixture/slim" PREFIX=/usr \
    LIBDIR=/usr/lib/triplet
  [ "$(find "$fixture/slim/usr/lib" ! -type d ! -path '*/triplet/*' | wc -l)" -eq 0 ] || fail "libraries beside LIBDIR"
  grep -q -x 'libdir=${prefix}/lib/triplet' "$fixture/slim/usr/lib/triplet/pkgconfig/simplenet.pc" || fail "simplenet.pc"
  ! readelf -S "$fixture/slim/usr/bin/simplenet" "$fixture/slim/usr/lib/triplet/libsimplenet.so" | grep -q -e '\.debug_' -e '\.symtab' ||
    fail "there is something left for debuggers"
  expect 0 "$fixture/slim/usr/bin/simplenet" --version
  nm -g --defined-only "$fixture/slim/usr/lib/triplet/libsimplenet.a" | sed -n 's/.* [A-Z] //p' | sort > "$fixture/names"
  declared | cmp -s - "$fixture/names" || fail "the static library has other names"
  expect 0 env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make uninstall DESTDIR="$fixture/slim" PREFIX=/usr LIBDIR=/usr/lib/triplet
  [ "$(find "$fixture/slim" ! -type d | wc -l)" -eq 0 ] || fail "make uninstall leaves files"
}

run_test only_declared_names_are_public
run_test the_shared_library_has_its_name
run_test a_program_is_built_and_runs
run_test examples_are_built_and_run
run_test a_folder_is_watched
run_test every_command_has_a_page
run_test nothing_is_left
run_test stripped_and_elsewhere
[ "$failures" -eq 0 ]
