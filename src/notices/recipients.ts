import type { NoticeKind } from './notice.ts';
import type { Channel, Recipients } from './ports.ts';

/** The name of the channel that the `mail` section of the configuration makes. */
export const MAIL_CHANNEL = 'mail';

/** Every kind goes to every channel, but for reports: they are documents with a file, and go by mail only. */
export function createRecipients(channels: readonly Pick<Channel, 'name' | 'addresses'>[]): Recipients {
  return {
    of: (kind, mailTo) =>
      channels
        .filter(({ name }) => takes(name, kind))
        .flatMap(({ name, addresses }) => {
          const told = name === MAIL_CHANNEL ? (mailTo ?? addresses) : addresses;
          return [...new Set(told)].map((address) => ({ channel: name, address }));
        }),
  };
}

function takes(channel: string, kind: NoticeKind): boolean {
  return kind !== 'report' || channel === MAIL_CHANNEL;
}
