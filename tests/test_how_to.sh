#!/bin/sh
# The commands of docs/how-to that need no change of the sources, run as they stand there, page after page
# (tests/test_adding.sh has the others). They name build/simplenet, so they are run where that is what is tested.
set -u
. tests/support/script.sh

pages="docs/how-to/train-on-your-own-photographs.md docs/how-to/why-a-score-is-wrong.md docs/how-to/get-the-papers-numbers.md"

pages_are_true() {
  # make's variables stay, so that a command `make ...` finds its build as it is.
  # shellcheck disable=SC2086
  expect 0 env -u MAKELEVEL python3 tests/docs/course.py $pages
  out_says " 0 stale"
}

every_page_is_listed() {
  for page in docs/how-to/*.md; do
    page=${page##*/}
    [ "$page" = README.md ] || grep -q "($page)" docs/how-to/README.md || fail "docs/how-to/README.md does not list $page"
  done
}

run_test every_page_is_listed
if [ "${BUILD%/}" != build ]; then
  skip_test pages_are_true "the build is in $BUILD, and the pages' commands are for build"
elif is_sanitized; then
  skip_test pages_are_true "a program with a sanitizer takes ten times as long"
elif ! command -v python3 > /dev/null || ! command -v bash > /dev/null; then
  skip_test pages_are_true "there is no python3 or no bash"
else
  run_test pages_are_true
fi
[ "$failures" -eq 0 ]
