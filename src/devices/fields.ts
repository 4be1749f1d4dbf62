import { z } from 'zod';
import { cleanText } from '../runtime/clean-text.ts';
import { isHost } from '../runtime/host-name.ts';
import { invalid, type Problem } from './inventory.ts';

/**
 * What is known of a device, as people enter it: JSON keys here, CSV columns and options of commands by `COLUMN_OF`. Absent: as it is
 * now. `null` clears a field.
 */
export type DeviceFields = z.output<typeof deviceFields>;

/** Names are stored with up to 255 characters. */
const LONGEST_NAME = 255;
const LONGEST_SECRET = 4096;
const MOST_TAGS = 50;
const FORMULA_START = /^[=+\-@]/;

function oneLine(what = 'must be one line without control or invisible characters, 1 to 255 characters') {
  return z
    .string(what)
    .transform((text) => text.trim())
    .refine((text) => text !== '' && text.length <= LONGEST_NAME && cleanText(text) === text, what);
}

/** Of a device or a credential: what begins like a formula would be one in a spreadsheet. */
export const entryName = oneLine().refine(
  (name) => !FORMULA_START.test(name),
  'must not begin with one of the characters = + - @',
);

const host = z
  .string("must be a host name or an IP address, without 'https://', port, brackets or path")
  .transform((text) => text.trim())
  .refine(isHost, "must be a host name or an IP address, without 'https://', port, brackets or path");
const PORT = 'must be a port from 1 to 65535';
const port = z.int(PORT).min(1, PORT).max(65_535, PORT);
const MODEL = "must be a model like 'routeros', 'ios' or 'linux': small letters, digits, - and _";
export const model = z.string(MODEL).regex(/^[a-z][a-z0-9_-]{0,63}$/, MODEL);
const YES_NO = 'must be yes or no';
const flag = z.boolean(YES_NO);
const TLS = "must be no, yes, insecure, or the SHA-256 fingerprint of the router's certificate";
const FINGERPRINT = /^(sha256:)?([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i;
const apiTls = z.union([z.boolean(), z.string()], TLS).transform((given, context): string => {
  const text = typeof given === 'boolean' ? (given ? 'yes' : 'no') : given.trim();
  if (/^(yes|no|insecure)$/i.test(text)) return text.toLowerCase();
  if (FINGERPRINT.test(text)) return readableFingerprint(text);
  context.addIssue({ code: 'custom', message: TLS });
  return z.NEVER;
});
const TAGS = "must be a list of at most 50 different tags of one line, without ';'";
export const tags = z
  .array(oneLine(TAGS), TAGS)
  .max(MOST_TAGS, TAGS)
  .refine((list) => list.every((tag) => !tag.includes(';')) && new Set(list).size === list.length, TAGS);
const SECRET = 'must be text of 1 to 4096 characters';
export const secretField = z.string(SECRET).min(1, SECRET).max(LONGEST_SECRET, SECRET);
export const usernameField = oneLine();

/** Every field but the name. */
export const deviceFields = z
  .strictObject({
    host,
    model: model.nullable(),
    apiPort: port.nullable(),
    apiTls: apiTls.nullable(),
    apiCredential: entryName.nullable(),
    sshPort: port.nullable(),
    sshCredential: entryName.nullable(),
    terminalCredential: entryName.nullable(),
    username: usernameField.nullable(),
    password: secretField,
    parent: entryName.nullable(),
    tags: tags.nullable(),
    usage: flag.nullable(),
    backup: flag.nullable(),
    paused: flag.nullable(),
  })
  .partial();

type Field = 'name' | keyof DeviceFields;

/** The CSV column of each field, in the order of an export. */
export const COLUMN_OF = {
  name: 'name',
  host: 'host',
  model: 'model',
  apiPort: 'api_port',
  apiTls: 'api_tls',
  apiCredential: 'api_credential',
  sshPort: 'ssh_port',
  sshCredential: 'ssh_credential',
  terminalCredential: 'terminal_credential',
  username: 'username',
  password: 'password',
  parent: 'parent',
  tags: 'tags',
  usage: 'usage',
  backup: 'backup',
  paused: 'paused',
} as const satisfies Record<Field, string>;

export type Column = (typeof COLUMN_OF)[Field];

/** In the order of an export. */
export const COLUMNS: readonly Column[] = Object.values(COLUMN_OF);
export const FIELDS = Object.keys(COLUMN_OF) as readonly Field[];

/** The value that a text of a cell, an option or a form stands for; one that cannot be understood stays a text, and is refused later. */
export function fieldFromText(field: Field, text: string): unknown {
  // A password is what was written, blanks and all; an empty one is none.
  if (field === 'password') return text === '' ? undefined : text;
  const word = text.trim();
  if (word === '') return field === 'name' || field === 'host' ? '' : null;
  switch (field) {
    case 'apiPort':
    case 'sshPort':
      return /^\d{1,5}$/.test(word) ? Number(word) : word;
    case 'usage':
    case 'backup':
    case 'paused':
      return flagFromText(word);
    case 'apiTls':
      return TLS_WORDS.get(word.toLowerCase()) ?? word;
    case 'tags':
      return word
        .split(';')
        .map((tag) => tag.trim())
        .filter((tag) => tag !== '');
    case 'model':
      return word.toLowerCase();
    default:
      return word;
  }
}

const TLS_WORDS = new Map([...flagWords(true, 'yes'), ...flagWords(false, 'no')]);

function flagWords<Meaning>(isSet: boolean, meaning: Meaning): [string, Meaning][] {
  return (isSet ? ['yes', 'true', '1', 'on'] : ['no', 'false', '0', 'off']).map((word) => [word, meaning]);
}

function flagFromText(word: string): unknown {
  const flags = new Map([...flagWords(true, true), ...flagWords(false, false)]);
  return flags.get(word.toLowerCase()) ?? word;
}

/** `SHA-256` as Node's `fingerprint256` has it: `AB:CD:…`. */
function readableFingerprint(text: string): string {
  const digits = text
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .toUpperCase();
  return (digits.match(/../g) ?? []).join(':');
}

/** Checks fields that came from outside; everything that is wrong with them at once. */
export function parseDeviceFields(raw: unknown): { readonly fields: DeviceFields } | { readonly problems: Problem[] } {
  return parseEntry(deviceFields, raw, (fields) => ({ fields }));
}

/** What a schema makes of a value, or its problems by field. */
export function parseEntry<Value, Result>(
  schema: z.ZodType<Value>,
  raw: unknown,
  take: (value: Value) => Result,
): Result | { readonly problems: Problem[] } {
  const parsed = schema.safeParse(raw);
  return parsed.success ? take(parsed.data) : { problems: problemsOf(parsed.error) };
}

/** No value is quoted: neither a password nor a name of a field that may be one. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') return invalid('', 'has fields that are not known');
    return invalid(String(issue.path[0] ?? ''), issue.message);
  });
}
