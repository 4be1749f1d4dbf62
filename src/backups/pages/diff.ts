import type { Frame } from '../../platform/http/frame.ts';
import { formatCount, formatMoment, readableName } from '../../runtime/format.ts';
import type { DiffLine } from '../diff.ts';
import type { ViewedDiff } from '../look.ts';
import { clipLine } from '../view.ts';
import { backupLink, versionLink } from './links.ts';
import { type Context, type Fact, factsOf, type Pager, pagerOf, titleOf } from './parts.ts';

/** How a difference is laid out. */
export const LAYOUTS = ['unified', 'side'] as const;
export type Layout = (typeof LAYOUTS)[number];

interface Cell {
  readonly sign: string;
  readonly text: string;
  readonly kind: string;
}

/** A row of either layout; `menu` where another block begins. */
interface DiffPageRow {
  readonly menu: string | null;
  readonly leftOut: string | null;
  readonly only: Cell | null;
  readonly left: Cell | null;
  readonly right: Cell | null;
}

export interface DiffView extends Frame {
  readonly device: string;
  readonly deviceHref: string;
  readonly heading: string;
  readonly facts: readonly Fact[];
  readonly note: string | null;
  readonly links: readonly { readonly href: string; readonly text: string; readonly isCurrent: boolean }[];
  readonly a: { readonly href: string; readonly title: string };
  readonly b: { readonly href: string; readonly title: string };
  readonly isSide: boolean;
  readonly rows: readonly DiffPageRow[];
  readonly emptyReason: string | null;
  readonly pager: Pager | null;
}

/** `GET /backups/:device/diff`: what leads from one text to another, secrets hidden. */
export function viewDiff(
  device: string,
  viewed: ViewedDiff,
  { layout, isUnordered }: { readonly layout: Layout; readonly isUnordered: boolean },
  { timeZone }: Pick<Context, 'timeZone'>,
): DiffView {
  const { a, b, before, after, sums, part, parts, changedBy } = viewed;
  const name = readableName(device);
  const link = (more: { readonly layout?: Layout; readonly isUnordered?: boolean; readonly page?: number }) => {
    const asked = { layout, isUnordered, ...more };
    return backupLink(device, '/diff', {
      ...{ a, b, page: asked.page },
      view: asked.layout === 'unified' ? undefined : asked.layout,
      unordered: asked.isUnordered ? 'true' : undefined,
    });
  };
  const by = changedBy.map(({ version, users }) => `${users.join(', ')} (${titleOf(version).toLowerCase()})`);
  return {
    title: `Changes of ${name}`,
    nav: 'backups',
    ...{ device: name, deviceHref: backupLink(device) },
    heading: `${titleOf(a)} to ${titleOf(b).toLowerCase()} of ${name}`,
    facts: factsOf([
      ['From', `${titleOf(a)}, since ${formatMoment(before.firstSeenAt, timeZone)}`],
      ['To', `${titleOf(b)}, since ${formatMoment(after.firstSeenAt, timeZone)}`],
      ['Changed by', by.length === 0 ? 'not known' : by.join(', ')],
      [
        'Changes',
        `${formatCount(sums.added, 'line', 'lines')} added, ${sums.removed.toLocaleString('en-US')} removed, ${sums.moved.toLocaleString('en-US')} moved`,
      ],
    ]),
    note:
      before.osVersion === after.osVersion
        ? null
        : 'Another system version wrote the second one. It may write the same in another way.',
    links: [
      { href: link({ layout: 'unified' }), text: 'Unified', isCurrent: layout === 'unified' },
      { href: link({ layout: 'side' }), text: 'Side by side', isCurrent: layout === 'side' },
      {
        href: link({ isUnordered: !isUnordered }),
        text: isUnordered ? 'Show moved lines' : 'Hide moved lines',
        isCurrent: false,
      },
    ],
    a: { href: versionLink(device, a), title: titleOf(a) },
    b: { href: versionLink(device, b), title: titleOf(b) },
    isSide: layout === 'side',
    rows: layout === 'side' ? sideRows(viewed.rows) : unifiedRows(viewed.rows),
    emptyReason: viewed.rows.length > 0 ? null : 'Nothing changed.',
    pager: pagerOf(part, parts, (page) => link({ page })),
  };
}

const NO_ROW: DiffPageRow = { menu: null, leftOut: null, only: null, left: null, right: null };

function unifiedRows(rows: ViewedDiff['rows']): DiffPageRow[] {
  let menu: string | null = null;
  return rows.flatMap((row): DiffPageRow[] => {
    if ('leftOut' in row) return [leftOutRow(row.leftOut)];
    const heading = menu === row.menu ? [] : [{ ...NO_ROW, menu: blockName(row.menu) }];
    menu = row.menu;
    return [...heading, { ...NO_ROW, only: cellOf(row) }];
  });
}

/** Removed and added lines that follow each other stand beside each other. */
function sideRows(rows: ViewedDiff['rows']): DiffPageRow[] {
  const result: DiffPageRow[] = [];
  let menu: string | null = null;
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const flush = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      const [left, right] = [removed[index], added[index]];
      result.push({ ...NO_ROW, left: cellOf(left), right: cellOf(right) });
    }
    [removed, added] = [[], []];
  };
  for (const row of rows) {
    if ('leftOut' in row) {
      flush();
      result.push(leftOutRow(row.leftOut));
      continue;
    }
    if (menu !== row.menu) {
      flush();
      menu = row.menu;
      result.push({ ...NO_ROW, menu: blockName(menu) });
    }
    if (row.sign === ' ') {
      flush();
      result.push({ ...NO_ROW, left: cellOf(row), right: cellOf(row) });
    } else if (row.sign === '-') {
      // A removed line after an added one begins anew.
      if (added.length > 0) flush();
      removed.push(row);
    } else added.push(row);
  }
  flush();
  return result;
}

function leftOutRow(count: number): DiffPageRow {
  return { ...NO_ROW, leftOut: formatCount(count, 'unchanged line', 'unchanged lines') };
}

function blockName(menu: string): string {
  return menu === '' ? 'beginning' : menu;
}

const KINDS = { '+': 'added', '-': 'removed', ' ': 'same' } as const;
const SIGNS = { '+': '+', '-': '−', ' ': ' ' } as const;

function cellOf(line: DiffLine): Cell;
function cellOf(line: DiffLine | undefined): Cell | null;
function cellOf(line: DiffLine | undefined): Cell | null {
  if (line === undefined) return null;
  const { sign, isMoved, line: text } = line;
  const kind = isMoved ? 'moved' : KINDS[sign];
  return { sign: isMoved ? `${SIGNS[sign]} moved` : SIGNS[sign], text: clipLine(text), kind };
}
