import { createHash } from 'node:crypto';
import { decodeCsv, type LineProblem, parseCsv } from './csv-table.ts';
import type { Desk } from './desk.ts';
import type { Draft } from './draft.ts';
import { type ImportedLine, type ImportOptions, type ImportPlan, planImport } from './import.ts';

/** An import of more is refused; 5,000 devices are half a megabyte. */
export const LARGEST_IMPORT_BYTES = 16 * 1024 * 1024;

/** An import with a problem in some lines: nothing of it was written. */
export class ImportRefused extends Error {
  readonly problems: readonly LineProblem[];

  constructor(problems: readonly LineProblem[]) {
    super('the file cannot be imported');
    this.problems = problems;
  }
}

/** What an import would do now. */
export interface ImportPreview {
  readonly lines: readonly ImportedLine[];
  /** Names the file, to the byte, and what it would change of the devices as they are stored. Nothing of the file can be told from it. */
  readonly plan: string;
}

/** The file or the inventory is another than in the preview: nothing was written. */
export class PreviewOutdated extends Error {
  readonly preview: ImportPreview;

  constructor(preview: ImportPreview) {
    super('the import is not what was previewed');
    this.preview = preview;
  }
}

type ImportDesk = Pick<Desk, 'edit' | 'digest'>;
const NO_MAP: ImportOptions = { map: new Map() };

/**
 * Imports a CSV file, all of it or nothing, and gives what became of each record. Rejects with an `ImportRefused`, or with the trouble
 * of the database or the key.
 */
export async function importDevices(
  desk: Pick<Desk, 'edit'>,
  bytes: Uint8Array,
  options: ImportOptions & { readonly isDryRun: boolean },
): Promise<readonly ImportedLine[]> {
  return await edited(desk, bytes, options, ({ lines }) => lines);
}

/** What `importPreviewed` would do. Rejects as `importDevices`. */
export async function previewImport(desk: ImportDesk, bytes: Uint8Array): Promise<ImportPreview> {
  const hash = hashOf(bytes);
  return await edited(desk, bytes, { ...NO_MAP, isDryRun: true }, ({ lines }, draft) =>
    previewOf(desk, hash, lines, draft),
  );
}

/** Imports what a preview named, or rejects with a `PreviewOutdated`; otherwise as `importDevices`. */
export async function importPreviewed(
  desk: ImportDesk,
  bytes: Uint8Array,
  plan: string,
): Promise<readonly ImportedLine[]> {
  const hash = hashOf(bytes);
  return await edited(desk, bytes, { ...NO_MAP, isDryRun: false }, ({ lines }, draft) => {
    const preview = previewOf(desk, hash, lines, draft);
    if (preview.plan !== plan) throw new PreviewOutdated(preview);
    return lines;
  });
}

/** `take` is called before anything is written, and may throw to have nothing written. */
async function edited<Result>(
  desk: Pick<Desk, 'edit'>,
  bytes: Uint8Array,
  options: ImportOptions & { readonly isDryRun: boolean },
  take: (plan: ImportPlan, draft: Draft) => Result,
): Promise<Result> {
  const table = parseCsv(decodeCsv(bytes));
  if ('problem' in table) throw new ImportRefused([table.problem]);
  return await desk.edit((draft) => {
    const planned = planImport(table, draft, options);
    if (planned.problems.length > 0) throw new ImportRefused(planned.problems);
    return take(planned, draft);
  }, options);
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function previewOf(
  desk: Pick<Desk, 'digest'>,
  hash: string,
  lines: readonly ImportedLine[],
  draft: Draft,
): ImportPreview {
  // The version: what somebody else made of a device meanwhile must not be overwritten unseen.
  const versions = lines.map(({ name }) => draft.find(name)?.device.version);
  return { lines, plan: desk.digest(JSON.stringify([hash, lines, versions])) };
}
