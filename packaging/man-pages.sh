#!/bin/sh
# man-pages.sh PROGRAM FOLDER: simplenet.1 and a page for each command, from what --help says, and simplenet.3 from
# simplenet.h. They are written when the program is installed, and so are never out of date.
set -eu
program=$1
folder=$2
version=$(sed -n 's/^#define SN_VERSION "\(.*\)"/\1/p' base/version.h)
mkdir -p "$folder/man1" "$folder/man3"

# begin NAME SECTION SUMMARY
begin() {
  printf '.TH "%s" %s "" "simplenet %s"\n.SH NAME\n%s \\- %s\n' \
    "$(echo "$1" | tr '[:lower:]' '[:upper:]')" "$2" "$version" "$1" "$3"
}

# Paragraphs and options of a help text, as roff. An option is on a line that begins with two spaces and --; what is
# further to the right goes on with it.
format() {
  awk '
    function text(line) {
      gsub(/\\/, "\\e", line)
      gsub(/-/, "\\-", line)
      return line ~ /^[.\047]/ ? "\\&" line : line
    }
    /^usage: / { sub(/^usage: /, ""); print ".SH SYNOPSIS\n" text($0) "\n.SH DESCRIPTION"; next }
    /^  --/ {
      if (!options++) print ".SH OPTIONS"
      sub(/^  /, "")
      end = match($0, /   *[^ ]/)
      print ".TP\n.B " text(end ? substr($0, 1, end - 1) : $0)
      if (end) { rest = substr($0, end); sub(/^ +/, "", rest); print text(rest) }
      next
    }
    /^$/ { print options ? "" : ".PP"; next }
    { sub(/^ +/, ""); print text($0) }
  '
}

"$program" --help | sed -n 's/^  \([a-z][a-z-]*\)  *\(.*\)/\1 \2/p' | while read -r command summary; do
  {
    begin "simplenet-$command" 1 "$summary"
    "$program" "$command" --help | format
    printf '.SH SEE ALSO\n.BR simplenet (1),\n.BR simplenet (3)\n'
  } > "$folder/man1/simplenet-$command.1"
done

{
  begin simplenet 1 "detect defects in photographs, having seen good ones only"
  printf '.SH SYNOPSIS\n.B simplenet\n.I COMMAND\n[options]\n.SH COMMANDS\n'
  "$program" --help | sed -n 's/^  \([a-z][a-z-]*\)  *\(.*\)/.TP\n.BR simplenet\\-\1 (1)\n\2/p'
  printf '.SH "EXIT STATUS"\n0: success; 1: failure; 2: wrong usage; 3: a photograph is defective (predict); 130: interrupted.\n'
  printf '.SH "SEE ALSO"\n.BR simplenet (3)\n'
} > "$folder/man1/simplenet.1"

{
  begin simplenet 3 "C library that detects defects in photographs"
  printf '.SH SYNOPSIS\n.nf\n#include <simplenet.h>\ncc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs simplenet)\n.fi\n'
  printf '.SH DESCRIPTION\n.nf\n'
  sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\\&&/" simplenet.h
  printf '.fi\n.SH "SEE ALSO"\n.BR simplenet (1)\n'
} > "$folder/man3/simplenet.3"
