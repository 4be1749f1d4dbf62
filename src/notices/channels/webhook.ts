import { createHmac } from 'node:crypto';
import { chatText, wholeText } from '../chat-text.ts';
import { type Notice, toneOf } from '../notice.ts';
import type { Channel } from '../ports.ts';
import { ask, type HttpChannelDeps, judge, secretUrl } from './http.ts';

export interface WebhookSettings {
  readonly url: { reveal(): string };
  /** Signs the body; absent: it is not signed. */
  readonly secret?: { reveal(): string };
}

const ADVICE = 'Check webhook.url and whether the receiver wants a login.';

/** Notices as JSON for a program. A retry has the same id and the same bytes. */
export function createWebhookChannel(deps: HttpChannelDeps, { url: given, secret }: WebhookSettings): Channel {
  const url = secretUrl(given);
  const address = 'webhook';
  return {
    name: deps.name,
    addresses: [address],
    isShared: false,
    async send(notice, _to, signal) {
      const body = JSON.stringify(webhookBody(notice, deps.timeZone));
      const signature = secret && createHmac('sha256', secret.reveal()).update(body).digest('hex');
      const headers = {
        'X-NetSentinel-Id': notice.id,
        ...(signature === undefined ? {} : { 'X-NetSentinel-Signature': `sha256=${signature}` }),
      };
      return judge(deps, address, await ask(deps, { url, headers, body }, signal), { advice: ADVICE });
    },
  };
}

function webhookBody(notice: Notice, timeZone: string) {
  const { id, event, createdAt, kind, subject, devices, incident } = notice;
  return {
    ...{ id, event, at: new Date(createdAt).toISOString(), kind, tone: toneOf(notice), subject },
    ...{ text: wholeText(chatText(notice, timeZone)), devices, incident },
  };
}
