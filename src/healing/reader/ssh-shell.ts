import { randomBytes } from 'node:crypto';
import type { OutputLimits, SshSession } from '../../platform/ssh/shell.ts';
import { cleanLines } from '../../runtime/clean-text.ts';
import { TroubleError } from '../../runtime/errors.ts';
import { quoteRsc } from '../../runtime/rsc-text.ts';
import type { ActCommand, HealerShell, Where } from '../ports.ts';
import { asAsked } from './as-asked.ts';

const LIMITS: OutputLimits = { idleMs: 20_000, totalMs: 30_000, mostBytes: 262_144 };

/** RouterOS says so in the output of a line; its exit status is 0. */
const REFUSAL =
  /^(?:bad command name|syntax error|expected |no such item|no such command|failure:|input does not match|invalid value|ambiguous value|missing value|value of |not enough permissions|unknown parameter)/m;

/** A way in by the shell of RouterOS over a session that is logged in. */
export function createSshShell(session: SshSession, username: string, signal: AbortSignal): HealerShell {
  async function run(line: string): Promise<string> {
    const { bytes, end } = await session.run(line, LIMITS, signal);
    const text = bytes.toString('utf8');
    if (end === 'closed') return text;
    throw new TroubleError(
      'HEALING_NO_ANSWER',
      'the device did not answer a command to its end',
      'Check the connection to the device.',
    );
  }

  return {
    ...{ via: ['ssh'], username },
    async rows(menu, properties, where) {
      const mark = randomBytes(8).toString('hex');
      const text = await run(listLine(menu, properties, where, mark));
      return asAsked(readRows(text, properties, mark), menu, where);
    },
    async act(command) {
      if (command.kind === 'line') {
        const text = await run(command.line);
        if (REFUSAL.test(text)) throw refused(text);
        return cleanLines(text.trim());
      }
      const mark = randomBytes(8).toString('hex');
      const text = await run(`:do { ${lineOf(command)}; :put "${mark}" } on-error={ :put "failed" }`);
      if (!text.includes(mark)) throw refused(text);
      return cleanLines(text.replace(mark, '').trim());
    },
    close: session.close,
  };
}

function refused(text: string): TroubleError {
  const said = cleanLines(text).trim().split('\n')[0] ?? '';
  return new TroubleError(
    'HEALING_REFUSED',
    `the device refused the command: ${said.slice(0, 200)}`,
    'Log in as the same user and try the command.',
  );
}

/** A menu as the console writes it: `/ip route`. */
function consoleMenu(menu: string): string {
  return `/${menu.slice(1).replaceAll('/', ' ')}`;
}

/** Each value stands between marks that no router knows: names may hold anything. */
function listLine(menu: string, properties: readonly string[], where: Where | undefined, mark: string): string {
  const path = consoleMenu(menu);
  const condition =
    where === undefined
      ? ''
      : ` where (${where.values.map((value) => `${where.property}=${quoteRsc(value)}`).join(' or ')})`;
  const value = (name: string) => {
    // What a version lacks would refuse the whole line: read as a text of its own, it is only missing.
    const get = `[:parse (":return [:tostr [${path} get " . [:tostr $nsRow] . " ${name}]]")]`;
    return `:do { :local nsGet ${get}; :put [$nsGet] } on-error={ :put "" }; :put "${mark}"`;
  };
  const values = properties.map(value).join('; ');
  return `:foreach nsRow in=[${path} find${condition}] do={ ${values} }; :put "end ${mark}"`;
}

function readRows(text: string, properties: readonly string[], mark: string): Readonly<Record<string, string>>[] {
  const body = text.replaceAll('\r\n', '\n');
  const end = body.lastIndexOf(`end ${mark}`);
  if (end < 0) throw refused(text);
  const values = body.slice(0, end).split(`\n${mark}\n`).slice(0, -1);
  const rows: Record<string, string>[] = [];
  for (let start = 0; start + properties.length <= values.length; start += properties.length) {
    rows.push(Object.fromEntries(properties.map((name, index) => [name, values[start + index] ?? ''])));
  }
  return rows;
}

function lineOf(command: Exclude<ActCommand, { kind: 'line' }>): string {
  if (command.kind === 'script') return `:execute script=${quoteRsc(command.source)}`;
  const words = Object.entries(command.words).map(([name, value]) => `${name}=${quoteRsc(value)}`);
  const path = `${consoleMenu(command.menu)} ${command.verb}`;
  if (command.kind === 'menu') return [path, ...words].join(' ');
  const { property, value } = command.row;
  return [path, `[find where ${property}=${quoteRsc(value)}]`, ...words].join(' ');
}
