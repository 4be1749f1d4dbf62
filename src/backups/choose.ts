import { matchesGlob } from '../usage/accounting/glob.ts';
import type { BackupDevice } from './ports.ts';

/** Which devices are meant; all without any of these. */
export interface Wanted {
  /** A name with `*` and `?`. */
  readonly device?: string | undefined;
  readonly tag?: string | undefined;
  /** The name itself. */
  readonly name?: string | undefined;
}

export function isMeant({ name, tags }: Pick<BackupDevice, 'name' | 'tags'>, wanted: Wanted): boolean {
  const { device, tag } = wanted;
  return (
    (device === undefined || matchesGlob(device, name)) &&
    (tag === undefined || tags.includes(tag)) &&
    (wanted.name === undefined || wanted.name === name)
  );
}
