# awk -v root=FOLDER -v recipe=TITLE -f apply.awk docs/adding.md: applies one section of the page to the sources in a
# folder. The paragraph before a block ends with its file, "`path`:", which must be new, or with the place after which
# it goes, "`path`, after `text`:", where exactly one line holds the text. Prints the files and how many lines each got.

function give_up(words) {
  print "docs/adding.md: " words > "/dev/stderr"
  failed = 1
  exit 1
}

function apply(    found, count, lines, file, folder, parts, line, result) {
  if (!match(paragraph, /`[^`]+`(, after `[^`]+`)?:$/)) give_up("no file is named before the block:\n" block)
  count = split(substr(paragraph, RSTART, RLENGTH), parts, "`")
  file = root "/" parts[2]
  if (count == 3) {
    if ((getline line < file) >= 0) give_up(parts[2] " is not new")
    folder = file
    sub(/[^\/]*$/, "", folder)
    system("mkdir -p '" folder "'")
    result = block
  } else {
    while ((getline line < file) > 0) {
      result = result line "\n"
      if (index(line, parts[4])) found++
      if (index(line, parts[4])) result = result block
    }
    if (found != 1) give_up(parts[2] " holds '" parts[4] "' in " found + 0 " lines, expected one")
  }
  close(file)
  printf "%s", result > file
  close(file)
  printf "%-40s %3d lines%s\n", parts[2], split(block, lines, "\n") - 1, count == 3 ? ", new" : ""
  applied++
}

/^## / { active = $0 == "## " recipe; paragraph = "" }
!active { next }

/^ *```/ {
  if (inside) apply()
  inside = !inside
  indent = match($0, /`/) - 1
  block = ""
  if (!inside) paragraph = ""
  next
}
inside { block = block substr($0, indent + 1) "\n"; next }
/^ *$/ { ended = 1; next }
{
  sub(/^ */, "")
  paragraph = ended || paragraph == "" ? $0 : paragraph " " $0
  ended = 0
}

END { if (!failed && (!applied || inside)) give_up("'" recipe "' has no whole block") ; exit failed }
