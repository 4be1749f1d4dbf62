import fastify, { type FastifyInstance } from 'fastify';
import { TroubleError } from '../../runtime/errors.ts';
import type { Part } from '../../runtime/lifecycle.ts';
import type { Logger } from '../../runtime/logger.ts';
import { limitConnections } from './admission.ts';
import { drainChanges } from './drain.ts';
import { answerError, answerUnknownPath } from './errors.ts';
import { createHealthzRoute, type HealthzDeps } from './healthz.ts';
import { refuseOtherMethods } from './method-not-allowed.ts';
import { createMetricsRoute, type MetricsRouteDeps } from './metrics.ts';
import { addRoute, guardRoutes, type Route } from './route.ts';
import type { Site } from './site.ts';
import { routeUpgrades, wantsSocket } from './sockets.ts';

export interface HttpServerDeps extends HealthzDeps, MetricsRouteDeps {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Proxies trusted for the client's address and the use of https: the nearest one, or these addresses and ranges. */
  readonly trustProxy?: boolean | readonly string[];
  /** Probes of capabilities, besides the built-in ones: public, without what pages need. */
  readonly probes?: readonly Route[];
  /** The pages and the API, where there are any. */
  readonly site?: Site | null;
  readonly logger: Logger;
}

export interface HttpServer extends Part {
  /** `http://host:port` as it listens; `null` while it does not. */
  url(): string | null;
}

/** For routes without their own limit: no body, or that of a small form. */
const LARGEST_BODY_BYTES = 16 * 1024;
const LARGEST_HEADER_BYTES = 16 * 1024;
/** Of a stop, what a request that changes something gets to come to its end. */
const CHANGE_GRACE_MS = 2_000;
const EVERY_ANSWER = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
/** To have sent the whole request. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Without a byte in either direction. */
const SILENCE_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 512;
/** A browser takes six; an office behind one address has several. */
const MAX_PER_ADDRESS = 64;
/** A name of 255 characters, percent-encoded. */
const LONGEST_PARAMETER = 4096;

/**
 * The worker's HTTP entrance. `start` rejects with a `TroubleError` when the address cannot be had; `stop` takes no new requests,
 * lets those that change something come to their end for 2 s, and gives those that only ask no more time.
 */
export function createHttpServer(deps: HttpServerDeps): HttpServer {
  const { host, port, logger } = deps;
  const server = fastify({
    bodyLimit: LARGEST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SILENCE_TIMEOUT_MS,
    forceCloseConnections: true,
    http: { maxHeaderSize: LARGEST_HEADER_BYTES, shouldUpgradeCallback: wantsSocket },
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    trustProxy: proxiesOf(deps.trustProxy),
    // A path that cannot be decoded has no route, and so no hook.
    frameworkErrors: (error, request, reply) => answerError(logger, error, request, reply.headers(EVERY_ANSWER)),
  });
  // Behind a proxy all come from its address.
  const perAddress = deps.trustProxy === undefined || deps.trustProxy === false ? MAX_PER_ADDRESS : MAX_CONNECTIONS;
  limitConnections(server.server, { total: MAX_CONNECTIONS, perAddress });
  server.setErrorHandler((error, request, reply) => answerError(logger, error, request, reply));
  server.setNotFoundHandler(answerUnknownPath);
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(EVERY_ANSWER);
  });
  routeUpgrades(server, { silenceMs: SILENCE_TIMEOUT_MS });
  drainChanges(server, { clock: deps.clock, graceMs: CHANGE_GRACE_MS });
  guardRoutes(server, deps.site?.gate ?? null);
  refuseOtherMethods(server, () => addRoutes(server, deps));

  return {
    name: 'http',
    async start() {
      await listen(server, host, port);
      logger.info({ url: urlOf(server) }, 'http server listens');
    },
    stop: () => server.close(),
    url: () => urlOf(server),
  };
}

/**
 * Probes and scrapers have no password, so these are open to all who reach the port, and show no user and no queue. Routes that do
 * show them belong to the site and need a right.
 */
function addRoutes(server: FastifyInstance, deps: HttpServerDeps): void {
  const { probes = [], site = null } = deps;
  for (const route of [createHealthzRoute(deps), createMetricsRoute(deps), ...probes]) addRoute(server, route);
  if (site !== null) server.register(site.plugin);
}

/** Trusts the nearest proxy only: anything before it may be forged by the client. */
function proxiesOf(trustProxy: HttpServerDeps['trustProxy']) {
  if (typeof trustProxy === 'object') return [...trustProxy];
  return trustProxy === true && ((_address: string, hop: number) => hop === 0);
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new TroubleError(
      'HTTP_ADDRESS_UNAVAILABLE',
      `the http server cannot listen on ${host} port ${port}: ${error.message}`,
      'Change http.host or http.port in the configuration, or stop the program that uses the port.',
      { cause: error },
    );
  }
}

function urlOf(server: FastifyInstance): string | null {
  const address = server.server.address();
  if (address === null || typeof address === 'string') return null;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
