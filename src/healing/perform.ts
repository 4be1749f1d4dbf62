import { TroubleError } from '../runtime/errors.ts';
import { mask } from '../runtime/mask.ts';
import { quoteRsc } from '../runtime/rsc-text.ts';
import { type ActCommand, type HealerShell, REFUSED_CODES, type RunEnd } from './ports.ts';
import { type Action, actionText } from './rule.ts';
import { isYes, wayIn } from './way-in.ts';

/** Off for so long; the router turns it on again by itself, whatever becomes of us. */
const OFF_SECONDS = 5;
const LONGEST_OUTPUT = 16_384;
/**
 * A command or an answer may hold secrets that this process does not know: as `password=x`, or as `password: x`. RouterOS breaks long
 * lines by `\`. It begins with the word itself, so that the time for a text of any kind is in proportion to its length.
 */
const SECRET =
  /((?:password|passphrase|secret|-key(?:-\d)?|psk|pin)(?:=|: *))(?:\\\r?\n[ \t]*)?(?:"(?:[^"\\]|\\[\s\S])*(?:"|$)|(?:\\\r?\n[ \t]*|\S)+)/gi;

export type Preparation = { readonly is: 'ready'; readonly commands: readonly ActCommand[] } | Refusal;
type Refusal = { readonly is: 'refused' | 'impossible'; readonly reason: string };

/**
 * Everything that is asked of the router before anything is changed: the way we come by, and whether there is what is to be acted on.
 * Rejects with a `TroubleError`.
 */
export async function prepare(shell: HealerShell, action: Action): Promise<Preparation> {
  if (canCut(action)) {
    const way = await wayIn(shell);
    if (way === null)
      return { is: 'refused', reason: 'the router does not say through which interfaces NetSentinel is connected' };
    const cut = cutBy(action, way);
    if (cut !== null) return { is: 'refused', reason: `NetSentinel is connected through ${cut}` };
  }
  const missing = await missingFor(shell, action);
  return missing === null ? { is: 'ready', commands: commandsOf(action) } : { is: 'impossible', reason: missing };
}

/** A reboot ends by itself, and a machine that wakes cuts nothing. */
function canCut({ kind }: Action): boolean {
  return kind !== 'reboot' && kind !== 'wake';
}

/** The interface of the way we come by that an action turns off; of free commands, the one that they name. */
function cutBy(action: Action, way: ReadonlySet<string>): string | null {
  if (action.kind === 'renewDhcp' || action.kind === 'bounce')
    return way.has(action.interface) ? action.interface : null;
  if (action.kind === 'poeCycle') return way.has(action.port) ? action.port : null;
  if (action.kind !== 'run') return null;
  return [...way].find((name) => action.lines.some((line) => isNamedIn(line, name))) ?? null;
}

function isNamedIn(line: string, name: string): boolean {
  return new RegExp(`(?<![\\w.-])${RegExp.escape(name)}(?![\\w.-])`).test(line);
}

/** What the router lacks for an action, for people; `null`: nothing. */
async function missingFor(shell: HealerShell, action: Action): Promise<string | null> {
  if (action.kind === 'renewDhcp') {
    const where = { property: 'interface', values: [action.interface] };
    const rows = await shell.rows('/ip/dhcp-client', ['interface', 'disabled'], where);
    if (rows.length !== 1) return `there is no DHCP client on ${action.interface}`;
    return isYes(rows[0]?.['disabled']) ? `the DHCP client on ${action.interface} is turned off` : null;
  }
  if (action.kind === 'bounce') {
    const where = { property: 'name', values: [action.interface] };
    const rows = await shell.rows('/interface', ['name', 'disabled'], where);
    if (rows.length !== 1) return `there is no interface ${action.interface}`;
    // Turning it on again would undo what somebody decided.
    return isYes(rows[0]?.['disabled']) ? `${action.interface} is turned off` : null;
  }
  if (action.kind !== 'poeCycle') return null;
  const where = { property: 'name', values: [action.port] };
  const [port] = await shell.rows('/interface/ethernet/poe', ['name', 'poe-out'], where);
  if (port === undefined) return `there is no port ${action.port} that gives power`;
  return port['poe-out'] === 'off' ? `power is off on port ${action.port}` : null;
}

function commandsOf(action: Action): readonly ActCommand[] {
  switch (action.kind) {
    case 'renewDhcp':
      return [
        {
          ...{ kind: 'row', menu: '/ip/dhcp-client', verb: 'renew', words: {} },
          row: { property: 'interface', value: action.interface },
        },
      ];
    case 'bounce':
      return [{ kind: 'script', source: bounceScript(action.interface) }];
    case 'reboot':
      // Typed in, it would ask whether one is sure.
      return [{ kind: 'script', source: '/system reboot' }];
    case 'poeCycle':
      return [
        {
          ...{ kind: 'row', menu: '/interface/ethernet/poe', verb: 'power-cycle' },
          row: { property: 'name', value: action.port },
          words: { duration: `${OFF_SECONDS}s` },
        },
      ];
    case 'wake': {
      const { mac, interface: name } = action;
      return [
        { kind: 'menu', menu: '/tool', verb: 'wol', words: { mac, ...(name === null ? {} : { interface: name }) } },
      ];
    }
    case 'run':
      return action.lines.map((line) => ({ kind: 'line', line }));
  }
}

/** One command of ours: who is cut off or killed in the middle leaves no interface turned off. */
function bounceScript(name: string): string {
  const found = `[/interface find where name=${quoteRsc(name)}]`;
  return `/interface disable ${found}; :delay ${OFF_SECONDS}s; /interface enable ${found}`;
}

/**
 * Sends the commands, one after the other, as long as `isInTime`. A refused one ends it as failed; after any other trouble nobody knows what
 * the device did, so the probe decides.
 */
export async function act(
  shell: HealerShell,
  action: Action,
  commands: readonly ActCommand[],
  isInTime: () => boolean,
): Promise<RunEnd> {
  const said: string[] = [];
  const output = () => withoutSecrets(said.join('\n')).slice(0, LONGEST_OUTPUT);
  for (const command of commands) {
    if (!isInTime()) {
      said.push('The time is over; the rest was not sent.');
      break;
    }
    said.push(`> ${command.kind === 'line' ? command.line : actionText(action)}`);
    try {
      const answer = await shell.act(command);
      if (answer !== '') said.push(answer);
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      said.push(error.message);
      if (!REFUSED_CODES.includes(error.code)) return { output: output(), end: 'ran' };
      return { output: output(), end: { state: 'failed', reason: withoutSecrets(error.message) } };
    }
  }
  return { output: output(), end: 'ran' };
}

/** What is to be shown of a command or of an answer. */
export function withoutSecrets(text: string): string {
  return mask(text).replace(SECRET, '$1***');
}
