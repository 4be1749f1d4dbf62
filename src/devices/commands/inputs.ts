import type { Frame } from '../../platform/cli/frame.ts';
import { COLUMN_OF, type DeviceFields, FIELDS, fieldFromText, parseDeviceFields } from '../fields.ts';
import { type Problem, Refusal } from '../inventory.ts';

const EXIT_TROUBLE = 1;
const EXIT_USAGE = 2;

/** `apiPort` → `--api-port`; a private key and its passphrase are given as files alone. */
export function optionOf(field: string): string {
  const end = field === 'privateKey' || field === 'passphrase' ? '-file' : '';
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}${end}`;
}

/** Fields that are given as options; a password never is. */
export const OPTION_FIELDS = FIELDS.filter((field) => field !== 'name' && field !== 'password');

/** The options that commander gives, by the JSON keys of the fields. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/** The fields of options and a password; an empty text clears. `null`: something is wrong, and was told. */
export function fieldsOf(options: GivenOptions, password: string | undefined, frame: Frame): DeviceFields | null {
  const given = OPTION_FIELDS.flatMap((field) => {
    const text = options[field];
    return typeof text === 'string' ? [[field, fieldFromText(field, text)] as const] : [];
  });
  const parsed = parseDeviceFields({ ...Object.fromEntries(given), ...(password === undefined ? {} : { password }) });
  if ('fields' in parsed) return parsed.fields;
  tellProblems(frame, 'the options are not usable', parsed.problems, EXIT_USAGE);
  return null;
}

const WITH_OPTION: ReadonlySet<string> = new Set([
  ...Object.keys(COLUMN_OF).filter((field) => field !== 'name'),
  'privateKey',
  'passphrase',
]);

/** Tells every problem in a line of its own. */
export function tellProblems(frame: Frame, what: string, problems: readonly Problem[], exitCode = EXIT_TROUBLE): void {
  const lines = problems.map(({ field, message }) => {
    return `  ${WITH_OPTION.has(field) ? `${optionOf(field)}: ` : ''}${message}\n`;
  });
  frame.stderr.write(`error: ${what}:\n${lines.join('')}`);
  frame.exitWith(exitCode);
}

/** Tells what is wrong where a change is refused. */
export async function orTell(frame: Frame, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tellProblems(frame, what, error.problems);
  }
}
