import { connectRouter, type RouterClient } from '../../platform/routeros/client.ts';
import type { RouterTls } from '../../platform/routeros/tls.ts';
import { cleanLines } from '../../runtime/clean-text.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { ActCommand, HealerShell, Where } from '../ports.ts';
import { asAsked } from './as-asked.ts';

export interface ApiLogin {
  readonly host: string;
  readonly port: number;
  readonly tls: false | RouterTls;
  readonly encoding: string;
  readonly username: string;
  readonly password: string;
}

const CONNECT_MS = 15_000;
const ANSWER_MS = 20_000;
const KEPT_WORD_BYTES = 4_096;
/** Of a list, the rest is not kept: nothing that is asked here is longer. */
const MOST_ROWS = 512;

/** A way in by the API of RouterOS, with a connection of its own: that of the usage poll has another user. Rejects with a `TroubleError`. */
export async function openApiShell(
  { host, port, tls, encoding, username, password }: ApiLogin,
  clock: Clock,
  signal: AbortSignal,
): Promise<HealerShell> {
  const client = await connectRouter({
    ...{ host, port, tls, encoding, username, password, clock, signal },
    ...{ connectTimeoutMs: CONNECT_MS, idleTimeoutMs: ANSWER_MS, keptWordBytes: KEPT_WORD_BYTES },
  });
  const stop = () => client.close();
  signal.addEventListener('abort', stop, { once: true });
  return {
    ...{ via: ['api', 'api-ssl'], username },
    rows: (menu, properties, where) => list(client, menu, properties, where),
    act: (command) => send(client, command),
    close() {
      signal.removeEventListener('abort', stop);
      client.close();
    },
  };
}

async function list(
  client: RouterClient,
  menu: string,
  properties: readonly string[],
  where?: Where,
): Promise<readonly Readonly<Record<string, string>>[]> {
  let kept = 0;
  const { rows } = await client.command(
    [`${menu}/print`, `=.proplist=${properties.join(',')}`, ...(where === undefined ? [] : queryOf(where))],
    {
      totalTimeoutMs: ANSWER_MS,
      toResult(row) {
        kept += 1;
        if (kept > MOST_ROWS) return null;
        return Object.fromEntries(properties.map((name) => [name, row.get(name) ?? '']));
      },
    },
  );
  if (kept > MOST_ROWS) throw tooMany(menu);
  return asAsked(
    rows.filter((row) => row !== null),
    menu,
    where,
  );
}

/** MikroTik's manual, "API", "Queries": each word pushes a value, `?#|` joins the last two. */
function queryOf({ property, values }: Where): string[] {
  const words = values.map((value) => `?${property}=${value}`);
  return values.length > 1 ? [...words, `?#${'|'.repeat(values.length - 1)}`] : words;
}

async function send(client: RouterClient, command: ActCommand): Promise<string> {
  const { rows, ret } = await client.command(await wordsOf(client, command), {
    totalTimeoutMs: ANSWER_MS,
    toResult: (row) => row.words().flatMap(attributeText).join(' '),
  });
  const answer = [...rows.slice(0, MOST_ROWS), ...(ret === undefined ? [] : [ret])].join('\n');
  return cleanLines(answer);
}

/** `=comment=a b` as a console shows it: `comment="a b"`, so that everybody sees where a value ends. Other words say nothing. */
function attributeText(word: string): string[] {
  const [, name, value] = /^=([^=]*)=([\s\S]*)$/.exec(word) ?? [];
  if (name === undefined || value === undefined) return [];
  return [`${name}=${/[\s"\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value}`];
}

async function wordsOf(client: RouterClient, command: ActCommand): Promise<readonly string[]> {
  if (command.kind === 'script') return ['/execute', `=script=${command.source}`];
  if (command.kind === 'line') return apiWords(command.line);
  const given = Object.entries(command.words).map(([name, value]) => `=${name}=${value}`);
  if (command.kind === 'menu') return [`${command.menu}/${command.verb}`, ...given];
  const { property, value } = command.row;
  const rows = await list(client, command.menu, ['.id', property], { property, values: [value] });
  const [id] = rows.map((row) => row['.id'] ?? '');
  if (rows.length !== 1 || id === undefined || id === '') throw gone(`${property} ${value}`);
  return [`${command.menu}/${command.verb}`, `=numbers=${id}`, ...given];
}

/** A command as the API takes it: `/interface/disable numbers=ether3`, values with blanks in double quotes. */
export function apiWords(line: string): readonly string[] {
  const words = [...line.matchAll(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g)].map(([word]) =>
    word.replace(/"((?:[^"\\]|\\.)*)"/g, (_, text: string) => text.replace(/\\(.)/g, '$1')),
  );
  const [command = '', ...parameters] = words;
  const isGood = /^(?:\/[a-z0-9-]+)+$/.test(command) && parameters.every((word) => /^=?[.a-z][\w.-]*=/.test(word));
  if (!isGood) {
    throw new TroubleError(
      'HEALING_REFUSED',
      'the command is not written as the API takes it; nothing was sent',
      "Write it like '/interface/disable numbers=ether3', or give the device ssh.",
    );
  }
  return [command, ...parameters.map((word) => (word.startsWith('=') ? word : `=${word}`))];
}

function gone(what: string): TroubleError {
  return new TroubleError('HEALING_REFUSED', `there is not exactly one row with ${what}`, 'Look at it on the router.');
}

function tooMany(menu: string): TroubleError {
  return new TroubleError(
    'HEALING_TOO_MANY_ROWS',
    `${menu} has more rows than can be right`,
    'Look at this menu on the router.',
  );
}
