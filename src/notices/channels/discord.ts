import { chatText, fit } from '../chat-text.ts';
import type { Channel } from '../ports.ts';
import { ask, type HttpChannelDeps, judge, secretUrl } from './http.ts';

const MOST_CHARACTERS = 2000;
const ADVICE = 'Check discord.url: make a new webhook where this one was removed.';

/** Notices to a webhook of Discord. A webhook cannot reply to a message. */
export function createDiscordChannel(deps: HttpChannelDeps, settings: { readonly url: { reveal(): string } }): Channel {
  const url = secretUrl(settings.url);
  const address = 'discord';
  return {
    name: deps.name,
    addresses: [address],
    isShared: false,
    async send(notice, _to, signal) {
      const { title, lines, page } = chatText(notice, deps.timeZone);
      // An escape within an address would be a part of it.
      const end = page === null ? [] : ['', `<${page}>`];
      const room = MOST_CHARACTERS - end.join('\n').length - 1;
      const text = [`**${escapeMarkdown(title)}**`, ...lines.map(escapeMarkdown)];
      const content = [...fit(text, room), ...end].join('\n');
      // No name can call anybody.
      const body = JSON.stringify({ content, allowed_mentions: { parse: [] } });
      return judge(deps, address, await ask(deps, { url, body }, signal), { advice: ADVICE });
    },
  };
}

/** Names may have any character in them. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\*_~`|>#<@[\]()-]/g, '\\$&');
}
