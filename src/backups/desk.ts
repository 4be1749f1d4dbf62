import { TroubleError } from '../runtime/errors.ts';
import { changeOf } from './decide.ts';
import { changesOf, unorderedChanges } from './diff.ts';
import { type ListEntry, listEntries } from './entries.ts';
import { maskedDiff } from './letters.ts';
import type { FindModel } from './models/find.ts';
import type { DeviceModel } from './models/model.ts';
import { restoreScript } from './routeros/restore-script.ts';
import { type ByteText, shownLine, typedText } from './text.ts';
import type { BackupBook, Known, Verified } from './versions.ts';

/** A line of a difference, as programs read it. */
export interface DiffEntry {
  readonly menu: string;
  readonly sign: '+' | '-';
  readonly line: string;
  readonly isMoved: boolean;
}

export interface SearchHit {
  readonly device: string;
  readonly version: number;
  /** Number of the physical line in the stored text, from 1. */
  readonly line: number;
  readonly menu: string;
  readonly text: string;
}

/** Which text of a device: a version, or the one in quarantine. */
export type Which = number | 'quarantine';

/** What people do with kept configurations. Everything rejects with a `TroubleError` when the database is away. */
export interface BackupDesk {
  /** The newest of each device and what is in quarantine; of one device all. */
  list(device?: string): Promise<readonly ListEntry[]>;
  /** The text with secrets hidden, its wraps joined; with `reveal` as it was received. Without a version the newest. */
  show(device: string, which: Which | undefined, options: { readonly reveal: boolean }): Promise<Buffer>;
  /** What leads from one text to the other, secrets hidden. Without `b` from `a` to the newest; without both from the one before to the newest. */
  diff(
    device: string,
    versions: { readonly a?: Which | undefined; readonly b?: Which | undefined },
    options: { readonly isUnordered: boolean },
  ): Promise<readonly DiffEntry[]>;
  /** Lines with this text, in the newest version of each device or in all. It is looked for in what is shown: a hidden secret is not found. */
  search(text: string, options: { readonly isInHistory: boolean; readonly reveal: boolean }): AsyncIterable<SearchHit>;
  verify(device?: string): AsyncIterable<Verified>;
  /** Commands that lead from version `b` back to version `a`. */
  restoreScript(device: string, a: number, b: number, options: { readonly reveal: boolean }): Promise<string>;
  /** Makes what is in quarantine the newest version; gives its number. */
  accept(device: string): Promise<number>;
}

export interface DeskDeps {
  readonly book: BackupBook;
  readonly findModel: FindModel;
  readonly newId: () => string;
}

export function createBackupDesk({ book, findModel, newId }: DeskDeps): BackupDesk {
  /** The text with the model that can hide its secrets. */
  async function read(
    device: string,
    which: Which | undefined,
  ): Promise<{ text: ByteText; model: string; version: Which }> {
    if (which === 'quarantine') {
      const facts = (await book.quarantines()).find((each) => each.device === device);
      const text = facts === undefined ? null : await book.quarantinedText(device);
      if (facts === undefined || text === null) throw nothingInQuarantine(device);
      return { text, model: facts.model, version: which };
    }
    const versions = await book.versions(device);
    const found = which === undefined ? versions.at(-1) : versions.find(({ version }) => version === which);
    const text = found === undefined ? null : await book.text(device, found.version);
    if (found === undefined || text === null) throw noVersion(device, which);
    return { text, model: found.model, version: found.version };
  }

  async function* search(text: string, { isInHistory, reveal }: { isInHistory: boolean; reveal: boolean }) {
    const wanted = typedText(text).toLowerCase();
    const versions = await book.versions();
    for (const [index, { device, version, model: name }] of versions.entries()) {
      if (!isInHistory && versions[index + 1]?.device === device) continue;
      const stored = await book.text(device, version);
      if (stored === null) continue;
      const model = findModel(name);
      const readable = model.readableLines(stored);
      const lines = readable.map((each) => each.text);
      const menus = model.blocksOf(lines);
      const shown = reveal ? lines : model.maskLines(lines);
      for (const [at, line] of shown.entries()) {
        if (!line.toLowerCase().includes(wanted)) continue;
        const menu = shownLine(menus[at] ?? '');
        yield { device, version, line: readable[at]?.line ?? 0, menu, text: shownLine(line) };
      }
    }
  }

  return {
    async list(device) {
      const [versions, quarantines] = [await book.versions(device), await book.quarantines()];
      return listEntries(versions, quarantines, device);
    },
    async show(device, which, { reveal }) {
      const { text, model } = await read(device, which);
      if (reveal) return Buffer.from(text, 'latin1');
      return Buffer.from(maskedText(findModel(model), text), 'utf8');
    },
    async diff(device, { a, b }, { isUnordered }) {
      const right = await read(device, b);
      const left = await read(device, a ?? (await before(device, right.version)));
      const lines = maskedDiff(findModel(right.model), left.text, right.text);
      const changes = isUnordered ? unorderedChanges(lines) : changesOf(lines);
      return changes.flatMap(({ menu, sign, line, isMoved }) => (sign === ' ' ? [] : [{ menu, sign, line, isMoved }]));
    },
    search,
    verify: (device) => book.verify(device),
    async restoreScript(device, a, b, options) {
      const [wanted, present] = [await read(device, a), await read(device, b)];
      if (wanted.model !== 'routeros' || present.model !== 'routeros') throw notScriptable(device);
      const model = findModel('routeros');
      const lines = restoreScript(model.normalLines(wanted.text), model.normalLines(present.text), options);
      const head = [
        `# Leads ${shownLine(typedText(device))} from version ${b} back to version ${a}. Read each line before you paste it.`,
        '# Nothing of it was tried on a router.',
        '',
      ];
      return [...head, ...lines.map(shownLine)].map((line) => `${line}\n`).join('');
    },
    async accept(device) {
      const kept = await book.keep(device, newId(), (known) => acceptedVersion(device, known, findModel));
      if (kept.kind === 'quarantined') throw new Error('what was accepted cannot be in quarantine');
      return kept.version;
    },
  };

  async function before(device: string, which: Which): Promise<number> {
    const versions = (await book.versions(device)).map(({ version }) => version);
    const earlier = which === 'quarantine' ? versions : versions.filter((version) => version < which);
    const last = earlier.at(-1);
    if (last === undefined) throw noVersion(device, undefined);
    return last;
  }
}

/** As people read it: UTF-8, wraps joined, secrets hidden. */
function maskedText(model: DeviceModel, text: ByteText): string {
  const lines = model.readableLines(text).map((each) => each.text);
  return model
    .maskLines(lines)
    .map((line) => `${shownLine(line)}\n`)
    .join('');
}

function acceptedVersion(device: string, known: Known, findModel: FindModel) {
  const { quarantine, newest } = known;
  if (quarantine === null) throw nothingInQuarantine(device);
  const { facts, text } = quarantine;
  if (text === null) throw damagedQuarantine(device);
  const model = findModel(facts.model);
  if (facts.code === 'BACKUP_ERROR_TEXT' || model.isCutShort(text)) throw notAcceptable(device, facts.message);
  const { bytes, osVersion, hardware, serial, changedBy } = facts;
  const sight = { at: facts.lastSeenAt, clockMs: facts.clockMs };
  const kept = { text, model: facts.model, bytes, osVersion, hardware, serial, changedBy, sight };
  const lines = newest === null ? [] : model.normalLines(newest.text);
  const change = changeOf(model, model.normalLines(text), lines, kept, known);
  const accept = model.failedParts(text);
  return { kind: 'version', text: kept, ...change, isImported: false, accept } as const;
}

function noVersion(device: string, version: number | undefined): TroubleError {
  const what = version === undefined ? 'no such version' : `no version ${version}`;
  return new TroubleError(
    'BACKUP_UNKNOWN',
    `there is ${what} of '${device}'`,
    'See which there are: backup list, and backup list with the name of a device.',
  );
}

function nothingInQuarantine(device: string): TroubleError {
  return new TroubleError('BACKUP_UNKNOWN', `nothing of '${device}' is in quarantine`, 'See which are: backup list.');
}

function damagedQuarantine(device: string): TroubleError {
  return new TroubleError(
    'BACKUP_DAMAGED',
    `what is in quarantine of '${device}' cannot be read: its rows in the database are damaged`,
    'Back the device up again: the next text takes its place.',
  );
}

function notAcceptable(device: string, message: string): TroubleError {
  return new TroubleError(
    'BACKUP_NOT_ACCEPTABLE',
    `what is in quarantine of '${device}' is no whole configuration: ${message}`,
    'It cannot become a version. Mend the trouble on the device and back it up again.',
  );
}

function notScriptable(device: string): TroubleError {
  return new TroubleError(
    'BACKUP_NO_SCRIPT',
    `'${device}' is no RouterOS device: no commands can be made`,
    'Compare both versions instead: backup diff.',
  );
}
