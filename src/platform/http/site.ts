import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../runtime/logger.ts';
import { answerError, answerUnknownPath, describeError } from './errors.ts';
import type { Gate } from './gate.ts';
import { addSecurityHeaders, takesGzip } from './headers.ts';
import { sendMessage, sendPage, wantsPage } from './page-answer.ts';
import type { PageFrame } from './page-frame.ts';
import { addRoute, type Route } from './route.ts';

/** Pages for people and the API that programs read the same from: what the HTTP server serves besides probes. */
export interface Site {
  readonly gate: Gate;
  readonly plugin: FastifyPluginAsync;
}

export interface SiteDeps {
  readonly frame: PageFrame;
  /** Is asked before each route that is not public. */
  readonly gate: Gate;
  /** Of all capabilities. */
  readonly routes: readonly Route[];
  /** Throws a `TroubleError` while the database cannot be read; then only public routes answer. */
  readonly enter: () => void;
  readonly logger: Logger;
}

/** Less than this is not worth it. */
const GZIP_FROM_BYTES = 2_000;

/** Of files that are sent, how they are read is up to the route. */
const FILES = ['text/csv', 'multipart/form-data'];

const compress = promisify(gzip);

export function createSite(deps: SiteDeps): Site {
  const { frame, gate, routes, enter, logger } = deps;

  function answerInHtml(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (!wantsPage(request)) {
      answerError(logger, error, request, reply);
      return;
    }
    const { status, error: text, code } = describeError(logger, error, request);
    if (code !== undefined) {
      sendPage(reply.code(503), frame.unavailable({ title: 'Database unavailable', nav: null, code }));
    } else if (status < 500) {
      sendMessage(frame, reply, status, { title: 'Invalid request', text, advice: null });
    } else {
      const advice = 'This is a bug. Please report it with the error from the log.';
      sendMessage(frame, reply, status, { title: 'Error', text: 'This page cannot be shown.', advice });
    }
  }

  /** People get a page that leads on, programs get JSON. Nothing is read for it, so that it needs no right. */
  async function answerUnknownAddress(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!wantsPage(request)) answerUnknownPath(request, reply);
    else
      sendMessage(frame, reply, 404, { title: 'Not found', text: 'There is no page at this address.', advice: null });
    return reply;
  }

  return {
    gate,
    async plugin(scope) {
      scope.addHook('onRequest', addSecurityHeaders);
      scope.addHook('onSend', compressText);
      const parseJson = scope.getDefaultJsonParser('error', 'error');
      // Many clients announce JSON with every request, also with a DELETE, or with an approval that has nothing to say.
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
        body === '' ? done(null) : parseJson(request, String(body), done),
      );
      scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
        done(null, new URLSearchParams(String(body))),
      );
      scope.addContentTypeParser(FILES, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
      scope.setErrorHandler(answerInHtml);
      scope.addHook('onClose', async () => gate.stop());
      for (const route of frame.assets.routes) addRoute(scope, route);
      for (const route of routes) addRoute(scope, route, route.right === 'public' ? undefined : enter);
      scope.route({
        method: scope.supportedMethods,
        url: '/*',
        config: { right: 'public' },
        onRequest: answerUnknownAddress,
        handler: answerUnknownAddress,
      });
    },
  };
}

/** Nothing secret is in a page, so that its length after compression gives nothing away; where something is, `no-transform` says so. */
async function compressText(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
  if (String(reply.getHeader('cache-control')).includes('no-transform')) return payload;
  reply.header('vary', 'accept-encoding');
  // A route that sends the same to many has compressed it once for all.
  if (reply.hasHeader('content-encoding')) return payload;
  if (payload.length < GZIP_FROM_BYTES || !takesGzip(request)) return payload;
  reply.header('content-encoding', 'gzip').removeHeader('content-length');
  return await compress(payload, { level: 5 });
}
