import { z } from 'zod';
import type { Posted } from '../../platform/http/post.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { chatText, fitWithPage } from '../chat-text.ts';
import type { Notice } from '../notice.ts';
import type { Answer, Channel } from '../ports.ts';
import { ask, busy, failed, type HttpChannelDeps, judge, reasonIn } from './http.ts';
import type { MovedChats } from './moved-chats.ts';

export interface TelegramSettings {
  readonly token: { reveal(): string };
  /** Ids of chats, or `@name`; with `/7` a topic. */
  readonly chats: readonly string[];
  readonly api: string;
}

/** Of a message once its markup is read. */
const MOST_CHARACTERS = 4096;
const ADVICE = 'Check telegram.token, as @BotFather gives it, and telegram.api where it is set.';

const answerText = z.object({
  ok: z.boolean(),
  // Of a message that was taken nothing may be wrong: it would be sent again and again.
  result: z.object({ message_id: z.int().optional(), username: z.string().optional() }).optional().catch(undefined),
  description: z.string().catch(''),
  parameters: z.object({ retry_after: z.number().optional(), migrate_to_chat_id: z.int().optional() }).catch({}),
});
type TelegramAnswer = z.output<typeof answerText>;

/** Notices as messages of a bot (core.telegram.org/bots/api). The token is in the address, which is in no error. */
export function createTelegramChannel(
  deps: HttpChannelDeps & { readonly movedChats: MovedChats },
  { token, chats, api }: TelegramSettings,
): Channel {
  const { name, timeZone, movedChats } = deps;

  async function call(method: string, body: object, signal: AbortSignal) {
    const url = new URL(`${api}/bot${token.reveal()}/${method}`);
    const posted = await ask(deps, { url, body: JSON.stringify(body) }, signal);
    return { posted, told: answerText.safeParse(jsonOf(posted.text)).data ?? null };
  }

  return {
    name,
    addresses: chats,
    isShared: false,
    async send(notice, [address = ''], signal, replyTo) {
      const [chat = '', topic] = address.split('/');
      const message = { ...messageOf(notice, timeZone), ...topicOf(topic), ...replyOf(replyTo) };
      const sendTo = (id: string) => call('sendMessage', { chat_id: id, ...message }, signal);
      let { posted, told } = await sendTo(await movedChats.idOf(chat));
      const moved = told?.parameters.migrate_to_chat_id;
      if (moved !== undefined) {
        // A group that became a supergroup.
        await movedChats.note(chat, String(moved));
        ({ posted, told } = await sendTo(String(moved)));
      }
      return answerOf(name, address, posted, told);
    },
    async examine(signal) {
      const { posted, told } = await call('getMe', {}, signal);
      const { refused } = answerOf(name, 'getMe', posted, told);
      if (refused.length > 0) throw failed(name, refused[0]?.reason ?? '');
      return `login OK as @${told?.result?.username ?? '?'}`;
    },
  };
}

function answerOf(name: string, address: string, posted: Posted, told: TelegramAnswer | null): Answer {
  if (posted.status === 429) throw busy(name, secondsToMs(told?.parameters.retry_after) ?? posted.retryAfterMs);
  const text = told?.description ?? '';
  if (posted.status !== 200) return judge({ name }, address, { ...posted, text }, { advice: ADVICE });
  if (told?.ok === true) return { refused: [], messageId: told.result?.message_id?.toString() ?? null };
  throw new TroubleError('CHANNEL_UNREADABLE', `channel ${name}: invalid answer${reasonIn(text)}`, ADVICE);
}

function messageOf(notice: Notice, timeZone: string) {
  const { title, lines, page } = chatText(notice, timeZone);
  const rest = fitWithPage(lines, page, MOST_CHARACTERS - title.length - 1);
  const text = [`<b>${escapeHtml(title)}</b>`, ...rest.map(escapeHtml)].join('\n');
  return { text, parse_mode: 'HTML', link_preview_options: { is_disabled: true } };
}

const topicOf = (topic: string | undefined) => (topic === undefined ? {} : { message_thread_id: Number(topic) });
const replyOf = (id: string | null) =>
  id === null ? {} : { reply_parameters: { message_id: Number(id), allow_sending_without_reply: true } };
const secondsToMs = (seconds: number | undefined) => (seconds === undefined ? null : seconds * 1000);
const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
