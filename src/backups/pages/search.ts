import type { Frame } from '../../platform/http/frame.ts';
import { queryOf } from '../../platform/http/links.ts';
import { formatCount, readableName } from '../../runtime/format.ts';
import type { FoundPart } from '../search.ts';
import { clipLine } from '../view.ts';
import { versionLink } from './links.ts';

interface HitRow {
  readonly key: string;
  readonly device: string;
  readonly href: string;
  readonly place: string;
  readonly menu: string;
  readonly text: string;
}

export interface SearchView extends Frame {
  readonly q: string;
  readonly isInHistory: boolean;
  readonly found: string | null;
  readonly rows: readonly HitRow[];
  readonly next: string | null;
}

/** `GET /backups/search`; `part`: what was found, `null`: nothing was asked for. */
export function viewSearch(q: string, isInHistory: boolean, part: FoundPart | null): SearchView {
  const next = part?.next ?? null;
  return {
    title: 'Search configurations',
    nav: 'backups',
    ...{ q, isInHistory },
    found: part === null ? null : foundText(part),
    rows: (part?.hits ?? []).map(({ device, version, line, menu, text }) => ({
      key: `hit-${device}-${version}-${line}`,
      device: readableName(device),
      href: `${versionLink(device, version, { line })}#L${line}`,
      place: `version ${version}, line ${line.toLocaleString('en-US')}`,
      ...{ menu, text: clipLine(text) },
    })),
    next:
      next === null
        ? null
        : `/backups/search${queryOf({
            ...{ q, history: isInHistory ? 'true' : undefined },
            ...{ afterDevice: next.device, afterVersion: next.version, afterLine: next.line ?? undefined },
          })}`,
  };
}

function foundText({ hits, next }: FoundPart): string {
  const count = formatCount(hits.length, 'line', 'lines');
  return next === null ? `${count} found.` : `${count} found so far, up to ${readableName(next.device)}.`;
}
