#!/bin/sh
# deb.sh TARBALL FOLDER: Debian packages of what `make dist` made: unpacked in a new FOLDER, packaging/debian filled in and
# put where dpkg-buildpackage looks for it. The version, its date, and the packages to build with come from where they
# are written once: base/version.h, CHANGELOG.md and install-dependencies.sh.
set -eu
tarball=$1 folder=$2
for tool in dpkg-buildpackage dh; do
  command -v $tool > /dev/null || { echo "make deb: there is no $tool: apt-get install build-essential debhelper" >&2; exit 1; }
done

rm -rf "$folder"
mkdir -p "$folder"
tar -xzf "$tarball" -C "$folder"
name=$(basename "$tarball" .tar.gz)
version=${name#simplenet-}
cp "$tarball" "$folder/simplenet_$version.orig.tar.gz"
cd "$folder/$name"

# A revision before Debian's own first one.
revision=0upstream1
maintainer="${DEBFULLNAME:-simplenet.c developers} <${DEBEMAIL:-nobody@simplenet.invalid}>"

cp -r packaging/debian debian
abi=${version%%.*}
# What the compiler and make come with is there wherever a package is built.
wanted=$(sed -n 's/^packages="\(.*\)"/\1/p' install-dependencies.sh | sed -e 's/^gcc make //' -e 's/libcmocka-dev/& <!nocheck>/' -e 's/ \([a-z]\)/, \1/g')
linked=$(echo "$wanted" | tr ',' '\n' | grep -v -e pkg-config -e openblas -e microhttpd -e stb -e cmocka | tr -d ' ' | paste -s -d , | sed 's/,/, /g')
sed -e "s/@ABI@/$abi/" -e "s/@BUILD_DEPENDS@/$wanted/" -e "s/@LIBRARY_DEPENDS@/$linked/" \
  -e "s|@MAINTAINER@|$maintainer|" debian/control.in > debian/control
rm debian/control.in
mv debian/library.install "debian/libsimplenet$abi.install"

date=$(sed -n "s/^## \[$version\] - //p" CHANGELOG.md)
[ -n "$date" ] || { echo "make deb: CHANGELOG.md has no date for $version" >&2; exit 1; }
{
  printf 'simplenet (%s) unstable; urgency=medium\n\n' "$version-$revision"
  printf '  * Release %s: see changelog.gz.\n\n' "$version"
  printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -d "$date" '+%a, %d %b %Y %H:%M:%S +0000')"
} > debian/changelog

dpkg-buildpackage -us -uc -b
cd ..
ls -- *.deb
