#!/bin/sh
# Makes NetSentinel's database and user on the server in LibreNMS's container, and writes secrets/database_url for docker-compose.yml.
# May be repeated: the password that is there already stays.
#
#   sh sql/provision.sh [container]     default: librenms_db
#
# The administrator's password is looked for in the container's first log, where LibreNMS's server prints it; set MYSQL_PWD where it is
# not there any more.
set -eu
cd "$(dirname "$0")/.."
container=${1:-librenms_db}
secret=secrets/database_url

if [ -z "${MYSQL_PWD:-}" ]; then
  MYSQL_PWD=$(docker logs "$container" 2>&1 | sed -n 's/.*GENERATED ROOT PASSWORD: //p' | tail -n 1)
fi
if [ -z "$MYSQL_PWD" ]; then
  echo "the log of $container does not tell root's password (any more): set MYSQL_PWD to it" >&2
  exit 1
fi
export MYSQL_PWD

if [ -e "$secret" ]; then
  password=$(sed -n 's|^mysql://netsentinel:\([0-9a-f]*\)@.*|\1|p' "$secret")
  if [ -z "$password" ]; then
    echo "$secret is not of this script's making: move it away, or run sql/provision.sql by hand" >&2
    exit 1
  fi
else
  password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
fi

{
  # Not as an argument of some program: other users of this machine can read a command line.
  printf "SET @password = '%s';\n" "$password"
  grep -v '^SET @password = ' sql/provision.sql
} | docker exec -i -e MYSQL_PWD "$container" sh -c 'exec "$(command -v mariadb || command -v mysql)" --user=root'

if [ ! -e "$secret" ]; then
  mkdir -p secrets
  (
    umask 077
    printf 'mysql://netsentinel:%s@%s:3306/netsentinel\n' "$password" "$container" > "$secret"
  )
fi
echo "The database netsentinel is there; how to reach it is in $secret."
# In the container we are uid 1000, and the file keeps the owner that it has here.
if [ "$(id -u)" = 0 ]; then
  chown 1000:1000 "$secret"
elif [ "$(id -u)" != 1000 ]; then
  echo "Give it to the container's user:  sudo chown 1000:1000 $secret"
fi
