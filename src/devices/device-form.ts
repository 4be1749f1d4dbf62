import type { DeviceEntry } from './entries.ts';
import { type DeviceFields, fieldFromText, parseDeviceFields } from './fields.ts';
import { invalid, type Problem } from './inventory.ts';

/** What a form about a device holds, as typed. A password is in none of it that is shown. */
export const FORM_FIELDS = [
  ...(['name', 'host', 'model', 'tls', 'fingerprint', 'apiPort', 'login', 'username', 'sshPort'] as const),
  ...(['sshCredential', 'terminalCredential', 'parent', 'tags', 'usage', 'backup'] as const),
] as const;

export type FormField = (typeof FORM_FIELDS)[number];
export type DeviceForm = Readonly<Record<FormField, string>>;

/** Values of `login`: none, one of the device's own, or a credential by its name behind the prefix. */
export const NO_LOGIN = 'none';
export const OWN_LOGIN = 'own';
const SHARED = 'credential:';
const PINNED = 'fingerprint';

/** What `login` is for this credential. */
export function sharedLogin(credential: string): string {
  return `${SHARED}${credential}`;
}

export const EMPTY_FORM: DeviceForm = {
  ...{ name: '', host: '', model: 'routeros', tls: 'no', fingerprint: '', apiPort: '', login: OWN_LOGIN, username: '' },
  ...{ sshPort: '', sshCredential: '', terminalCredential: '', parent: '', tags: '', usage: 'yes', backup: 'yes' },
};

export function formOfEntry(entry: DeviceEntry): DeviceForm {
  const { apiTls } = entry;
  const isPinned = typeof apiTls === 'string' && apiTls !== 'insecure';
  const tls = typeof apiTls === 'string' ? (isPinned ? PINNED : apiTls) : yesNo(apiTls);
  const { apiCredential, username } = entry;
  const login = apiCredential !== null ? sharedLogin(apiCredential) : username !== null ? OWN_LOGIN : NO_LOGIN;
  const port = (value: number | null) => (value === null ? '' : String(value));
  return {
    ...{ name: entry.name, host: entry.host, model: entry.model, tls, fingerprint: isPinned ? apiTls : '' },
    ...{ apiPort: port(entry.apiPort), login, username: username ?? '', sshPort: port(entry.sshPort) },
    ...{ sshCredential: entry.sshCredential ?? '', terminalCredential: entry.terminalCredential ?? '' },
    ...{ parent: entry.parent ?? '', tags: entry.tags.join('; ') },
    ...{ usage: yesNo(entry.usage), backup: yesNo(entry.backup) },
  };
}

function yesNo(is: boolean): string {
  return is ? 'yes' : 'no';
}

/** What was typed, of all fields; a box that is not ticked is not sent. */
export function typedForm(field: (name: string) => string): DeviceForm {
  const typed = Object.fromEntries(FORM_FIELDS.map((name) => [name, field(name)]));
  return { ...EMPTY_FORM, ...typed, usage: field('usage') || 'no', backup: field('backup') || 'no' };
}

/** The fields that a form stands for; an empty password leaves the stored one. */
export function fieldsOfForm(
  form: DeviceForm,
  password: string,
): { readonly fields: DeviceFields } | { readonly problems: readonly Problem[] } {
  const texts = [
    'host',
    'model',
    'apiPort',
    'sshPort',
    'sshCredential',
    'terminalCredential',
    'parent',
    'tags',
  ] as const;
  const raw = Object.fromEntries(
    [...texts, ...(['usage', 'backup'] as const)].map((field) => [field, fieldFromText(field, form[field])]),
  );
  const parsed = parseDeviceFields({ ...raw, apiTls: tlsOf(form), ...loginOf(form, password) });
  const missing = form.login === OWN_LOGIN && form.username.trim() === '' ? [invalid('username', 'is missing')] : [];
  if ('fields' in parsed && missing.length === 0) return parsed;
  return { problems: [...missing, ...('problems' in parsed ? parsed.problems : [])] };
}

function tlsOf({ tls, fingerprint }: DeviceForm): string {
  return tls === PINNED ? fingerprint : tls;
}

function loginOf({ login, username }: DeviceForm, password: string): object {
  if (login === OWN_LOGIN) {
    const given = password === '' ? {} : { password };
    return { apiCredential: null, username: username.trim() === '' ? null : username, ...given };
  }
  return { apiCredential: login.startsWith(SHARED) ? login.slice(SHARED.length) : null, username: null };
}

/** The field of the form that a problem belongs to; empty where it belongs to none. */
export function formFieldOf(problem: Problem, form: DeviceForm): string {
  if (problem.field === 'apiTls') return form.tls === PINNED ? 'fingerprint' : 'tls';
  if (problem.field === 'apiCredential') return 'login';
  return problem.field;
}
