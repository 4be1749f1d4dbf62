import { z } from 'zod';
import { type ConfigContext, line, secretText, webAddress } from '../platform/config/fields.ts';
import { type Contradiction, fieldIn, isObject, listIn } from '../platform/config/written.ts';
import { NOTICE_KINDS } from './notice.ts';
import { MAIL_CHANNEL } from './recipients.ts';

const CHANNEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Other characters would make the HTTP client refuse a header with an error that shows it. */
const HEADER_TEXT = /^[\x21-\x7e]+$/;
const TELEGRAM_TOKEN = /^\d+:[\w-]+$/;
/** A number or `@name`; after a slash the number of a topic. */
const TELEGRAM_CHAT = /^(-?[1-9]\d{0,19}|@[A-Za-z]\w{3,63})(\/[1-9]\d{0,18})?$/;
const NTFY_TOPIC = /\/[\w-]{1,64}$/;

/** The ways to tell people besides mail, by their names. */
export function channelSettings(context: ConfigContext) {
  const url = secretText(context).refine(
    (text) => isAddress(text.reveal()),
    "must be an address like 'https://hooks.example.com/x', without user, password or '#'",
  );
  const token = secretText(context).refine((text) => HEADER_TEXT.test(text.reveal()), 'must be ASCII, without blanks');
  const form = z.strictObject({ url });
  const kinds = {
    telegram: z.strictObject({
      token: secretText(context).refine(
        (text) => TELEGRAM_TOKEN.test(text.reveal()),
        "must be the token of a bot as @BotFather gives it, like '123456:ABC-DEF'",
      ),
      chats: z
        .array(
          z
            .string()
            .regex(
              TELEGRAM_CHAT,
              "must be the id of a chat like '-1001234567890' or '@name'; with a topic '-1001234567890/7'",
            ),
        )
        .min(1),
      api: webAddress.default('https://api.telegram.org'),
    }),
    webhook: z.strictObject({ url, secret: secretText(context).exactOptional() }),
    slack: form,
    discord: form,
    ntfy: z.strictObject({
      url: url.refine(
        (text) => NTFY_TOPIC.test(URL.parse(text.reveal())?.pathname ?? '/topic'),
        "must end with the topic, like 'https://ntfy.example.com/topic'",
      ),
      token: token.exactOptional(),
    }),
    gotify: z.strictObject({ url, token }),
  };
  const channel = z
    .strictObject({
      telegram: kinds.telegram.exactOptional(),
      webhook: kinds.webhook.exactOptional(),
      slack: kinds.slack.exactOptional(),
      discord: kinds.discord.exactOptional(),
      ntfy: kinds.ntfy.exactOptional(),
      gotify: kinds.gotify.exactOptional(),
    })
    .refine((given) => Object.keys(given).length === 1, `must have exactly one of ${Object.keys(kinds).join(', ')}`);
  return z.record(z.string(), channel);
}

/** Which notices go where; the first one that fits counts. */
export const routeSettings = z.strictObject({
  kinds: z.array(z.enum(NOTICE_KINDS)).min(1).exactOptional(),
  tags: z.array(line).min(1).exactOptional(),
  to: z.array(z.string()),
});

export type ChannelSettings = z.output<ReturnType<typeof channelSettings>>[string];

/** Names that no channel can have, and routes that lead nowhere. */
export function findChannelContradictions(config: unknown): Contradiction[] {
  const channels = fieldIn(config, 'channels');
  const names = new Set(isObject(channels) ? Object.keys(channels) : []);
  return [...impossibleNames(names), ...strayRoutes(config, names)];
}

function impossibleNames(names: ReadonlySet<string>): Contradiction[] {
  return [...names].flatMap((name) => {
    const path = ['channels', name];
    if (name === MAIL_CHANNEL) return [{ path, message: 'is always the name of the section mail; choose another one' }];
    if (CHANNEL_NAME.test(name)) return [];
    return [{ path, message: 'must be called by 1 to 64 letters, digits and . _ -, the first a letter or digit' }];
  });
}

function strayRoutes(config: unknown, channels: ReadonlySet<string>): Contradiction[] {
  const names = new Set(channels);
  if (fieldIn(config, 'mail') !== undefined) names.add(MAIL_CHANNEL);
  return listIn(fieldIn(config, 'routes')).flatMap((route, index) =>
    listIn(fieldIn(route, 'to')).flatMap((name, place) => {
      if (typeof name !== 'string' || names.has(name)) return [];
      const message = name === MAIL_CHANNEL ? 'needs the section mail' : `no channel has the name '${name}'`;
      return [{ path: ['routes', index, 'to', place], message }];
    }),
  );
}

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && !/[#\s]/.test(text);
}
