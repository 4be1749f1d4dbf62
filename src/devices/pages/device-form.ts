import type { Frame } from '../../platform/http/frame.ts';
import { routerLink } from '../../platform/http/links.ts';
import { readableName } from '../../runtime/format.ts';
import { type DeviceForm, FORM_FIELDS, type FormField, NO_LOGIN, OWN_LOGIN, sharedLogin } from '../device-form.ts';
import type { DeviceTestStep } from '../device-tests.ts';
import type { DeviceEntry } from '../entries.ts';
import type { ListedEntry } from '../inventory-query.ts';
import { type Choice, choices, type SecretsNote, type TestView, viewTest } from './form-parts.ts';
import { levelOf, type StateLevel, sourceText } from './inventory.ts';
import { deviceLink } from './inventory-links.ts';

/** What was found wrong, by the name of the field; `form` concerns the whole form. */
export type FieldProblems = Readonly<Record<string, string>>;

/** What the fields of the form show. */
export interface FieldsView
  extends Omit<DeviceForm, 'usage' | 'backup' | 'login' | 'tls' | 'sshCredential' | 'terminalCredential'> {
  readonly tlsChoices: readonly Choice[];
  readonly loginChoices: readonly Choice[];
  readonly sshChoices: readonly Choice[];
  readonly terminalChoices: readonly Choice[];
  readonly countsUsage: boolean;
  readonly hasBackups: boolean;
  readonly parents: readonly string[];
  readonly passwordHint: string;
  /** Of each field what is wrong with it, or `null`. */
  readonly problems: Readonly<Record<FormField | 'password' | 'form', string | null>>;
  /** Something is wrong, or set, where it is not seen at first. */
  readonly isMoreOpen: boolean;
}

/** What a form is made of. */
export interface FormState {
  readonly form: DeviceForm;
  readonly problems: FieldProblems;
  readonly tested: readonly DeviceTestStep[] | null;
  /** What to say before the form. */
  readonly note: string | null;
}

/** What may be chosen. */
export interface FormChoices {
  readonly credentials: readonly string[];
  readonly parents: readonly string[];
  readonly trouble: SecretsNote | null;
}

const TLS: readonly (readonly [string, string])[] = [
  ['no', 'No TLS: in clear text'],
  ['yes', 'TLS, certificate checked by the CAs of the system'],
  ['fingerprint', 'TLS, only the certificate with the fingerprint below'],
  ['insecure', 'TLS, any certificate'],
];

const MORE: readonly FormField[] = ['model', 'sshPort', 'sshCredential', 'terminalCredential', 'parent', 'tags'];

function viewFields({ form, problems }: FormState, known: FormChoices, hasPassword: boolean): FieldsView {
  const { usage, backup, login, tls, sshCredential, terminalCredential, ...texts } = form;
  const own = [OWN_LOGIN, 'Own user name and password'] as const;
  const shared = known.credentials.map((name) => [sharedLogin(name), `Credential ${name}`] as const);
  const others = [['', 'None'] as const, ...known.credentials.map((name) => [name, name] as const)];
  const names = [...FORM_FIELDS, 'password'] as const;
  const at = Object.fromEntries(names.map((name) => [name, problems[name] ?? null]));
  const elsewhere = Object.entries(problems).filter(([field]) => !names.some((name) => name === field));
  return {
    ...texts,
    tlsChoices: choices(TLS, tls),
    loginChoices: choices([own, ...shared, [NO_LOGIN, 'None: usage is not read']], login),
    sshChoices: choices(others, sshCredential),
    terminalChoices: choices(others, terminalCredential),
    countsUsage: usage === 'yes',
    hasBackups: backup === 'yes',
    parents: known.parents,
    passwordHint: hasPassword
      ? 'Empty: the stored password stays. For another host, port or TLS setting type it again.'
      : '',
    problems: { ...at, form: elsewhere[0]?.[1] ?? null } as FieldsView['problems'],
    isMoreOpen: MORE.some((field) => problems[field] !== undefined),
  };
}

export interface NewDeviceView extends Frame {
  readonly fields: FieldsView;
  readonly keyNote: SecretsNote | null;
  readonly note: string | null;
  readonly tested: TestView | null;
}

/** `GET /inventory/new` */
export function viewNewDevice(state: FormState, known: FormChoices): NewDeviceView {
  return {
    ...{ title: 'New device', nav: 'inventory', note: state.note, keyNote: known.trouble },
    fields: viewFields(state, known, false),
    tested: state.tested && viewTest(state.tested),
  };
}

export interface DevicePageView extends Frame {
  readonly name: string;
  readonly level: StateLevel;
  readonly state: string;
  readonly code: string | null;
  /** What else is to be known: where it comes from, or what counts in its place. */
  readonly source: string;
  readonly usage: string | null;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** `null`: it is only shown. */
  readonly edit: {
    readonly fields: FieldsView;
    readonly version: number;
    readonly action: string;
    readonly isPaused: boolean;
    readonly removeProblem: string | null;
  } | null;
  readonly keyNote: SecretsNote | null;
  readonly note: string | null;
  readonly tested: TestView | null;
  /** Where the form goes that tries it as it is stored; `null`: nobody asks who may, or there is nothing to try. */
  readonly testAction: string | null;
  readonly takeOver: string | null;
}

export interface DevicePageData {
  readonly entry: ListedEntry;
  readonly may: { readonly edit: boolean; readonly test: boolean };
  readonly known: FormChoices;
  readonly state: FormState;
}

/** `GET /inventory/<name>` */
export function viewDevicePage({ entry, may, known, state }: DevicePageData): DevicePageView {
  const { name, source, version, model, username, apiCredential } = entry;
  const isOurs = source === 'inventory' && version !== null;
  const isEdited = may.edit && isOurs;
  const hasLogin = model === 'routeros' && (username !== null || apiCredential !== null);
  return {
    ...{ title: readableName(name), nav: 'inventory', name: readableName(name), note: state.note },
    level: levelOf(entry.state),
    ...{ state: entry.state.text, code: entry.state.code },
    source: `from ${sourceText(source)}`,
    usage: hasLogin ? routerLink(name) : null,
    facts: isEdited ? [] : factsOf(entry),
    edit: isEdited
      ? {
          fields: viewFields(state, known, username !== null),
          ...{ version, action: deviceLink(name), isPaused: entry.paused },
          removeProblem: state.problems['remove'] ?? null,
        }
      : null,
    keyNote: isEdited ? known.trouble : null,
    tested: state.tested && viewTest(state.tested),
    testAction: may.test && hasLogin && !isEdited ? deviceLink(name, '/test') : null,
    takeOver: may.edit && !isOurs ? deviceLink(name, '/takeover') : null,
  };
}

function factsOf(entry: DeviceEntry): DevicePageView['facts'] {
  const { apiTls } = entry;
  const tls = typeof apiTls === 'string' ? apiTls : apiTls ? 'yes' : 'no';
  const facts: (readonly [string, string | number | null])[] = [
    ['Host', entry.host],
    ['Model', entry.model],
    ['API port', entry.apiPort],
    ['API over TLS', entry.model === 'routeros' ? tls : null],
    ['Credential of the API', entry.apiCredential],
    ['User name', entry.username],
    ['SSH port', entry.sshPort],
    ['Credential of SSH', entry.sshCredential],
    ['Credential of the terminal', entry.terminalCredential],
    ['Behind', entry.parent],
    ['Tags', entry.tags.join(', ')],
    ['Backups', entry.backup ? 'yes' : 'no'],
  ];
  return facts.flatMap(([label, value]) =>
    value === null || value === '' ? [] : [{ label, value: readableName(String(value)) }],
  );
}
