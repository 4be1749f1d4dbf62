#!/usr/bin/env bash
# bash test/bare/run.sh [COMMAND]          without one: npm ci && npm test
#
# Runs the command in a clean clone of HEAD, on a Debian with nothing but git and this machine's node and npm, as on a new machine.
# A machine that was worked on hides a missing set-up step; this one does not.
# Root on Debian only; installs debootstrap where it is missing. All else is in one temporary folder and in namespaces of its own,
# which end with it.
#
# Exit status: the command's, or 125 when no such system could be made here; the reason is the last line.
set -euo pipefail
cd "$(dirname "$0")/../.."
command=${1:-npm ci && npm test}

give_up() {
  echo "No bare system here: $1" >&2
  exit 125
}

# The Node of `npm ci` comes first on the PATH of an npm script; wanted is the one that a user has before.
PATH=$(tr : '\n' <<<"$PATH:/usr/sbin:/sbin" | grep -v /node_modules/ | paste -sd :)
export PATH

[ "$(id -u)" = 0 ] || give_up 'only root can make one'
[ "$(. /etc/os-release 2>/dev/null && echo "$ID")" = debian ] || give_up 'this is not Debian'
unshare --mount --pid --fork mount -t proc proc /proc 2>/dev/null || give_up 'this container may not mount file systems'
command -v debootstrap >/dev/null || reason=$(sh scripts/apt.sh install debootstrap 2>&1) || give_up "debootstrap: $reason"
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")

folder=$(mktemp -d /var/tmp/netsentinel-bare-XXXXXX)
root=$folder/root
inside=
clean_up() {
  # With it end all processes in its namespace, and with them its mounts.
  [ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null || true
  wait
  rm -rf --one-file-system "$folder"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# In a background job, so that a signal to this shell is not kept waiting.
in_namespaces() {
  unshare --mount --pid --fork --kill-child "$@" </dev/null &
  inside=$!
  local status=0
  wait "$inside" || status=$?
  inside=
  return "$status"
}

# Debian's archives as apt knows them here; apt knows none before its first update.
list_sources() {
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    grep -E " $suite(-updates|-security)? main$" | sort -u
}

make_system() {
  sources=$(list_sources) || { apt-get update -qq && sources=$(list_sources); } || give_up "apt has no source for $suite"
  local mirror
  mirror=$(awk -v suite="$suite" '$3 == suite { print $2; exit }' <<<"$sources")
  eval "$(apt-config shell apt_proxy Acquire::http::Proxy)"
  [ -z "${apt_proxy-}" ] || export http_proxy="${http_proxy:-$apt_proxy}"
  in_namespaces debootstrap --variant=minbase --include=ca-certificates,git "$suite" "$root" "$mirror" >"$folder/log" 2>&1 ||
    give_up "debootstrap: $(tail -n 1 "$folder/log")"
}

# A file of this machine, at the same place there.
take_along() {
  [ -f "$1" ] || return 0
  mkdir -p "$root$(dirname "$1")"
  cp -L "$1" "$root$1"
}

# The same places to install from as this machine has.
configure_system() {
  printf '%s\n' "$sources" >"$root/etc/apt/sources.list"
  apt-config dump | grep -E '^Acquire::https?(::| )' >"$root/etc/apt/apt.conf.d/90machine" || true
  take_along /etc/hosts
  take_along /etc/resolv.conf
  cp -rL /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
  chroot "$root" update-ca-certificates >>"$folder/log" 2>&1
  local file
  for file in "${NODE_EXTRA_CA_CERTS-}" "${SSL_CERT_FILE-}" "$(npm config get cafile)"; do take_along "$file"; done
}

# Its npm finds the global settings below the folder that its Node is in, and the user's in the home folder.
install_node() {
  local npm
  npm=$(readlink -f "$(command -v npm)")
  mkdir -p "$root/usr/local/lib/node_modules" "$root/usr/local/etc"
  cp -L "$(node --print process.execPath)" "$root/usr/local/bin/node"
  cp -a "${npm%/bin/npm-cli.js}" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  cp -L "$(npm config get globalconfig)" "$root/usr/local/etc/npmrc" 2>/dev/null || true
  cp -L "$(npm config get userconfig)" "$root/root/.npmrc" 2>/dev/null || true
  chroot "$root" npm --version >>"$folder/log" 2>&1 || give_up "this machine's node and npm do not run in it"
}

# A checkout may belong to another user than root.
clone_head() {
  printf '[safe]\n\tdirectory = *\n' >"$folder/gitconfig"
  GIT_CONFIG_GLOBAL=$folder/gitconfig git clone --quiet . "$root/root/netsentinel"
}

# Of the environment goes along what says where to install from.
list_environment() {
  local setting name
  environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CI=true)
  while IFS= read -r -d '' setting; do
    name=${setting%%=*}
    case ${name,,} in
      npm_config_registry | npm_config_ca | npm_config_cafile | npm_config_strict_ssl | npm_config_@* | npm_config_//*) ;;
      npm_config_*proxy | http_proxy | https_proxy | no_proxy | all_proxy | node_extra_ca_certs | ssl_cert_file) ;;
      *) continue ;;
    esac
    environment+=("$setting")
  done < <(env -0)
}

run_inside() {
  in_namespaces bash -c '
    root=$1 && shift
    mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && mount --rbind /dev "$root/dev" || exit
    chroot "$root" env -i "$@"
  ' bash "$root" "${environment[@]}" bash -c "cd /root/netsentinel && $command"
}

echo "Making a bare Debian ($suite) …" >&2
make_system
configure_system
install_node
clone_head
list_environment
echo "Bare Debian ($suite), Node $(chroot "$root" node --version), commit $(git -c safe.directory='*' rev-parse --short HEAD): $command" >&2
run_inside
