#!/usr/bin/env bash
# Makes sure that the browser journeys have a Chromium: PCNHUB_CHROMIUM, the one on the path, or Debian's, installed by root.
set -euo pipefail

if [[ -n "${PCNHUB_CHROMIUM:-}" ]]; then
  [[ -x "$PCNHUB_CHROMIUM" ]] && exit 0
  echo "PCNHUB_CHROMIUM is $PCNHUB_CHROMIUM, which is no programme that can be run." >&2
  exit 1
fi
command -v chromium >/dev/null && exit 0
if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
  echo "Installing Chromium for the browser journeys"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null
  apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
  exit 0
fi
echo "The browser journeys need Chromium: install it (on Debian: apt-get install chromium), or set PCNHUB_CHROMIUM to its path." >&2
exit 1
