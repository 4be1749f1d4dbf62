import { queryOf } from '../../platform/http/links.ts';

/** Addresses of the pages of the inventory. Names are data: any character may be in them. */

/** Words that stand in the path for something else than a device or a credential. */
const TAKEN = ['new', 'import', 'device', 'credential', '.', '..', ''];

/** `end`: what stands behind the name, as `/test`. */
export function deviceLink(name: string, end = ''): string {
  return linkTo('/inventory', 'device', name, end);
}

export function credentialLink(name: string): string {
  return linkTo('/credentials', 'credential', name, '');
}

function linkTo(list: string, word: string, name: string, end: string): string {
  return TAKEN.includes(name)
    ? `${list}/${word}${end}${queryOf({ name })}`
    : `${list}/${encodeURIComponent(name.toWellFormed())}${end}`;
}
