import { chatText, fitWithPage } from '../chat-text.ts';
import { toneOf } from '../notice.ts';
import type { Channel } from '../ports.ts';
import { ask, type HttpChannelDeps, judge, secretUrl } from './http.ts';

export interface GotifySettings {
  /** Where Gotify answers; it may be below a path. */
  readonly url: { reveal(): string };
  /** Of an application. */
  readonly token: { reveal(): string };
}

const MOST_CHARACTERS = 16_000;
/** From 8 on a phone rings, from 4 on it shows the message at once. */
const PRIORITIES = { alert: 8, warning: 6, good: 4 } as const;
const ADVICE = 'Check gotify.url and gotify.token: it must be the token of an application, not of a client.';

/** Notices to Gotify, which knows no replies. */
export function createGotifyChannel(deps: HttpChannelDeps, settings: GotifySettings): Channel {
  const base = secretUrl(settings.url);
  const url = new URL(`${base.pathname.replace(/\/+$/, '')}/message`, base);
  const address = 'gotify';
  return {
    name: deps.name,
    addresses: [address],
    isShared: false,
    async send(notice, _to, signal) {
      const { title, lines, page } = chatText(notice, deps.timeZone);
      const message = fitWithPage(lines, page, MOST_CHARACTERS).join('\n');
      const extras = { 'client::display': { contentType: 'text/plain' } };
      const body = JSON.stringify({ title, message, priority: PRIORITIES[toneOf(notice)], extras });
      const headers = { 'X-Gotify-Key': settings.token.reveal() };
      const answer = await ask(deps, { url, headers, body }, signal);
      return judge(deps, address, answer, { loginStatuses: [401, 403, 404], advice: ADVICE });
    },
  };
}
