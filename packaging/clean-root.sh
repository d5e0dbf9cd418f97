#!/bin/sh
# clean-root.sh TARBALL SUITE MIRROR FOLDER: what is shipped, tried in two fresh systems of that suite, FOLDER/build and
# FOLDER/run, which are made by debootstrap where they are absent: `make install` and the shortest example, Debian packages
# built, looked at by lintian, installed and removed without a trace, and the program with one file beside it. Needs root
# and the mirror.
#
#     make dist
#     sudo sh packaging/clean-root.sh build/simplenet-VERSION.tar.gz bookworm "$MIRROR" debian12
#
# Where debootstrap does not know a suite, or has no key for it: DEBOOTSTRAP="--no-check-gpg", SCRIPT=/usr/share/…/gutsy.
set -eu
tarball=$1 suite=$2 mirror=$3 folder=$4
name=$(basename "$tarball" .tar.gz)

step() { printf '\n==== %s\n' "$*"; }

# fresh ROOT: a system with nothing but its base
fresh() {
  if [ ! -e "$1/etc/os-release" ]; then
    components=main
    case $mirror in *ubuntu*) components=main,universe ;; esac
    # shellcheck disable=SC2086 # options are several words
    debootstrap --variant=minbase --components=$components ${DEBOOTSTRAP:-} "$suite" "$1" "$mirror" ${SCRIPT:-} > "$1.log" 2>&1
  fi
  mountpoint -q "$1/proc" || mount -t proc proc "$1/proc"
  mountpoint -q "$1/dev" || mount --bind /dev "$1/dev"
  cp /etc/resolv.conf "$1/etc/resolv.conf"
  rm -rf "$1/tmp/simplenet" && mkdir -p "$1/tmp/simplenet"
}

leave() { for root in build run; do umount "$folder/$root/dev" "$folder/$root/proc" 2> /dev/null || true; done; }
trap leave EXIT

# inside ROOT: what standard input says, in the folder of the files
inside() { chroot "$1" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive NAME="$name" JOBS="${JOBS:-$(nproc)}" sh -eu -c 'cd /tmp/simplenet && . /dev/stdin'; }

mkdir -p "$folder"
step "two fresh systems: $suite"
fresh "$folder/build"
fresh "$folder/run"
cp "$tarball" "$folder/build/tmp/simplenet/"

step "packages to build with"
inside "$folder/build" << 'inside'
tar -xzf "$NAME.tar.gz" -C /tmp/simplenet
apt-get update -q > /dev/null
apt-get install -qy --no-install-recommends build-essential debhelper lintian man-db $(sed -n 's/^packages="\(.*\)"/\1/p' "$NAME/install-dependencies.sh") > /tmp/simplenet/apt.log
. /etc/os-release && echo "$PRETTY_NAME, $(gcc --version | head -1)"
inside

step "make install-strip, and the shortest example by pkg-config"
inside "$folder/build" << 'inside'
cd "$NAME"
make -j"$JOBS" > ../make.log 2>&1 || { tail -20 ../make.log; exit 1; }
make install-strip PREFIX=/usr/local >> ../make.log 2>&1
ls -l /usr/local/bin/simplenet /usr/local/lib/libsimplenet.so.* | awk '{ print $5, $9 }'
simplenet generate /tmp/simplenet/data --size 96 --train 12 --test-good 3 --per-defect 2 > /dev/null
cd /tmp/simplenet
simplenet train --data data --category gear --backbone embedded --resize 96 --crop 96 --hidden 32 --epochs 3 --seed 1 \
  --calibrate-share 0.4 --false-alarms 0.2 --threads 1 --out plain > train.log 2>&1
simplenet export --model plain/gear/model.safetensors detector.safetensors > /dev/null
cc $NAME/examples/detect.c $(pkg-config --cflags --libs simplenet) -o detect
./detect detector.safetensors data/gear/test/dent/000.png
simplenet predict --model detector.safetensors --out plain-scores data/gear/test > /dev/null 2>&1 || [ $? -eq 3 ]
cp /usr/local/bin/simplenet simplenet-plain
cd "$NAME"
make uninstall PREFIX=/usr/local > /dev/null
if find /usr/local -name '*simplenet*' | grep .; then echo "make uninstall leaves files"; exit 1; fi
rm -rf build
inside

step "make deb, lintian"
inside "$folder/build" << 'inside'
DEB_BUILD_OPTIONS="parallel=$JOBS" sh "$NAME/packaging/deb.sh" "$NAME.tar.gz" deb > deb.log 2>&1 || { tail -30 deb.log; exit 1; }
grep -E '^[0-9]+ passed' deb.log || true
cd deb
ls -l -- *.deb | awk '{ print $5, $9 }'
lintian --version
lintian --display-info --pedantic --fail-on warning,error ./*.changes
echo "lintian: no warning, no error"
inside

step "the packages in a system without compilers, sources and data"
cp "$folder"/build/tmp/simplenet/deb/simplenet_*.deb "$folder"/build/tmp/simplenet/deb/libsimplenet[0-9]*.deb "$folder/run/tmp/simplenet/"
cp "$folder"/build/tmp/simplenet/detect "$folder"/build/tmp/simplenet/simplenet-plain "$folder"/build/tmp/simplenet/detector.safetensors \
  "$folder/build/tmp/simplenet/plain-scores/scores.csv" "$folder/run/tmp/simplenet/"
cp -r "$folder/build/tmp/simplenet/data" "$folder/run/tmp/simplenet/"
rm -f "$folder"/run/tmp/simplenet/*-dbgsym*
inside "$folder/run" << 'inside'
list() { find / -xdev \( -path /tmp -o -path /proc -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache -o -path /var/lib/apt \) -prune -o -print | sort; }
apt-get update -q > /dev/null
apt-get install -qy --no-install-recommends man-db > apt.log
apt-get install -qy --no-install-recommends $(dpkg-deb -f simplenet_*.deb Depends | sed 's/|[^,]*//g; s/([^)]*)//g; s/,/ /g') >> apt.log
list > before
apt-get install -qy --no-install-recommends ./simplenet_*.deb ./libsimplenet*.deb >> apt.log 2>&1
command -v gcc || command -v python3 || echo "there is neither gcc nor python3"
simplenet --version
man simplenet-predict 2> /dev/null | head -4 || true
simplenet predict --model detector.safetensors --out packaged data/gear/test > /dev/null 2>&1 || [ $? -eq 3 ]
cmp packaged/scores.csv scores.csv
echo "scores of the package are those of the plain build, to the last bit"
./detect detector.safetensors data/gear/test/dent/000.png # which was built by pkg-config, with the package's library
simplenet train --data data --category gear --backbone embedded --resize 96 --crop 96 --hidden 32 --epochs 3 --seed 1 \
  --calibrate-share 0.4 --false-alarms 0.2 --threads 1 --out trained > /dev/null 2>&1
echo "generate, train, predict: well"
apt-get purge -qy simplenet 'libsimplenet*' >> apt.log 2>&1
list > after
diff before after
echo "removed without a trace"
inside

step "the program and one file, in a folder of their own"
inside "$folder/run" << 'inside'
mkdir alone
cp simplenet-plain alone/simplenet
cp detector.safetensors alone/
cp data/gear/test/dent/000.png alone/
rm -rf data packaged trained detect
cd alone
ls -l | awk 'NF > 2 { print $5, $9 }'
for time in 1 2 3; do
  start=$(date +%s%N)
  env -i ./simplenet predict --model detector.safetensors 000.png 2> /dev/null || [ $? -eq 3 ]
  echo "$((($(date +%s%N) - start) / 1000000)) ms, the first photograph included"
done
inside
step "everything passed"
