import { countOf, nullable, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { BINARY_OUTCOMES, type BinaryResult } from '../binary.ts';
import type { Outcome } from '../outcome.ts';
import { BINARY_STEPS } from '../routeros/fetch-binary.ts';
import { type BackupQueries, tablesOf } from './texts.ts';

const TABLE = 'backup_binary_outcomes';

/** What a query of outcomes selects of the binary backups that it has joined. */
export const BINARY_COLUMNS = [
  ...(['backup_binary_outcomes.outcome as binary_outcome', 'backup_binary_outcomes.code as binary_code'] as const),
  ...(['backup_binary_outcomes.step as binary_step', 'backup_binary_outcomes.bytes as binary_bytes'] as const),
  ...(['backup_binary_outcomes.trouble as binary_trouble', 'backup_binary_outcomes.advice as binary_advice'] as const),
] as const;

export interface BinaryRow {
  readonly binary_outcome: unknown;
  readonly binary_code: unknown;
  readonly binary_step: unknown;
  readonly binary_bytes: unknown;
  readonly binary_trouble: unknown;
  readonly binary_advice: unknown;
}

export function binaryOf(row: BinaryRow): BinaryResult | null {
  const outcome = nullable(
    (column, value) => wordOf(column, value, BINARY_OUTCOMES),
    `${TABLE}.outcome`,
    row.binary_outcome,
  );
  if (outcome === null) return null;
  return {
    outcome,
    code: nullable(textOf, `${TABLE}.code`, row.binary_code),
    step: nullable((column, value) => wordOf(column, value, BINARY_STEPS), `${TABLE}.step`, row.binary_step),
    bytes: nullable(countOf, `${TABLE}.bytes`, row.binary_bytes),
    trouble: nullable(textOf, `${TABLE}.trouble`, row.binary_trouble),
    advice: nullable(textOf, `${TABLE}.advice`, row.binary_advice),
  };
}

/** Notes it in place of an earlier one of the same run and device. */
export async function noteBinary(
  tables: BackupQueries,
  run: string,
  { device, binary }: Pick<Outcome, 'device' | 'binary'>,
): Promise<void> {
  if (binary === null) return;
  await tables.deleteFrom(TABLE).where('run_id', '=', run).where('device', '=', device).execute();
  const { bytes, ...words } = binary;
  const row = { run_id: run, device, ...words, bytes: bytes === null ? null : BigInt(bytes) };
  await tables.insertInto(TABLE).values(row).execute();
}

/** How the binary backup of each device ended in the last of some finished runs before this one. */
export async function binaryCodesBefore(
  database: Database,
  run: string,
  runs: number,
): Promise<ReadonlyMap<string, string | null>> {
  const rows = await database.read((queries) =>
    tablesOf(queries)
      .selectFrom(TABLE)
      .innerJoin(
        (tables) =>
          tables
            .selectFrom('backup_runs')
            .selectAll()
            .where('id', '<>', run)
            .where('finished_at', 'is not', null)
            .orderBy('started_at', 'desc')
            .limit(runs)
            .as('runs'),
        (join) => join.onRef('runs.id', '=', `${TABLE}.run_id`),
      )
      .select([`${TABLE}.device`, `${TABLE}.code`])
      .orderBy('runs.started_at')
      .execute(),
  );
  return new Map(
    rows.map(({ device, code }) => [textOf(`${TABLE}.device`, device), nullable(textOf, `${TABLE}.code`, code)]),
  );
}
