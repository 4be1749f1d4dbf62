import type { NoticeKind } from './notice.ts';
import type { Channel, Recipients } from './ports.ts';

/** The name of the channel that the `mail` section of the configuration makes. */
export const MAIL_CHANNEL = 'mail';

/** Where some notices go: those of one of these kinds that are about a device with one of these tags. */
export interface NoticeRoute {
  /** Absent: of every kind. */
  readonly kinds?: readonly NoticeKind[];
  /** Absent: about whatever device, or none. */
  readonly tags?: readonly string[];
  /** Names of channels; none: nobody is told. */
  readonly to: readonly string[];
}

export interface RecipientsDeps {
  readonly channels: readonly Pick<Channel, 'name' | 'addresses'>[];
  /** The first one that fits counts. */
  readonly routes: readonly NoticeRoute[];
  readonly tagsOf: (device: string) => readonly string[];
}

/** Where no route fits, every kind goes to every channel, but for reports: they are documents with a file, and go by mail only. */
export function createRecipients({ channels, routes, tagsOf }: RecipientsDeps): Recipients {
  function channelsFor(kind: NoticeKind, tags: readonly string[]): readonly string[] {
    const route = routes.find((each) => fits(each, kind, tags));
    if (route !== undefined) return route.to;
    return kind === 'report' ? [MAIL_CHANNEL] : channels.map(({ name }) => name);
  }

  return {
    of(kind, { devices = [], mailTo } = {}) {
      const told = devices.length === 0 ? [[]] : devices.map(tagsOf);
      const names = new Set(told.flatMap((tags) => channelsFor(kind, tags)));
      return channels
        .filter(({ name }) => names.has(name))
        .flatMap(({ name, addresses }) => {
          const to = name === MAIL_CHANNEL ? (mailTo ?? addresses) : addresses;
          return [...new Set(to)].map((address) => ({ channel: name, address }));
        });
    },
  };
}

function fits(route: NoticeRoute, kind: NoticeKind, tags: readonly string[]): boolean {
  const hasKind = route.kinds === undefined || route.kinds.includes(kind);
  return hasKind && (route.tags === undefined || route.tags.some((tag) => tags.includes(tag)));
}
