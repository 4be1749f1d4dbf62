#!/bin/sh
# Makes sure that Node starts. The one that `npm ci` brings comes first on the PATH of every npm script and needs a library that
# minimal systems lack: where it cannot start, no npm script can, which is why this one is for the shell alone.
#
# `npm test` runs it, and so do the commands that start NetSentinel. Where all is well it only asks for Node's version.
# Else it installs what is missing where it may (root on Debian or Ubuntu), or says in one line what to install and ends with 1.
set -u
cd "$(dirname "$0")/.." || exit
PATH=$PWD/node_modules/.bin:$PATH

fail() {
  echo "NetSentinel: $*" >&2
  exit 1
}

tried=
until said=$(node --version 2>&1); do
  library=${said##*shared libraries: }
  library=${library%%:*}
  case $library in
    libatomic.so.1) package=libatomic1 others='libatomic on Fedora and RHEL, gcc-libs on Arch' ;;
    libstdc++.so.6) package=libstdc++6 others='libstdc++ on Fedora and RHEL, gcc-libs on Arch' ;;
    *) fail "Node does not start here (${said%%
*}). Install Node 26, then run: npm ci --omit=optional" ;;
  esac
  advice="Node does not start: the library $library is missing. Install it, then try again: $package on Debian and Ubuntu, $others"
  case $tried in *" $package "*) fail "$advice" ;; esac
  tried="$tried $package "
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then fail "$advice"; fi
  echo "NetSentinel: installing $package, which Node needs" >&2
  reason=$(sh scripts/apt.sh install "$package" 2>&1) || fail "$advice (apt-get could not: $reason)"
done

case $said in
  v[0-9].* | v1[0-9].* | v2[0-5].*) fail "Node 26 is needed, and this is $said. Run npm ci, which brings it; where it does not, install Node 26" ;;
esac
