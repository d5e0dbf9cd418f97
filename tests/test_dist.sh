#!/bin/sh
# A release: the tarball of `make dist`, that it builds by itself, and that one version stands everywhere. The packages are
# built by `make deb` and packaging/clean-root.sh, which need debhelper and root.
set -u
. tests/support/script.sh
BUILD=${BUILD:-build}
version=$(sed -n 's/^#define SN_VERSION "\(.*\)"/\1/p' base/version.h)
make_here() { env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make "$@"; }

one_version_stands_everywhere() {
  echo "$version" | grep -q -x '[0-9]*\.[0-9]*\.[0-9]*' || fail "'$version' is no version"
  expect 0 "$SIMPLENET" --version
  out_says "simplenet $version"
  [ "$(sed -n 's/^#define SN_VERSION "\(.*\)"/\1/p' simplenet.h)" = "$version" ] || fail "simplenet.h has another"
  first=$(sed -n 's/^## \[\([0-9.]*\)\] - .*/\1/p' CHANGELOG.md | head -n 1)
  [ "$first" = "$version" ] || fail "CHANGELOG.md begins with $first"
  date=$(sed -n "s/^## \[$version\] - //p" CHANGELOG.md)
  [ "$(date -u -d "$date" +%Y-%m-%d)" = "$date" ] || fail "CHANGELOG.md: '$date' is no date"
  # nowhere else: what is packed and installed reads it there
  ! grep -rn -F -e "$version" Makefile mk packaging || fail "a version is written a second time"
}

what_is_no_release_is_told() {
  mkdir "$fixture/bare"
  cp -r Makefile mk base simplenet.h "$fixture/bare"
  ! (cd "$fixture/bare" && GIT_CEILING_DIRECTORIES=$fixture make_here dist) > "$fixture/out" 2> "$fixture/err" || fail "a tarball of nothing"
  err_says 'make dist: this folder is not one that git keeps the sources in'
  [ ! -e "$fixture/bare/build" ] || fail "something was written"
}

is_kept_by_git() { [ -z "$(git rev-parse --show-prefix 2>&1)" ]; }

the_tarball_is_the_same_twice() {
  is_kept_by_git || { echo "skip: make dist: git does not keep the sources here"; return; }
  for time in first second; do
    expect 0 make_here dist BUILD="$fixture/$time"
    sleep 1
  done
  cmp "$fixture/first/simplenet-$version.tar.gz" "$fixture/second/simplenet-$version.tar.gz" || fail "other bytes"
  tar -tzf "$fixture/first/simplenet-$version.tar.gz" | sed -n "s|^simplenet-$version/\(.*[^/]\)$|\1|p" | sort > "$fixture/packed"
  git ls-tree -r --name-only HEAD | sort | cmp - "$fixture/packed" || fail "other files than are committed"
  ! tar -tvzf "$fixture/first/simplenet-$version.tar.gz" | cut -c 6,9 | grep -q w || fail "others may write"
}

# Without optimisation, which would take most of the time; a folder without git, whose name has a space in it.
the_tarball_builds() {
  is_kept_by_git || { echo "skip: building the tarball: git does not keep the sources here"; return; }
  mkdir "$fixture/an unpacked"
  tar -xzf "$fixture/first/simplenet-$version.tar.gz" -C "$fixture/an unpacked"
  cd "$fixture/an unpacked/simplenet-$version" || fail "no folder"
  expect 0 make_here -j"$(nproc)" CFLAGS=-O0 CPU_OPTIMISE=-O0 check
  out_matches '^[0-9]* passed, 0 failed'
  expect 0 build/simplenet --version
  # what was built is not built again, unless the flags are others
  make_here -j"$(nproc)" CFLAGS=-O0 CPU_OPTIMISE=-O0 build/base/error.o > "$fixture/out"
  ! grep -q '^cc ' "$fixture/out" || fail "it is built again"
  make_here WERROR=1 CFLAGS=-O0 CPU_OPTIMISE=-O0 build/base/error.o > "$fixture/out"
  ! grep -q '^cc ' "$fixture/out" || fail "it is built again, where warnings are errors"
  make_here CFLAGS='-O0 -g' CPU_OPTIMISE=-O0 build/base/error.o build/backends/cpu/tile.portable.o > "$fixture/out"
  grep -q '^cc base/error.c' "$fixture/out" && grep -q '^cc backends/cpu/tile.c' "$fixture/out" || fail "other flags, and the old object"
}

run_test one_version_stands_everywhere
run_test what_is_no_release_is_told
if [ "$BUILD" != build ] || is_sanitized; then
  skip_test tarball "it is tested as it is released: built by gcc into build/, without sanitizers"
else
  run_test the_tarball_is_the_same_twice
  run_test the_tarball_builds
fi
[ "$failures" -eq 0 ]
