import { chatText, fit } from '../chat-text.ts';
import { toneOf } from '../notice.ts';
import type { Channel } from '../ports.ts';
import { ask, type HttpChannelDeps, judge, secretUrl } from './http.ts';

export interface NtfySettings {
  /** Ends with the topic. */
  readonly url: { reveal(): string };
  readonly token?: { reveal(): string };
}

/** A longer message would be made a file. Counted as JSON: of the whole body ntfy takes twice as much. */
const MOST_BYTES = 4000;
/** A longer address, for the names in it, would leave no room in the body. */
const LONGEST_PAGE = 2000;
/** 5 rings until it is looked at; 3 is usual (docs.ntfy.sh/publish/#message-priority). */
const PRIORITIES = { alert: 5, warning: 4, good: 3 } as const;
const ADVICE = 'Check ntfy.url and ntfy.token: the token must be allowed to write to the topic.';

/** Notices to a topic of ntfy, as JSON to the root of its server. ntfy knows no replies. */
export function createNtfyChannel(deps: HttpChannelDeps, { url: given, token }: NtfySettings): Channel {
  const url = secretUrl(given);
  const root = new URL('.', url);
  const topic = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  const address = 'ntfy';
  return {
    name: deps.name,
    addresses: [address],
    isShared: false,
    async send(notice, _to, signal) {
      const { title, lines, page } = chatText(notice, deps.timeZone);
      const message = fit(lines, MOST_BYTES, bytesInJson).join('\n');
      const click = page === null || page.length > LONGEST_PAGE ? {} : { click: page };
      const body = JSON.stringify({ topic, title, message, priority: PRIORITIES[toneOf(notice)], ...click });
      const headers = token === undefined ? {} : { Authorization: `Bearer ${token.reveal()}` };
      const answer = await ask(deps, { url: root, headers, body }, signal);
      // 403: the token is not allowed to, or there is none.
      return judge(deps, address, answer, { loginStatuses: [401, 403, 404], advice: ADVICE });
    },
  };
}

/** The quotes stand for the line break. */
function bytesInJson(line: string): number {
  return Buffer.byteLength(JSON.stringify(line));
}
