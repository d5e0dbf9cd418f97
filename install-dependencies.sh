#!/bin/sh
# Makes sure that the libraries are there: installs what is missing with apt-get when that can be done without a
# question (root, or sudo without a password), and otherwise says exactly what to install. Prints Makefile variables.
set -eu

modules="openblas spng libjpeg libtiff-4 libwebp libwebpdemux libcjson nettle zlib"
packages="gcc make pkg-config libopenblas-dev libspng-dev libjpeg-dev libtiff-dev libwebp-dev libcjson-dev nettle-dev zlib1g-dev libstb-dev libcmocka-dev"

complete() {
  command -v gcc > /dev/null && command -v pkg-config > /dev/null && pkg-config --exists $modules cmocka &&
    printf '#include <stb/stb_image_write.h>\n' | gcc -E -x c - > /dev/null 2>&1
}

if ! complete; then
  install="apt-get install -y --no-install-recommends $packages"
  if ! command -v apt-get > /dev/null; then
    echo "Libraries are missing. Install what Debian calls: $packages" >&2
    exit 1
  elif [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
    as_root=sudo
  else
    printf 'Libraries are missing. Install them and run make again:\n\n    sudo %s\n\n' "$install" >&2
    exit 1
  fi
  echo "installing: $packages" >&2
  $as_root apt-get update >&2
  DEBIAN_FRONTEND=noninteractive $as_root $install >&2
  complete || { echo "Libraries are still missing after: $install" >&2; exit 1; }
fi

# System headers are not ours to mend: -isystem keeps their warnings out.
echo "DEPENDENCY_FLAGS = $(pkg-config --cflags-only-I $modules | sed 's/-I/-isystem /g')"
# OpenBLAS is opened by the program itself (backends/cpu/blas.h).
echo "DEPENDENCY_LIBRARIES = $(pkg-config --libs $(echo "$modules" | sed 's/openblas//'))"
