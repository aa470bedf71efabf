#!/bin/sh
# Can a file be written where programs keep theirs? A check in sh: print a line, exit 0 OK, 1 WARNING, 2 CRITICAL,
# 3 UNKNOWN; what stands behind | is performance data.
folder=${TMPDIR:-/tmp}
file=$(mktemp "$folder/sttelnet-check.XXXXXX" 2>/dev/null) || {
  echo "nothing can be written to $folder"
  exit 2
}
rm -f "$file"
free=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
echo "$folder can be written, ${free:-?} KB free | free=${free:-U}KB"
