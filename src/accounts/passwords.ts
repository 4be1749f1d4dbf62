import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { createLimiter } from '../runtime/limiter.ts';

/** Makes and checks what is kept of a password. Each takes 20 MB and about 0.1 s of a processor; two are worked on at a time. */
export interface PasswordHasher {
  /** `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` */
  hash(password: string): Promise<string>;
  /** `null`: there is no such account. It takes as long as a wrong password, so that nobody learns which names there are. */
  isRight(password: string, kept: string | null): Promise<boolean>;
}

/** OWASP, Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** What a changed database may make us work. */
const MOST_MEMORY_KIB = 262_144;
const MOST_PASSES = 10;
const AT_ONCE = 2;
const KEPT =
  /^\$argon2id\$v=19\$m=(?<memory>\d{1,7}),t=(?<passes>\d{1,2}),p=(?<lanes>\d)\$(?<salt>[\w+/]+)\$(?<hash>[\w+/]+)$/;

export function createPasswordHasher(): PasswordHasher {
  const limiter = createLimiter(AT_ONCE);
  /** No text has this hash. */
  const dummy = format(randomBytes(SALT_BYTES), Buffer.alloc(HASH_BYTES));
  return {
    hash: (password) =>
      limiter.run(async () => {
        const salt = randomBytes(SALT_BYTES);
        const work = { memory: MEMORY_KIB, passes: PASSES, lanes: LANES, bytes: HASH_BYTES };
        return format(salt, await derive(password, salt, work));
      }),
    isRight: (password, kept) => limiter.run(() => matches(password, kept ?? dummy)),
  };
}

async function matches(password: string, kept: string): Promise<boolean> {
  const { memory, passes, lanes, salt = '', hash = '' } = KEPT.exec(kept)?.groups ?? {};
  const wanted = Buffer.from(hash, 'base64');
  const work = { memory: Number(memory), passes: Number(passes), lanes: Number(lanes), bytes: wanted.length };
  if (!(work.memory <= MOST_MEMORY_KIB && work.passes <= MOST_PASSES) || wanted.length < SALT_BYTES) {
    throw new Error('the database holds a password hash that was not made by this program');
  }
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), work), wanted);
}

interface Work {
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
  readonly bytes: number;
}

function derive(password: string, nonce: Buffer, { memory, passes, lanes, bytes }: Work): Promise<Buffer> {
  const parameters = { message: password, nonce, memory, passes, parallelism: lanes, tagLength: bytes };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });
}

function format(salt: Buffer, hash: Buffer): string {
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${text(salt)}$${text(hash)}`;
}
