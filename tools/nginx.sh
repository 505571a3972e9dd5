#!/usr/bin/env bash
# Makes sure that the tests of mutual TLS have an nginx: PCNHUB_NGINX, the one on the path, or Debian's, installed by root.
set -euo pipefail

if [[ -n "${PCNHUB_NGINX:-}" ]]; then
  [[ -x "$PCNHUB_NGINX" ]] && exit 0
  echo "PCNHUB_NGINX is $PCNHUB_NGINX, which is no programme that can be run." >&2
  exit 1
fi
PATH="$PATH:/usr/sbin" command -v nginx >/dev/null && exit 0
if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
  echo "Installing nginx for the tests of mutual TLS"
  export DEBIAN_FRONTEND=noninteractive
  # The tests start their own: Debian's package must not start a server on port 80.
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
  fi
  apt-get update -qq >/dev/null
  apt-get install -y -qq --no-install-recommends nginx >/dev/null
  exit 0
fi
echo "The tests of mutual TLS need nginx: install it (on Debian: apt-get install nginx), or set PCNHUB_NGINX to its path." >&2
exit 1
