#!/bin/sh
# Stands in for xdg-open and all its kin: hands what it was started with to the test.
# Every tool by its path, because PATH is the test's to choose. dd, because it makes no file in the
# place of a FIFO that is gone.
box=${0%/*}/../browser
/bin/cat "/proc/$$/cmdline" >"$box/$$.cmdline"
/bin/cat "/proc/$$/environ" >"$box/$$.environ"
if [ -f "$box/says" ]; then
    /bin/cat "$box/says"
    /bin/cat "$box/says" >&2
fi
code=$(/bin/cat "$box/exit")
if [ -p "$box/opened" ]; then
    echo "$$" | /bin/dd of="$box/opened" conv=nocreat,notrunc status=none
else
    echo >"$box/$$.refused"
fi
if [ -p "$box/hold" ]; then
    /bin/cat "$box/hold"
fi
exit "${code:-3}"
