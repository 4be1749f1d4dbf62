import type { NavigationLink } from '../../platform/http/frame.ts';
import type { Gate } from '../../platform/http/gate.ts';
import type { PageFrame } from '../../platform/http/page-frame.ts';
import type { Route } from '../../platform/http/route.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Part } from '../../runtime/lifecycle.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createAccountSessions } from '../account-sessions.ts';
import { auditRoute, meRoute } from '../api/audit.ts';
import { tokenRoutes } from '../api/tokens.ts';
import { userRoutes } from '../api/users.ts';
import type { AuditDays } from '../audit-query.ts';
import { createAccountDesk } from '../desk.ts';
import { createPasswordCheck } from '../password-check.ts';
import { createPasswordSessions } from '../password-sessions.ts';
import { createPasswordHasher } from '../passwords.ts';
import type { AccountBooks, SessionBook } from '../ports.ts';
import { createSetup } from '../setup.ts';
import { findToken } from '../tokens.ts';
import { createAuditPage } from './audit-page.ts';
import { createGate, type Visitors } from './gate.ts';
import { createLogin } from './login.ts';
import { createOwnPages } from './own-pages.ts';
import { createPasswordLogin } from './password-login.ts';
import { createUserPages } from './user-pages.ts';

/** Who may see the pages: people with accounts, whoever has the one password (to read), or everybody on this machine (to read). */
export type Auth =
  | { readonly kind: 'accounts' }
  | { readonly kind: 'password'; readonly password: () => string }
  | { readonly kind: 'none' };

export interface AccessDeps {
  readonly auth: Auth;
  readonly books: AccountBooks;
  /** Sessions of the one password. */
  readonly passwordBook: SessionBook;
  readonly days: AuditDays;
  readonly timeZone: string;
  /** Where people reach the pages, where that is configured. */
  readonly publicUrl: string | null;
  readonly frame: PageFrame;
  /** Sessions and tries go by this clock. */
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Access {
  readonly gate: Gate;
  readonly routes: readonly Route[];
  /** To be started when the schema is up to date: shows the way to the first account while there is none. */
  readonly opening: Part;
}

export const ACCOUNT_LINK: NavigationLink = { key: 'account', href: '/account', title: 'Account' };

/** Logins, rights, users, tokens and the audit, for the HTTP server. Tokens and the API are there whatever the login is. */
export function createAccess(deps: AccessDeps): Access {
  const { auth, books, days, timeZone, publicUrl, frame, clock, logger } = deps;
  frame.addPartial('sessions', new URL('../pages/sessions.hbs', import.meta.url));
  const open = createAccountSessions({ book: books.sessions, clock, logger });
  const hasher = createPasswordHasher();
  const desk = createAccountDesk({ books, hasher, clock, onChange: open.doubt });
  const check = createPasswordCheck({ ...books, hasher, clock });
  const setup = createSetup({ accounts: books.accounts, clock });
  const { visitors, routes } = createLogins();

  function createLogins(): { readonly visitors: Visitors; readonly routes: readonly Route[] } {
    if (auth.kind === 'none') return { visitors: EVERYBODY, routes: [] };
    if (auth.kind === 'password') {
      const { password } = auth;
      const sessions = createPasswordSessions({ book: deps.passwordBook, password, clock, logger });
      const visitors = {
        find: async (cookie: string) => ((await sessions.find(cookie)) === null ? null : SHARED),
        follow: sessions.follow,
        stop: sessions.stop,
      };
      return { visitors, routes: createPasswordLogin({ sessions, password, clock, logger, frame }) };
    }
    const visitors: Visitors = {
      async find(cookie, byItself) {
        const session = await open.find(cookie, byItself);
        return session && { who: session.account.name, kind: 'user', role: session.account.role, session: session.id };
      },
      follow: open.follow,
      stop: open.stop,
    };
    return { visitors, routes: createLogin({ ...books, check, open, desk, setup, frame, clock, logger }) };
  }

  async function showWayIn(): Promise<void> {
    if (auth.kind !== 'accounts') return;
    try {
      const token = await setup.begin();
      if (token === null) return;
      logger.warn(
        { link: `${publicUrl ?? ''}/setup?token=${token}` },
        'there is no user yet: open this link within 30 minutes to create the first admin',
      );
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      logger.warn(
        { code: error.code },
        'it is not known whether there is a user; restart for a link to create the first admin',
      );
    }
  }

  return {
    gate: createGate({
      visitors,
      findToken: (token) => findToken({ tokens: books.tokens, clock }, token),
      takesEveryBearer: auth.kind === 'accounts',
      isForThisMachine: auth.kind === 'none',
      frame,
    }),
    routes: [
      ...routes,
      ...createOwnPages({ desk, check, audit: books.audit, clock, frame, timeZone }),
      ...createUserPages({ desk, frame, timeZone }),
      createAuditPage({ audit: books.audit, days, frame, timeZone }),
      ...userRoutes({ desk }),
      ...tokenRoutes({ desk }),
      auditRoute({ audit: books.audit, days }),
      meRoute,
    ],
    opening: { name: 'accounts', start: showWayIn, stop: () => {} },
  };
}

const SHARED = { who: '', kind: 'shared', role: 'viewer', session: null } as const;
const EVERYBODY: Visitors = { find: async () => SHARED, follow: async () => () => {}, stop: () => {} };
