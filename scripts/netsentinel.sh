#!/bin/sh
# sh scripts/netsentinel.sh COMMAND…: what `npm start`, `npm run demo` and `npm run netsentinel` run, with npm's PATH.
sh scripts/prepare.sh || exit
# A small young generation: docs/performance.md has what that saves. NODE_OPTIONS of your own come after it, and win.
export NODE_OPTIONS="--max-semi-space-size=8 ${NODE_OPTIONS-}"
# Signals go to the program itself.
NODE_COMPILE_CACHE=node_modules/.cache/netsentinel exec node src/main.ts "$@"
