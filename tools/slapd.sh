#!/usr/bin/env bash
# Makes sure that the tests of the Spine directory have an slapd: PCNHUB_SLAPD, the one on the path, or Debian's, installed by root.
set -euo pipefail

if [[ -n "${PCNHUB_SLAPD:-}" ]]; then
  [[ -x "$PCNHUB_SLAPD" ]] && exit 0
  echo "PCNHUB_SLAPD is $PCNHUB_SLAPD, which is no programme that can be run." >&2
  exit 1
fi
PATH="$PATH:/usr/sbin:/usr/libexec" command -v slapd >/dev/null && exit 0
if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
  echo "Installing slapd for the tests of the Spine directory"
  export DEBIAN_FRONTEND=noninteractive
  # The tests start their own, with a schema of their own: Debian's package must make no directory and start no server.
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
  fi
  echo "slapd slapd/no_configuration boolean true" | debconf-set-selections
  apt-get update -qq >/dev/null
  apt-get install -y -qq --no-install-recommends slapd >/dev/null
  exit 0
fi
echo "The tests of the Spine directory need slapd: install it (on Debian: apt-get install slapd), or set PCNHUB_SLAPD to its path." >&2
exit 1
