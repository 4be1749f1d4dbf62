import { decodePercent } from '../runtime/percent.ts';

/** A device's name as the name of a folder or file: any name gives one, and no two the same. */
export function safeName(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return encoded.replace(/^\./, '%2E');
}

/** The device that a folder or file is of, whose name `safeName` wrote, or somebody else. */
export function deviceOfSafeName(name: string): string {
  return decodePercent(name) ?? name;
}
