import { chatText, fitWithPage } from '../chat-text.ts';
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
      const text = [`**${escapeMarkdown(title)}**`, ...lines.map(escapeMarkdown)];
      // An escape within an address would be a part of it.
      const linked = page === null ? null : `<${page}>`;
      const content = fitWithPage(text, linked, MOST_CHARACTERS).join('\n');
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
