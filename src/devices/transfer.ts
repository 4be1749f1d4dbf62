import { decodeCsv, type LineProblem, parseCsv } from './csv-table.ts';
import type { Desk } from './desk.ts';
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

/**
 * Imports a CSV file, all of it or nothing, and gives what became of each record. Rejects with an `ImportRefused`, or with the trouble
 * of the database or the key.
 */
export async function importDevices(
  desk: Pick<Desk, 'edit'>,
  bytes: Uint8Array,
  options: ImportOptions & { readonly isDryRun: boolean },
): Promise<readonly ImportedLine[]> {
  const table = parseCsv(decodeCsv(bytes));
  if ('problem' in table) throw new ImportRefused([table.problem]);
  const plan = await desk.edit((draft): ImportPlan => {
    const planned = planImport(table, draft, options);
    if (planned.problems.length > 0) throw new ImportRefused(planned.problems);
    return planned;
  }, options);
  return plan.lines;
}
