import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createScript } from '../platform/http/assets.ts';
import { callerOf } from '../platform/http/caller.ts';
import type { Gate } from '../platform/http/gate.ts';
import { sendMessage, sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import type { Route } from '../platform/http/route.ts';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { createLogFolderReader, type LogFolderReader } from '../runtime/log-folder.ts';
import { CHOSEN_LEVELS, type ChosenLevel } from '../runtime/log-level.ts';
import { MOST_LINES } from '../runtime/log-tail.ts';
import { type LogFileView, type LogsView, viewLogFile, viewLogs } from './pages/logs.ts';
import type { ProcessLog, WorkerName } from './ports.ts';
import { newestRows, ROW_LEVELS } from './rows.ts';
import { createLogStreams } from './stream.ts';

export interface LogRoutesDeps {
  readonly log: ProcessLog;
  /** Which process it is the log of: of several workers each has its own. */
  readonly worker: WorkerName;
  /** Of the daily files; `null`: none are written. */
  readonly folder: string | null;
  readonly frame: PageFrame;
  readonly gate: Pick<Gate, 'follow'>;
  readonly timeZone: string;
  /** Streams go by this clock. */
  readonly clock: Clock;
  /** Notes who set which level. */
  readonly noteLevel: (request: FastifyRequest, level: ChosenLevel) => Promise<void>;
}

const typedQuery = z.object({ q: z.string().max(255).catch(''), level: z.enum(ROW_LEVELS).catch('debug') });
const partQuery = typedQuery.extend({ before: z.coerce.number().int().nonnegative().optional().catch(undefined) });
const named = z.object({ name: z.string() });
const id = z.coerce.number().int().nonnegative().catch(0);
const levelForm = z.enum(CHOSEN_LEVELS);
/** Without the script of the page, which fetches all lines itself. */
const MOST_SHOWN = 500;

/** The log of the worker for admins: live, and its daily files. */
export function createLogRoutes(deps: LogRoutesDeps): Route[] {
  const { log, frame, timeZone, clock } = deps;
  frame.addPartial('log-rows', template('log-rows'));
  frame.addPartial('log-tools', template('log-tools'));
  const logsPage = frame.page<LogsView>(template('logs'));
  const filePage = frame.page<LogFileView>(template('log-file'));
  const script = createScript(new URL('./pages/logs.js', import.meta.url));
  const streams = createLogStreams({ tail: log.tail, clock, timeZone });
  const files = deps.folder === null ? null : createLogFolderReader({ folder: deps.folder });

  async function showLogs({ query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const asked = typedQuery.parse(query);
    const lines = log.tail.lines().map(({ text }) => text);
    const rows = newestRows(lines, { ...asked, most: MOST_SHOWN, timeZone });
    const page = { asked, worker: deps.worker, most: MOST_LINES, script: script.url, timeZone };
    return sendPage(reply, logsPage(viewLogs(rows, log.level.state(), await listFiles(files), page)));
  }

  async function setLevel(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { body } = request;
    const level = levelForm.safeParse(body instanceof URLSearchParams ? body.get('level') : undefined);
    if (!level.success) {
      const text = `The level must be one of ${CHOSEN_LEVELS.join(', ')}.`;
      return sendMessage(frame, reply, 400, { title: 'Invalid request', text, advice: null });
    }
    await deps.noteLevel(request, level.data);
    log.level.set(level.data);
    return reply.redirect('/logs', 303);
  }

  /** A token opens none, which it would not end. */
  async function sendLive(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (callerOf(request).kind === 'token') return reply.code(403).send({ error: 'a token opens no stream' });
    const { after } = z.object({ after: id }).parse(request.query);
    const stream = streams.open(Math.max(after, id.parse(request.headers['last-event-id'] ?? 0)));
    if (stream === null) return reply.code(503).send({ error: 'too many open pages' });
    request.raw.on('close', () => stream.destroy());
    const unfollow = await deps.gate.follow(request, () => streams.end(stream));
    stream.on('close', unfollow);
    if (stream.destroyed) unfollow();
    return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
  }

  /** Does it, or says why the files cannot be read, or that there is none. */
  async function withFile<Found>(
    reply: FastifyReply,
    find: (reader: LogFolderReader) => Promise<Found | null>,
    send: (found: Found) => FastifyReply,
  ): Promise<FastifyReply> {
    try {
      const found = files === null ? null : await find(files);
      if (found !== null) return send(found);
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      const { message: text, advice } = error;
      return sendMessage(frame, reply, 503, { title: 'Log files unavailable', text: `${text}.`, advice });
    }
    const advice = 'Old files are deleted (logs.days).';
    return sendMessage(frame, reply, 404, { title: 'Not found', text: 'There is no such log file.', advice });
  }

  async function showFile({ params, query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { name } = named.parse(params);
    const { before, ...asked } = partQuery.parse(query);
    return await withFile(
      reply,
      (reader) => reader.part(name, before),
      ({ lines, ...part }) => {
        const rows = newestRows(lines, { ...asked, most: lines.length, timeZone });
        return sendPage(reply, filePage(viewLogFile(name, rows, part, asked)));
      },
    );
  }

  async function sendFile({ params }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { name } = named.parse(params);
    return await withFile(
      reply,
      (reader) => reader.whole(name),
      ({ bytes, stream }) =>
        reply
          .type('application/x-ndjson')
          .header('content-length', bytes)
          .header('content-disposition', `attachment; filename="${name}"`)
          .send(stream),
    );
  }

  return [
    { method: 'GET', path: '/logs', right: 'administer', handler: showLogs },
    { method: 'POST', path: '/logs/level', right: 'administer', handler: setLevel },
    { method: 'GET', path: '/logs/:name', right: 'administer', handler: showFile },
    { method: 'GET', path: '/logs/:name/download', right: 'administer', handler: sendFile },
    { method: 'GET', path: '/live/logs', right: 'administer', handler: sendLive },
    script.route,
  ];
}

async function listFiles(files: LogFolderReader | null) {
  try {
    return { list: files === null ? null : await files.list(), problem: null };
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return { list: null, problem: `${error.message}. ${error.advice}` };
  }
}

function template(name: 'logs' | 'log-file' | 'log-rows' | 'log-tools'): URL {
  return new URL(`./pages/${name}.hbs`, import.meta.url);
}
