import type { AccountBooks, SessionBook } from '../accounts/ports.ts';
import { ACCOUNT_LINK, type Access, createAccess } from '../accounts/routes/access.ts';
import type { SitePart } from '../capability.ts';
import type { LiveFeed } from '../platform/http/live.ts';
import { createLiveRoute } from '../platform/http/live-route.ts';
import { createOpenApiRoute } from '../platform/http/openapi.ts';
import { createPageFrame } from '../platform/http/page-frame.ts';
import { createSite, type Site } from '../platform/http/site.ts';
import { createWarming } from '../platform/http/warming.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Calendar } from '../usage/accounting/day.ts';

export interface AppSiteDeps {
  /** Of all capabilities, in the order of the header. */
  readonly parts: readonly SitePart[];
  readonly sessions: SessionBook;
  readonly accounts: AccountBooks;
  /** People log in under their own names; then there is no password. */
  readonly hasAccounts: boolean;
  /** Where people reach the pages, as far as that is known. */
  readonly publicUrl: string | null;
  /** `null`: there are accounts, or it is open to this machine alone. */
  readonly password: (() => string) | null;
  /** Throws a `TroubleError` while the database cannot be read. */
  readonly enter: () => void;
  readonly calendar: Calendar;
  /** Sessions use this clock, even where the worker's clock is simulated. */
  readonly hostClock: Clock;
  readonly live: LiveFeed;
  readonly logger: Logger;
  readonly onBug: (error: unknown) => void;
}

/** `opening` and `warming` are to be started when the schema is up to date. */
export function createAppSite(deps: AppSiteDeps): Site & Pick<Access, 'opening'> & { readonly warming: Part } {
  const { parts, password, hasAccounts, enter, live, hostClock, logger, calendar } = deps;
  const navigation = parts.flatMap((part) => part.navigation ?? []);
  const frame = createPageFrame({
    navigation: hasAccounts ? [...navigation, ACCOUNT_LINK] : navigation,
    hasLogin: hasAccounts || password !== null,
  });
  const auth = hasAccounts
    ? ({ kind: 'accounts' } as const)
    : password === null
      ? ({ kind: 'none' } as const)
      : ({ kind: 'password', password } as const);
  const { gate, opening, routes } = createAccess({
    ...{
      auth,
      frame,
      logger,
      timeZone: calendar.timeZone,
      publicUrl: deps.publicUrl,
      days: calendar,
      clock: hostClock,
    },
    books: deps.accounts,
    passwordBook: deps.sessions,
  });
  const devicePanels = parts.flatMap((part) => part.devicePanels ?? []);
  const all = [
    ...routes,
    createLiveRoute({ live, gate }),
    ...parts.flatMap((part) => part.routes?.({ frame, gate, devicePanels }) ?? []),
  ];
  const withDocument = [...all, createOpenApiRoute(all)];
  return {
    ...createSite({ frame, gate, routes: withDocument, enter, logger }),
    opening,
    warming: createWarming({ routes: all, clock: hostClock, onBug: deps.onBug }),
  };
}
