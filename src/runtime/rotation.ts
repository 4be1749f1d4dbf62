import { asTyped } from './command-name.ts';
import { TroubleError } from './errors.ts';
import { formatCount } from './format.ts';
import { requireKeys, type Vault } from './vault.ts';

/** A worker that runs now, as it is told to people, with the keys that it can read with. */
export interface RunningWorker {
  readonly host: string;
  readonly pid: number;
  readonly keyIds: readonly string[];
}

/** Stored secrets of one kind. */
export interface SealedSecrets {
  /** Of the keys that encrypted them. */
  keyIds(): Promise<ReadonlySet<string>>;
  /** Encrypts some of those that another key encrypted, in one transaction; gives how many, 0 when none is left that can be read. */
  rekey(vault: Vault): Promise<number>;
}

/** Secrets of several kinds as one, each kind after the other. */
export function joinSecrets(kinds: readonly SealedSecrets[]): SealedSecrets {
  return {
    async keyIds() {
      const ids = await Promise.all(kinds.map((kind) => kind.keyIds()));
      return new Set(ids.flatMap((some) => [...some]));
    },
    async rekey(vault) {
      for (const kind of kinds) {
        const count = await kind.rekey(vault);
        if (count > 0) return count;
      }
      return 0;
    },
  };
}

/**
 * Encrypts all stored secrets with the present key of the vault, and gives how many it were. What is done stays done: after an
 * interruption it goes on with the rest. Rejects with a `TroubleError`: `KEY_WRONG` where a secret can be read with no key of
 * the vault, `KEY_OLD_WORKER` while a worker runs that could not read what is encrypted anew, `KEY_STILL_NEEDED` where all is done
 * but for what is damaged.
 */
export async function rotateKey(deps: {
  readonly vault: Vault;
  readonly secrets: SealedSecrets;
  readonly workers: () => Promise<readonly RunningWorker[]>;
}): Promise<number> {
  const { vault, secrets, workers } = deps;
  requireKeys(vault, await secrets.keyIds());
  refuseOldWorkers(vault, await workers());
  let done = 0;
  for (;;) {
    const some = await secrets.rekey(vault);
    if (some === 0) break;
    done += some;
  }
  // One may have been started meanwhile.
  refuseOldWorkers(vault, await workers());
  const left = [...(await secrets.keyIds())].filter((id) => id !== vault.keyId);
  if (left.length > 0) throw stillNeeded(done);
  return done;
}

function stillNeeded(done: number): TroubleError {
  return new TroubleError(
    'KEY_STILL_NEEDED',
    `${formatCount(done, 'secret was', 'secrets were')} encrypted with the present key, but some stored configurations or recordings of terminals are damaged and keep their former one`,
    `See which configurations: ${asTyped('backup verify')}; a damaged recording says so when it is played. Restore their rows from a backup of the database and repeat the command. Until then keep the former key in oldKeys.`,
  );
}

function refuseOldWorkers(vault: Vault, workers: readonly RunningWorker[]): void {
  const old = workers.filter(({ keyIds }) => !keyIds.includes(vault.keyId));
  if (old.length === 0) return;
  const named = old.map(({ host, pid }) => `process ${pid} on ${host}`).join(', ');
  throw new TroubleError(
    'KEY_OLD_WORKER',
    `${formatCount(old.length, 'worker runs', 'workers run')} without the new key: ${named}`,
    'Give it the new key (and the former one in oldKeys), restart it or send it HUP, then repeat the command. One that was killed is forgotten after a minute.',
  );
}
