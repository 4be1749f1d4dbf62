import { createHash, randomBytes } from 'node:crypto';
import type { VersionTraits } from './router-versions.ts';

export interface LoginDeps {
  readonly traits: VersionTraits;
  /** The password of a user; `undefined`: there is no such user. */
  readonly passwordOf: (username: string) => string | undefined;
  /** The router's charset. */
  readonly encodeText: (text: string) => Uint8Array;
}

export interface LoginResult {
  /** Who is logged in now; `null`: nobody yet. */
  readonly user: string | null;
  readonly sentences: readonly (readonly string[])[];
}

const CHALLENGE_BYTES = 16;

/** The login of one connection, of the kind its RouterOS version has; returns what a `/login` with these words leads to. */
export function createLogin({ traits, passwordOf, encodeText }: LoginDeps) {
  let challenge: Buffer | null = null;

  function challengeResponse(password: string): string | null {
    if (challenge === null) return null;
    const hash = createHash('md5')
      .update(Buffer.from([0]))
      .update(encodeText(password))
      .update(challenge);
    return `00${hash.digest('hex')}`;
  }

  return (words: readonly string[]): LoginResult => {
    const given = attributes(words);
    const proof = given.get(traits.challengeLogin ? 'response' : 'password');
    if (traits.challengeLogin && proof === undefined) {
      challenge = randomBytes(CHALLENGE_BYTES);
      return { user: null, sentences: [['!done', `=ret=${challenge.toString('hex')}`]] };
    }
    const user = given.get('name') ?? '';
    const password = passwordOf(user);
    const expected = password !== undefined && traits.challengeLogin ? challengeResponse(password) : password;
    // A challenge is good for one answer.
    challenge = null;
    if (proof !== undefined && proof === expected) return { user, sentences: [['!done']] };
    return { user: null, sentences: [['!trap', `=message=${traits.loginRefusal}`], ['!done']] };
  };
}

function attributes(words: readonly string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=', 1);
    if (word.startsWith('=') && equals > 0) pairs.set(word.slice(1, equals), word.slice(equals + 1));
  }
  return pairs;
}
