#!/bin/sh
# The Makefile where libraries are missing: make says what to install and installs nothing, and only deps, demo and test
# call the package manager. The commands that look for libraries and install them are stand-ins.
set -u
. tests/support/script.sh

# There is no library, and whoever is asked to install one writes that down.
mkdir "$fixture/bin"
printf '#!/bin/sh\nexit 1\n' > "$fixture/bin/pkg-config"
printf '#!/bin/sh\necho "$*" >> "%s/calls"\nexit 1\n' "$fixture" | tee "$fixture/bin/apt-get" > "$fixture/bin/sudo"
chmod +x "$fixture"/bin/*

# build STATUS GOAL...
build() {
  wanted=$1
  shift
  rm -f "$fixture/calls"
  env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS PATH="$fixture/bin:$PATH" make BUILD="$fixture/build" "$@" > "$fixture/out" 2>&1
  got=$?
  [ "$got" -eq "$wanted" ] || fail "status $got, expected $wanted: make $*"
}

make_installs_nothing() {
  for goal in all bench-programs pretrain mvtec-all; do
    build 2 "$goal"
    [ ! -e "$fixture/calls" ] || fail "make $goal called: $(cat "$fixture/calls")"
    grep -q 'make deps' "$fixture/out" || fail "make $goal does not name make deps"
    grep -q 'apt-get install .*libspng-dev' "$fixture/out" || fail "make $goal does not say what to install"
  done
  build 0 clean
}

deps_demo_and_test_install() {
  for goal in deps demo test; do
    build 2 "$goal"
    [ -e "$fixture/calls" ] || fail "make $goal installs nothing"
  done
}

run_test make_installs_nothing
run_test deps_demo_and_test_install
[ "$failures" -eq 0 ]
