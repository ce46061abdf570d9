#!/bin/sh
# Stands in for xdg-open and similar commands: passes its arguments and environment to the test.
# All tools by their paths: the test sets PATH. dd, because a redirection would create a file where the
# FIFO has been removed.
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
