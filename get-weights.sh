#!/bin/sh
# get-weights.sh [NAME...]: downloads torchvision's ImageNet weights (IMAGENET1K_V1) of the networks named, or of all.
# A NAME may also be a whole file name, NETWORK-SHA256PREFIX.pth. What has come of an interrupted download is kept, and
# the same command goes on with it. A file takes its name only when it has the sum below; where there is none, when its
# SHA-256 begins as the name says.
#
#   WEIGHTS=folder      where to (weights)
#   BASE_URL=url        where from (https://download.pytorch.org/models)
set -eu
base_url=${BASE_URL:-https://download.pytorch.org/models}
folder=${WEIGHTS:-weights}
# Sums of the whole files: SHA-256, and of the last one SHA-512, which is the one that is published of it.
sums="resnet18-f37072fd.pth f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec
resnet34-b627a593.pth b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f
resnet50-0676ba61.pth 0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a
resnet101-63fe2227.pth 63fe2227b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a
resnet152-394f9c45.pth 394f9c45966e3651a89bbb78a48410a6755854ce4a5ab64927cf1c7247f85e58
wide_resnet50_2-95faca4d.pth 95faca4d11227dddf8633dbb5ff6c8a9003c1aa5b8945c73834b8007b10950b8
wide_resnet101_2-32ee1156.pth 32ee11565f95f2f07223b243ada444a6457c4b90a88e6e293922813faf6dfd06
resnext50_32x4d-7cdf4587.pth 15c9f0bc1c8d64750712f86ffaded3b0bc6a87e77a395dcda3013d8af65b7ebf\
3ca1c24dd3aae60c0d83e510b4d27731f0526b6f9392c0a85ffc18e5fecd8a13"
files=$(echo "$sums" | cut -d ' ' -f 1)
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

sum_of() { # file name -> its SHA-256 or SHA-512, or the beginning of the first
  sum=$(echo "$sums" | awk -v name="$1" '$1 == name { print $2 }')
  prefix=${1%.pth}
  echo "${sum:-${prefix##*-}}"
}

is_right() { # path, file name
  [ -f "$1" ] || return 1
  sum=$(sum_of "$2") bits=256
  if [ ${#sum} -eq 128 ]; then bits=512; fi
  [ "$("sha${bits}sum" < "$1" | cut -c "1-${#sum}")" = "$sum" ]
}

# download FILE OPTIONS...: curl's status; $answer is the server's, 000 without one. What has come stays in any case.
download() {
  file=$1
  shift
  status_of_curl=0
  answer=$(curl --fail --location --proto "$protocols" --retry 3 --connect-timeout 30 --write-out '%{http_code}' \
    ${quiet:+--silent --show-error} "$@" --output "$folder/$file.part" "$base_url/$file") || status_of_curl=$?
  return "$status_of_curl"
}

cannot_download() { # file name
  if [ -s "$folder/$1.part" ]; then
    complain "$base_url/$1 cannot be downloaded; $folder/$1.part is kept, and the same command goes on with it"
  else
    complain "$base_url/$1 cannot be downloaded"
  fi
  return 1
}

# Goes on with what is there. It begins again only when the server has answered that it cannot go on there, or when all
# has come and it is another file; until the first bytes of that have come, what was there stays.
fetch() { # file name
  if [ ! -s "$folder/$1.part" ]; then
    download "$1" || cannot_download "$1"
    return
  fi
  if download "$1" --continue-at -; then
    if is_right "$folder/$1.part" "$1"; then return; fi
  elif [ "$answer" != 416 ] && [ "$status_of_curl" != 33 ]; then # 33: no ranges
    cannot_download "$1"
    return
  fi
  complain "$folder/$1.part does not go on as $base_url/$1 does: it is downloaded anew"
  download "$1" || cannot_download "$1"
}

get() { # file name
  path=$folder/$1
  if is_right "$path" "$1"; then
    echo "$path is there"
    return 0
  fi
  if ! is_right "$path.part" "$1"; then
    echo "$base_url/$1"
    fetch "$1" || return 1
  fi
  if ! is_right "$path.part" "$1"; then
    rm -f "$path.part"
    sum=$(sum_of "$1")
    case ${#sum} in
      64) expected="SHA-256 is not $sum" ;;
      128) expected="SHA-512 is not $sum" ;;
      *) expected="SHA-256 does not begin with $sum" ;;
    esac
    complain "$base_url/$1: its $expected; nothing is kept of it"
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
