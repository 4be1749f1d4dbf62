import { createHash, randomBytes } from 'node:crypto';
import type { VersionTraits } from './router-versions.ts';

export interface LoginDeps {
  readonly traits: VersionTraits;
  readonly username: string;
  readonly password: () => string;
  /** The router's charset. */
  readonly encodeText: (text: string) => Uint8Array;
}

export interface LoginResult {
  readonly accepted: boolean;
  readonly sentences: readonly (readonly string[])[];
}

const CHALLENGE_BYTES = 16;

/** The login of one connection, of the kind its RouterOS version has; returns what a `/login` with these words leads to. */
export function createLogin({ traits, username, password, encodeText }: LoginDeps) {
  let challenge: Buffer | null = null;

  function challengeResponse(): string | null {
    if (challenge === null) return null;
    const hash = createHash('md5')
      .update(Buffer.from([0]))
      .update(encodeText(password()))
      .update(challenge);
    return `00${hash.digest('hex')}`;
  }

  return (words: readonly string[]): LoginResult => {
    const given = attributes(words);
    const proof = given.get(traits.challengeLogin ? 'response' : 'password');
    if (traits.challengeLogin && proof === undefined) {
      challenge = randomBytes(CHALLENGE_BYTES);
      return { accepted: false, sentences: [['!done', `=ret=${challenge.toString('hex')}`]] };
    }
    const expected = traits.challengeLogin ? challengeResponse() : password();
    // A challenge is good for one answer.
    challenge = null;
    if (given.get('name') === username && proof !== undefined && proof === expected) {
      return { accepted: true, sentences: [['!done']] };
    }
    return { accepted: false, sentences: [['!trap', `=message=${traits.loginRefusal}`], ['!done']] };
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
