#!/bin/sh
# sh scripts/apt.sh install PACKAGE…     installs Debian packages: root on Debian or Ubuntu only
# sh scripts/apt.sh download PACKAGE…    puts them into the current folder as files
#
# In whatever state apt is: without lists, with old ones, or while another apt is at work, for which it waits.
# Prints nothing unless it fails: then one line on stderr, and the exit status is 1.
set -u
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

do_it() {
  case $1 in
    install) shift && apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=600 "$@" ;;
    download) shift && apt-get download -qq -o APT::Sandbox::User=root "$@" ;;
  esac
}

# dpkg's lock has a time-out of its own, the one of the lists has none.
refresh_lists() {
  tries=0
  while said=$(apt-get update -qq 2>&1 </dev/null) || true; do
    case $said in *"Could not get lock"*) ;; *) return ;; esac
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || return
    sleep 2
  done
}

fail() {
  echo "$1" >&2
  exit 1
}

command -v apt-get >/dev/null || fail 'there is no apt-get here'
[ "$1" != install ] || [ "$(id -u)" = 0 ] || fail 'only root may install packages'
said=$(do_it "$@" 2>&1 </dev/null) && exit
# Lists that are missing or old. One source of several may be out of reach without harm: the second try decides.
refresh_lists
said=$(do_it "$@" 2>&1 </dev/null) && exit
fail "$(printf '%s\n' "$said" | grep '^E:' | tail -n 1)"
