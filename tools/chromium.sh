#!/usr/bin/env bash
# Makes sure that the browser journeys have a Chromium: PCNHUB_CHROMIUM, the one on the path, or Debian's, installed by root.
# The one without windows is preferred: the same pages for a fifth less processor time.
set -euo pipefail

if [[ -n "${PCNHUB_CHROMIUM:-}" ]]; then
  [[ -x "$PCNHUB_CHROMIUM" ]] && exit 0
  echo "PCNHUB_CHROMIUM is $PCNHUB_CHROMIUM, which is no programme that can be run." >&2
  exit 1
fi
command -v chromium-headless-shell >/dev/null && exit 0
if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
  echo "Installing Chromium for the browser journeys"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null
  for package in chromium-headless-shell chromium; do
    apt-get install -y -qq --no-install-recommends "$package" fonts-liberation >/dev/null 2>&1 && exit 0
  done
fi
command -v chromium >/dev/null && exit 0
echo "The browser journeys need Chromium: install it (on Debian: apt-get install chromium-headless-shell), or set PCNHUB_CHROMIUM to its path." >&2
exit 1
