#!/usr/bin/env bash
# Chromium for the browser tests: found on PATH, else installed from Debian's packages (as root or with sudo).
# Prints the path of the program. Playwright's own download is not used: it needs a host that build machines may not reach.
set -euo pipefail

found() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

found && exit
[[ $(command -v apt-get) ]] || {
  echo 'browser: no Chromium on PATH and no apt-get to install it with; install Chromium, then run this again' >&2
  exit 1
}
as_root=()
[[ $EUID -eq 0 ]] || as_root=(sudo)
echo 'browser: installing Chromium with apt-get (a minute) ...' >&2
said=$(mktemp)
trap 'rm -f "$said"' EXIT
{
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends chromium
} > "$said" 2>&1 || {
  cat "$said" >&2
  exit 1
}
found
