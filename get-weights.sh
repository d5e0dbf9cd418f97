#!/bin/sh
# get-weights.sh [NAME...]: downloads torchvision's ImageNet weights (IMAGENET1K_V1) of the networks named, or of all.
# A NAME may also be a whole file name, NETWORK-SHA256PREFIX.pth. An interrupted download goes on with the same command,
# and a file takes its name only when its SHA-256 begins as the name says.
#
#   WEIGHTS=folder      where to (weights)
#   BASE_URL=url        where from (https://download.pytorch.org/models)
set -eu
base_url=${BASE_URL:-https://download.pytorch.org/models}
folder=${WEIGHTS:-weights}
files="resnet18-f37072fd.pth resnet34-b627a593.pth resnet50-0676ba61.pth resnet101-63fe2227.pth resnet152-394f9c45.pth
wide_resnet50_2-95faca4d.pth wide_resnet101_2-32ee1156.pth resnext50_32x4d-7cdf4587.pth"
case $base_url in
  https://*) protocols='=https' ;; # a redirection must not lead elsewhere
  *) protocols='=https,http,file' ;;
esac

complain() {
  echo "get-weights.sh: $*" >&2
}

file_of() { # network or file name -> file name
  case $1 in
    */*) return 1 ;;
    *-????????.pth) echo "$1" && return ;;
  esac
  for file in $files; do
    if [ "${file%-*}" = "$1" ]; then echo "$file" && return; fi
  done
  return 1
}

is_right() { # path, file name
  prefix=${2%.pth}
  [ -f "$1" ] && [ "$(sha256sum < "$1" | cut -c 1-8)" = "${prefix##*-}" ]
}

download() { # file name; on failure what has come stays for the next time
  curl --fail --location --proto "$protocols" --retry 3 --connect-timeout 30 --continue-at - \
    ${quiet:+--silent --show-error} --output "$folder/$1.part" "$base_url/$1"
}

get() { # file name
  path=$folder/$1
  if is_right "$path" "$1"; then
    echo "$path is there"
    return 0
  fi
  resumed=
  if [ -s "$path.part" ]; then resumed=yes; fi
  if ! is_right "$path.part" "$1"; then
    echo "$base_url/$1"
    if ! download "$1" && [ -z "$resumed" ]; then
      complain "$base_url/$1 cannot be downloaded"
      return 1
    fi
    if [ -n "$resumed" ] && ! is_right "$path.part" "$1"; then
      complain "$path.part does not go on as $base_url/$1 does: it is downloaded anew"
      rm -f "$path.part"
      if ! download "$1"; then
        complain "$base_url/$1 cannot be downloaded"
        return 1
      fi
    fi
  fi
  if ! is_right "$path.part" "$1"; then
    rm -f "$path.part"
    complain "$base_url/$1: its SHA-256 does not begin with the digits in its name; nothing is kept of it"
    return 1
  fi
  mv "$path.part" "$path"
  echo "written: $path"
}

command -v curl > /dev/null || { complain "curl is missing: install it (apt-get install curl)"; exit 1; }
if [ ! -t 2 ]; then quiet=yes; fi
[ $# -gt 0 ] || set -- $files
mkdir -p "$folder"
status=0
for name in "$@"; do
  if file=$(file_of "$name"); then
    get "$file" || status=1
  else
    complain "there is no network '$name'; there are:" $(for file in $files; do echo "${file%-*}"; done)
    status=1
  fi
done
exit "$status"
