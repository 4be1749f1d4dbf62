import { chatText, fitWithPage } from '../chat-text.ts';
import type { Channel } from '../ports.ts';
import { ask, type HttpChannelDeps, judge, secretUrl } from './http.ts';

const MOST_CHARACTERS = 4000;
const ADVICE = 'Check slack.url: make a new incoming webhook where this one was removed.';

/**
 * Notices to an incoming webhook of Slack, or of what takes the same form (Mattermost, Rocket.Chat). Such a webhook gives no id of its
 * message, so nothing can be a reply.
 */
export function createSlackChannel(deps: HttpChannelDeps, settings: { readonly url: { reveal(): string } }): Channel {
  const url = secretUrl(settings.url);
  const address = 'slack';
  return {
    name: deps.name,
    addresses: [address],
    isShared: false,
    async send(notice, _to, signal) {
      const { title, lines, page } = chatText(notice, deps.timeZone);
      const escaped = [title, ...lines].map(escapeSlack);
      const text = fitWithPage(escaped, page === null ? null : escapeSlack(page), MOST_CHARACTERS).join('\n');
      // With `mrkdwn` each `*` and `_` in a name would be markup.
      const body = JSON.stringify({ text, mrkdwn: false });
      return judge(deps, address, await ask(deps, { url, body }, signal), { advice: ADVICE });
    },
  };
}

/** `<!channel>` in a name must call nobody (api.slack.com/reference/surfaces/formatting#escaping). */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
