import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createScript, createStyle } from '../platform/http/assets.ts';
import { pathPart, sentence } from '../platform/http/forms.ts';
import { sendMessage, sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import { createPagePanel, type Panel } from '../platform/http/panels.ts';
import type { Route } from '../platform/http/route.ts';
import { isVaultTrouble } from '../runtime/vault.ts';
import { findRecording, type RecordingApiDeps, recordingRoutes } from './api/recordings.ts';
import { type TerminalApiDeps, terminalRoutes } from './api/terminal.ts';
import { type RecordingsView, type RecordingView, viewRecording, viewRecordings } from './pages/recordings.ts';
import { type TerminalView, terminalLink, viewTerminal } from './pages/terminal.ts';
import type { TerminalDevice } from './ports.ts';

export interface TerminalRoutesDeps extends TerminalApiDeps, RecordingApiDeps {
  readonly findDevice: (name: string) => Promise<TerminalDevice | null>;
  readonly frame: PageFrame;
  /** New terminals are recorded. */
  readonly isRecorded: boolean;
  /** That recordings are kept. */
  readonly days: number;
  readonly timeZone: string;
}

const ON_A_PAGE = 50;
const beforeQuery = z.object({ before: z.coerce.number().int(), id: z.string() });

/** The way to the terminal, on the page of a device. */
export function createTerminalPanel(): Panel<{ readonly name: string }> {
  return createPagePanel({
    key: 'terminal',
    templates: { below: own('panel.hbs') },
    read: async ({ name }) => terminalLink(name),
    view: (href) => ({ content: { href } }),
  });
}

/** Terminals and their recordings, as pages and for their scripts. */
export function createTerminalRoutes(deps: TerminalRoutesDeps): Route[] {
  const { findDevice, recordings, frame, isRecorded, days, timeZone } = deps;
  const terminalPage = frame.page<TerminalView>(own('terminal.hbs'));
  const recordingsPage = frame.page<RecordingsView>(own('recordings.hbs'));
  const recordingPage = frame.page<RecordingView>(own('recording.hbs'));
  const styles = createStyle(packaged('@xterm/xterm/css/xterm.css'));
  const xterm = createScript(packaged('@xterm/xterm/lib/xterm.js'));
  const fit = createScript(packaged('@xterm/addon-fit/lib/addon-fit.js'));
  const colours = createScript(own('styles.js'));
  const terminal = createScript(own('terminal.js'));
  const player = createScript(own('player.js'));
  const urlsOf = (...scripts: readonly { readonly url: string }[]) => scripts.map(({ url }) => url);

  async function showTerminal(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    let device: TerminalDevice | null;
    try {
      device = await findDevice(pathPart(request, 'name'));
    } catch (error) {
      if (!isVaultTrouble(error)) throw error;
      const { message, advice } = error;
      return sendMessage(frame, reply, 409, { title: 'No terminal', text: sentence(message), advice });
    }
    if (device === null) {
      const advice = 'It may have been removed or renamed.';
      return sendMessage(frame, reply, 404, { title: 'Not found', text: 'No such device.', advice });
    }
    const page = { isRecorded, days, styles: styles.url, scripts: urlsOf(xterm, fit, colours, terminal) };
    return sendPage(reply, terminalPage(viewTerminal(device, page)));
  }

  async function showRecordings({ query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { data } = beforeQuery.safeParse(query);
    const before = data === undefined ? undefined : { startedAt: data.before, id: data.id };
    const found = await recordings.list({ most: ON_A_PAGE + 1, before });
    const page = { hasMore: found.length > ON_A_PAGE, isRecorded, days, timeZone };
    return sendPage(reply, recordingsPage(viewRecordings(found.slice(0, ON_A_PAGE), page)));
  }

  async function showRecording(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const found = await findRecording(request, recordings);
    if (found === null) {
      const advice = 'Old recordings are deleted (terminal.days).';
      return sendMessage(frame, reply, 404, { title: 'Not found', text: 'There is no such recording.', advice });
    }
    const page = { timeZone, styles: styles.url, scripts: urlsOf(xterm, colours, player) };
    return sendPage(reply, recordingPage(viewRecording(found, page)));
  }

  return [
    { method: 'GET', path: '/d/:name/terminal', right: 'administer', handler: showTerminal },
    { method: 'GET', path: '/terminal/recordings', right: 'administer', handler: showRecordings },
    { method: 'GET', path: '/terminal/recordings/:id', right: 'administer', handler: showRecording },
    ...terminalRoutes(deps),
    ...recordingRoutes(deps),
    ...[styles, xterm, fit, colours, terminal, player].map(({ route }) => route),
  ];
}

function own(name: string): URL {
  return new URL(`./pages/${name}`, import.meta.url);
}

/** A file of a package as it is installed. */
function packaged(path: string): URL {
  return new URL(import.meta.resolve(path));
}
