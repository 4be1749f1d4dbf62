# The worker's image: Node, the packages it needs at run time, and our TypeScript as it is (there is no build step).

FROM node:26-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Optional is only Node itself, for checkouts on an older system. No package needs its install script, and ours is for checkouts.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:26-slim

ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="NetSentinel" \
      org.opencontainers.image.description="Exact daily usage per MikroTik simple queue, beside LibreNMS" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/node:26-slim"

# NETSENTINEL_HEARTBEAT: where `run` tells `health` that it lives; a tmpfs will do.
# NETSENTINEL_COMMAND: what people type for `netsentinel`, as advices and mails name commands.
# A small young generation: docs/performance.md has what that saves. NODE_OPTIONS of your own replace it.
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-semi-space-size=8 \
    NETSENTINEL_HEARTBEAT=/tmp/netsentinel.heartbeat \
    NETSENTINEL_COMMAND="docker compose exec netsentinel netsentinel"

COPY --from=packages /app/node_modules /app/node_modules
COPY package.json LICENSE /app/
COPY routeros /app/routeros
COPY sql /app/sql
COPY src /app/src
# /data is the only folder that may be written, for an SQLite database and for reports.
RUN chmod 0755 /app/src/main.ts \
 && ln -s /app/src/main.ts /usr/local/bin/netsentinel \
 && install -d -o 1000 -g 1000 -m 0750 /data \
 && install -d /etc/netsentinel

# Every command looks for ./config.ts: the configuration is mounted here.
WORKDIR /etc/netsentinel
# By number, so that an orchestrator can see that it is not root; it is the base image's user `node`.
USER 1000:1000
ENTRYPOINT ["node", "/app/src/main.ts"]
CMD ["run"]
# `netsentinel health`, without loading the rest of the program.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["node", "/app/src/platform/cli/health.ts"]
