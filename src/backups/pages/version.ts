import type { Frame } from '../../platform/http/frame.ts';
import { readableName } from '../../runtime/format.ts';
import type { ViewedText } from '../look.ts';
import { clipLine, type ShownLine } from '../view.ts';
import { backupLink, binaryLink, textLink, versionLink } from './links.ts';
import { type Context, type Fact, type Pager, pagerOf, sizeOf, textFacts, titleOf } from './parts.ts';

interface Block {
  readonly key: string;
  readonly menu: string;
  readonly lines: readonly { readonly number: number; readonly text: string }[];
}

export interface VersionView extends Frame {
  readonly device: string;
  readonly deviceHref: string;
  readonly heading: string;
  readonly facts: readonly Fact[];
  readonly note: string | null;
  readonly links: readonly { readonly href: string; readonly text: string }[];
  readonly blocks: readonly Block[];
  readonly contents: readonly { readonly href: string; readonly menu: string }[];
  readonly contentsCount: string;
  readonly pager: Pager | null;
  /** Secrets are shown: each part is asked for by a form. */
  readonly revealed: { readonly action: string; readonly pages: readonly RevealedPage[] } | null;
}

interface RevealedPage {
  readonly page: number;
  readonly text: string;
}

/** `GET /backups/:device/:version`: a part of a text, block by block, secrets hidden. */
export function viewVersion(
  device: string,
  viewed: ViewedText,
  { mayReveal, timeZone }: Pick<Context, 'timeZone'> & { readonly mayReveal: boolean },
): VersionView {
  const { version, part, parts } = viewed;
  const pageLink = (page: number) => versionLink(device, version, { page });
  return {
    ...common(device, viewed, timeZone),
    note: 'Secrets are hidden.',
    links: [
      ...(version === 'quarantine' && viewed.hasBefore
        ? [{ href: backupLink(device, '/diff', { b: 'quarantine' }), text: 'Compare with the newest version' }]
        : viewed.hasBefore
          ? [{ href: backupLink(device, '/diff', { b: version }), text: 'What it changed' }]
          : []),
      { href: textLink(device, version), text: 'As plain text' },
      ...(mayReveal ? [{ href: backupLink(device, `/${version}/reveal`), text: 'Show secrets…' }] : []),
      ...(mayReveal && version !== 'quarantine' && viewed.binaryBytes !== null
        ? [{ href: binaryLink(device, version), text: `Binary backup (${sizeOf(viewed.binaryBytes)})` }]
        : []),
    ],
    contents: viewed.blocks.map(({ menu, number, part: at }) => {
      const link = at === part ? '' : pageLink(at + 1);
      return { href: `${link}#L${number}`, menu };
    }),
    contentsCount: viewed.blocks.length.toLocaleString('en-US'),
    pager: pagerOf(part, parts, pageLink),
    revealed: null,
  };
}

/** The same with its secrets, as the answer to a form. */
export function viewRevealed(device: string, viewed: ViewedText, { timeZone }: Pick<Context, 'timeZone'>): VersionView {
  const { version, part, parts } = viewed;
  const pages: RevealedPage[] = [
    ...(part === 0 ? [] : [{ page: part, text: 'Previous page' }]),
    ...(part + 1 >= parts ? [] : [{ page: part + 2, text: 'Next page' }]),
  ];
  return {
    ...common(device, viewed, timeZone),
    note: `Secrets are shown. This is in the audit. Page ${part + 1} of ${parts}.`,
    links: [{ href: versionLink(device, version), text: 'Hide secrets' }],
    ...{ contents: [], contentsCount: '', pager: null },
    revealed: { action: backupLink(device, `/${version}/reveal`), pages },
  };
}

function common(device: string, { version, facts, lines }: ViewedText, timeZone: string) {
  const heading = titleOf(version);
  return {
    title: `${heading} of ${readableName(device)}`,
    nav: 'backups',
    ...{ device: readableName(device), deviceHref: backupLink(device), heading },
    facts: textFacts(facts, timeZone),
    blocks: blocksOf(lines),
  };
}

/** Lines one after the other that belong to one block. */
function blocksOf(lines: readonly ShownLine[]): Block[] {
  const blocks: { key: string; menu: string; lines: { number: number; text: string }[] }[] = [];
  let menu: string | null = null;
  for (const line of lines) {
    if (menu !== line.menu) blocks.push({ key: `block-${line.number}`, menu: line.menu, lines: [] });
    menu = line.menu;
    blocks.at(-1)?.lines.push({ number: line.number, text: clipLine(line.text) });
  }
  return blocks;
}
