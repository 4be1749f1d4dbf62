#!/bin/sh
# Sets up NetSentinel in Docker with a database of its own, and starts it: configuration, secrets, containers, the link for the first user.
# May be repeated: what is there already stays.
#
#   sh scripts/standalone.sh        with sudo, where Docker needs it or you are not uid 1000
set -eu
cd "$(dirname "$0")/.."
umask 077
compose='docker compose -f docker-compose.standalone.yml'

mkdir -p config secrets
if [ ! -e secrets/database_password ]; then
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > secrets/database_password
fi
if [ ! -e secrets/database_url ]; then
  printf 'mysql://netsentinel:%s@database:3306/netsentinel' "$(cat secrets/database_password)" > secrets/database_url
fi
# Encrypts the passwords in the database.
[ -e secrets/netsentinel_key ] || head -c 32 /dev/urandom | base64 > secrets/netsentinel_key
# Of routers that are in the configuration, where there are any.
[ -e secrets/router_password ] || : > secrets/router_password

if [ ! -e config/config.ts ]; then
  zone=$(cat /etc/timezone 2> /dev/null || readlink /etc/localtime | sed 's|.*zoneinfo/||') || zone=
  case "$zone" in
    *[!A-Za-z0-9_+/-]* | '') zone=UTC ;;
  esac
  sed "s|timeZone: 'UTC'|timeZone: '$zone'|" config.standalone.example.ts > config/config.ts
  echo "Wrote config/config.ts: days begin at midnight in the time zone $zone."
fi

# In the container we are uid 1000; the files keep the owner and the mode that they have here.
chmod 0755 config
chmod 0644 config/config.ts
chmod 0400 secrets/*
if [ "$(id -u)" = 0 ]; then
  chown 1000:1000 secrets secrets/*
elif [ "$(id -u)" != 1000 ]; then
  echo "The files in secrets must belong to uid 1000, and you are $(id -u): run this with sudo." >&2
  exit 1
fi

$compose up --detach --wait

link=$($compose logs --no-log-prefix netsentinel | sed -n 's|.*"link":"\([^"]*/setup?token=[^"]*\)".*|\1|p' | tail -n 1)
case "$link" in
  '') echo 'NetSentinel runs: http://127.0.0.1:9494/' ;;
  /*) echo "NetSentinel runs. Open this within 30 minutes to create the first user: http://127.0.0.1:9494$link" ;;
  *) echo "NetSentinel runs. Open this within 30 minutes to create the first user: $link" ;;
esac
