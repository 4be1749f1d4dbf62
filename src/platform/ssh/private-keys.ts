import { createHash } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';

/** Gives private keys ready for a login. */
export interface PrivateKeys {
  /** `null`: it cannot be read, or lacks its passphrase. */
  parse(text: string, passphrase: string | null): ParsedKey | null;
}

interface KnownKey {
  readonly key: ParsedKey;
  readonly usedMs: number;
}

/** More are no more than devices with a key of their own each. */
const MOST_KEYS = 1_000;
/** A key that is used each night is parsed once; one that was changed or removed does not stay in memory for long. */
const UNUSED_MS = 26 * 3_600_000;

/**
 * A passphrase is made slow to try on purpose (bcrypt: a third of a second of CPU), so that each key is parsed once and kept while it is
 * used. Another text or passphrase is another key.
 */
export function createPrivateKeys(clock: { monotonicMs(): number }, most = MOST_KEYS): PrivateKeys {
  const known = new Map<string, KnownKey>();

  function forgetUnused(nowMs: number): void {
    // In the order of their last use.
    for (const [digest, { usedMs }] of known) {
      if (known.size <= most && nowMs - usedMs <= UNUSED_MS) return;
      known.delete(digest);
    }
  }

  return {
    parse(text, passphrase) {
      const nowMs = clock.monotonicMs();
      forgetUnused(nowMs);
      const digest = createHash('sha256')
        .update(JSON.stringify([text, passphrase]))
        .digest('base64');
      const key = known.get(digest)?.key ?? parseKey(text, passphrase);
      if (key === null) return null;
      known.delete(digest);
      known.set(digest, { key, usedMs: nowMs });
      forgetUnused(nowMs);
      return key;
    },
  };
}

function parseKey(text: string, passphrase: string | null): ParsedKey | null {
  try {
    // OpenSSH's format gives a list of one, which the types do not say.
    const found: unknown = ssh2.utils.parseKey(text, passphrase ?? undefined);
    const parsed: unknown = Array.isArray(found) ? found[0] : found;
    return isPrivate(parsed) ? parsed : null;
  } catch {
    // Its text may hold a part of the key.
    return null;
  }
}

function isPrivate(parsed: unknown): parsed is ParsedKey {
  if (typeof parsed !== 'object' || parsed === null || parsed instanceof Error) return false;
  return 'isPrivateKey' in parsed && typeof parsed.isPrivateKey === 'function' && parsed.isPrivateKey() === true;
}
