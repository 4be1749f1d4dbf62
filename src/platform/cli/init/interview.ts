import type { z } from 'zod';
import { makeKey } from '../../../runtime/vault.ts';
import {
  host as hostField,
  line,
  mailAddress,
  port as portField,
  timeZone as timeZoneField,
} from '../../config/fields.ts';
import type { Questions } from './questions.ts';
import type { Starter } from './starter.ts';

/** The answers, and the secrets by what they are for. */
export interface Interview {
  readonly starter: Starter;
  readonly secrets: { readonly key: string; readonly router: string | null; readonly mail: string | null };
}

const SUBMISSION_PORT = 587;
const RELAY_PORT = 25;

/** `null` when an answer will do, else what is wrong with it. */
type Judge = (answer: string) => string | null;

/**
 * Asks up to four questions; without a router the pages are not asked for, but on. An answer that cannot be used is asked for again, with the
 * reason.
 */
export async function interview(questions: Questions, ownTimeZone: string): Promise<Interview> {
  async function until(judge: Judge, next: () => Promise<string>): Promise<string> {
    for (;;) {
      const answer = await next();
      const fault = judge(answer);
      if (fault === null) return answer;
      questions.say(`   ${fault}`);
    }
  }
  function ask(question: string, judge: Judge, preset = ''): Promise<string> {
    const shown = preset === '' ? question : `${question} [${preset}]`;
    return until(judge, async () => (await questions.ask(`${shown}: `)) || preset);
  }
  function askSecret(question: string, judge: Judge): Promise<string> {
    return until(judge, () => questions.askSecret(`${question}: `));
  }

  const timeZone = await ask('1. Time zone of your days', by(timeZoneField), ownTimeZone);
  const host = await ask(
    '2. Router: host name or IP address (Enter: none yet, devices are added on the pages)',
    orNothing(by(hostField)),
  );
  const { router, password: routerPassword } = host === '' ? NO_ROUTER : await askRouter(host);
  const to = await ask('3. Mail address for alerts and reports (Enter: no mail)', orNothing(by(mailAddress)));
  const { mail, password: mailPassword } = to === '' ? NO_MAIL : await askServer(to);
  const hasPages = router === null || isYes(await ask('4. Web pages for this machine, yes or no', isYesOrNo, 'yes'));

  async function askRouter(at: string) {
    const name = await ask('   Its name in NetSentinel', by(line), 'edge-1');
    const username = await ask('   User on the router', by(line), 'librenms_api');
    const password = await askSecret('   Password of that user (not shown)', isThere);
    return { router: { name, host: at, username }, password };
  }

  async function askServer(address: string) {
    const server = splitServer(await ask('   Mail server (host or host:port)', isServer));
    const login = await ask('   User on the mail server (Enter: no login)', orNothing(by(line)));
    const password = login === '' ? null : await askSecret('   Password of that user (not shown)', isThere);
    const port = server.port ?? (login === '' ? RELAY_PORT : SUBMISSION_PORT);
    return { mail: { to: address, host: server.host, port, username: login === '' ? null : login }, password };
  }

  return {
    starter: { timeZone, router, mail, hasPages },
    secrets: { key: makeKey(), router: routerPassword, mail: mailPassword },
  };
}

const NO_ROUTER = { router: null, password: null };
const NO_MAIL = { mail: null, password: null };

function by<Answer>(schema: z.ZodType): (answer: Answer) => string | null {
  return (answer) => schema.safeParse(answer).error?.issues[0]?.message ?? null;
}

function orNothing(judge: Judge): Judge {
  return (answer) => (answer === '' ? null : judge(answer));
}

function isThere(answer: string): string | null {
  return answer === '' ? 'must not be empty' : null;
}

function isYesOrNo(answer: string): string | null {
  return /^(y|yes|n|no)$/i.test(answer) ? null : 'must be yes or no';
}

function isYes(answer: string): boolean {
  return /^y/i.test(answer);
}

function isServer(answer: string): string | null {
  const { host, port } = splitServer(answer);
  return by(hostField)(host) ?? (port === null ? null : by(portField)(port));
}

/** An IPv6 address has more than one colon, and then there is no port. */
function splitServer(text: string): { readonly host: string; readonly port: number | null } {
  const [host = '', port, ...more] = text.split(':');
  return port === undefined || more.length > 0 ? { host: text, port: null } : { host, port: Number(port) };
}
