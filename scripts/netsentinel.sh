#!/bin/sh
# sh scripts/netsentinel.sh COMMAND…: what `npm start`, `npm run demo` and `npm run netsentinel` run, with npm's PATH.
# A worker that is stopped before it began has nothing to put in order.
[ "${1-}" != run ] || trap 'exit 0' TERM INT
sh scripts/prepare.sh || exit
trap - TERM INT
# Signals go to the program itself.
NODE_COMPILE_CACHE=node_modules/.cache/netsentinel exec node src/main.ts "$@"
