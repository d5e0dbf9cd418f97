#!/bin/sh
# install-dependencies.sh: installs the libraries that are missing, with apt-get, when that can be done without a
# question (root, or sudo without a password), and otherwise says exactly what to install.
# install-dependencies.sh --flags: installs nothing; prints how to compile and link with them as Makefile variables, or
# says what to install.
set -eu

modules="openblas spng libjpeg libtiff-4 libwebp libwebpdemux libcjson nettle zlib"
program_modules="libmicrohttpd" # of the program, and not of the library
packages="gcc make pkg-config libopenblas-dev libspng-dev libjpeg-dev libtiff-dev libwebp-dev libcjson-dev nettle-dev zlib1g-dev libmicrohttpd-dev libstb-dev libcmocka-dev"
install="apt-get install -y --no-install-recommends $packages"

complete() {
  command -v gcc > /dev/null && command -v pkg-config > /dev/null && pkg-config --exists $modules $program_modules cmocka &&
    printf '#include <stb/stb_image_write.h>\n' | gcc -E -x c - > /dev/null 2>&1
}

say_what_is_missing() { # and what to type instead of the line that it prints, if there is such a thing
  if command -v apt-get > /dev/null; then
    printf 'Libraries are missing. Install them%s:\n\n    sudo %s\n\n' "$1" "$install" >&2
  else
    echo "Libraries are missing. Install what Debian calls: $packages" >&2
  fi
  exit 1
}

if [ "${1:-}" = --flags ]; then
  complete || say_what_is_missing " with \`make deps\`, or with"
  # System headers are not ours to mend: -isystem keeps their warnings out.
  echo "DEPENDENCY_FLAGS = $(pkg-config --cflags-only-I $modules $program_modules | sed 's/-I/-isystem /g')"
  # OpenBLAS is opened by the program itself (backends/cpu/blas.h).
  linked=$(echo "$modules" | sed 's/openblas //')
  echo "DEPENDENCY_MODULES = $linked"
  echo "DEPENDENCY_LIBRARIES = $(pkg-config --libs $linked)"
  echo "PROGRAM_LIBRARIES = $(pkg-config --libs $program_modules)"
elif ! complete; then
  command -v apt-get > /dev/null || say_what_is_missing ""
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
    as_root=sudo
  else
    say_what_is_missing " and run make again"
  fi
  echo "installing: $packages" >&2
  $as_root apt-get update >&2
  DEBIAN_FRONTEND=noninteractive $as_root $install >&2
  complete || { echo "Libraries are still missing after: $install" >&2; exit 1; }
fi
