import type { Frame } from '../../platform/http/frame.ts';
import { formatCount, readableName } from '../../runtime/format.ts';
import type { LineProblem } from '../csv-table.ts';
import { countOutcomes, describeLine, type ImportedLine } from '../import.ts';
import type { ImportPreview } from '../transfer.ts';
import type { SecretsNote } from './form-parts.ts';

export interface ImportView extends Frame {
  readonly keyNote: SecretsNote | null;
  readonly problem: string | null;
  readonly problems: readonly string[];
  /** What a preview found; `null` before one. */
  readonly preview: {
    readonly summary: string;
    /** Names what was previewed, so that nothing else is carried out. */
    readonly plan: string;
    readonly rows: readonly { readonly line: number; readonly name: string; readonly outcome: string }[];
    readonly more: string;
  } | null;
}

/** What an import was found to be. */
export interface ImportState {
  readonly problem: string | null;
  readonly problems: readonly LineProblem[];
  readonly preview: ImportPreview | null;
}

const SHOWN_AT_MOST = 100;

/** `GET /inventory/import` */
export function viewImport({ problem, problems, preview }: ImportState, keyNote: SecretsNote | null): ImportView {
  return {
    ...{ title: 'Import devices', nav: 'inventory', keyNote, problem },
    problems: problems.map((each) => readableName(describeLine(each))),
    preview: preview && { ...viewPlan(preview.lines), plan: preview.plan },
  };
}

function viewPlan(lines: readonly ImportedLine[]) {
  const { added, changed, unchanged } = countOutcomes(lines);
  const changing = lines.filter(({ outcome }) => outcome !== 'unchanged');
  const more = changing.length - SHOWN_AT_MOST;
  return {
    summary: `Preview: ${added} added, ${changed} changed, ${unchanged} unchanged. Nothing is written yet.`,
    rows: changing.slice(0, SHOWN_AT_MOST).map(({ line, name, outcome, columns }) => ({
      line,
      name: readableName(name),
      outcome: outcome === 'changed' ? `changed: ${columns.join(', ')}` : outcome,
    })),
    more: more > 0 ? `And ${formatCount(more, 'device', 'devices')} more.` : '',
  };
}
