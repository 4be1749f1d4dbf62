import { createHash } from 'node:crypto';
import type { Vault } from '../runtime/vault.ts';
import { requireKeys, requireVault } from '../runtime/vault.ts';
import {
  addCredential,
  type CredentialEntry,
  type CredentialFields,
  credentialEntries,
  removeCredential,
  setCredential,
} from './credentials.ts';
import { createDraft, type Draft, type PutOptions, type PutResult, unknownDevice } from './draft.ts';
import { type DeviceEntry, deviceEntries, inventoryEntries } from './entries.ts';
import { type DeviceFields, parseDeviceFields } from './fields.ts';
import { guardedDraft } from './guarded-draft.ts';
import {
  type DeviceWithLogin,
  type Inventory,
  type InventoryBook,
  type OtherDevice,
  type Problem,
  Refusal,
} from './inventory.ts';
import { createSealer, type Sealer } from './logins.ts';
import { openSecrets } from './secrets.ts';
import type { DeviceCopy } from './take-over.ts';

/** Reads and edits the inventory, for commands, the API and pages alike. What is refused rejects with a `Refusal`. */
export interface Desk {
  /** Devices of all sources. */
  devices(): Promise<readonly DeviceEntry[]>;
  /** By its exact name; of two sources the one that counts. */
  device(name: string): Promise<DeviceEntry>;
  /** Those of the inventory alone. */
  inventory(): Promise<readonly DeviceEntry[]>;
  addDevice(name: string, fields: DeviceFields): Promise<void>;
  setDevice(name: string, fields: DeviceFields, version?: number): Promise<PutResult>;
  removeDevice(name: string, version?: number): Promise<void>;
  /** A device as this edit would make it, and as it is stored (`null`: it is not); nothing is written. */
  draftDevice(
    name: string,
    fields: DeviceFields,
    may: PutOptions['may'],
  ): Promise<{ readonly drafted: DeviceWithLogin; readonly stored: DeviceWithLogin | null }>;
  /** Copies a device of another source into the inventory, with its login; of two sources the one that counts. Gives what is not copied. */
  takeOver(name: string): Promise<readonly string[]>;
  /** Some devices at once; `edit` may be called again. Nothing is written when it throws, or for a dry run. */
  edit<Result>(edit: (draft: Draft) => Result, options: { readonly isDryRun: boolean }): Promise<Result>;
  /** Names a text from which it cannot be told; every worker with the same key gives it the same name. */
  digest(text: string): string;
  credentials(): Promise<readonly CredentialEntry[]>;
  addCredential(name: string, fields: CredentialFields): Promise<void>;
  setCredential(name: string, fields: CredentialFields, version?: number): Promise<void>;
  removeCredential(name: string): Promise<void>;
}

export interface DeskDeps {
  readonly book: InventoryBook;
  /** `null`: there is no key. */
  readonly vault: Vault | null;
  /** Devices of the other sources, in the order in which they count. */
  readonly others: () => Promise<readonly OtherDevice[]>;
  /** What the inventory would hold of a device of another source. */
  readonly copyOf: (device: OtherDevice) => Promise<DeviceCopy>;
  readonly newId: () => string;
  readonly clock: { now(): number };
  /** Whether a device may be moved to another address with its stored password; else the password is to be typed again. */
  readonly movesPasswords: boolean;
  /** Is waited for after each change. */
  readonly onChange: () => Promise<void>;
}

interface EditOptions {
  readonly isDryRun: boolean;
  /** No stored password goes to another address, whoever asks. */
  readonly isGuarded?: boolean;
}

/** Thrown to take back what a dry run would have written. */
class DryRun extends Error {}

const SOURCES = ['config', 'inventory', 'librenms'];

export function createDesk(deps: DeskDeps): Desk {
  const { book, vault, newId, clock, onChange } = deps;

  async function othersByName(): Promise<ReadonlyMap<string, OtherDevice>> {
    return new Map((await deps.others()).toReversed().map((each) => [each.name, each]));
  }

  function editDeps(now: Inventory): { now: Inventory; sealer: Sealer; newId: () => string; nowAt: number } {
    return { now, sealer: createSealer(vault, now.credentials), newId, nowAt: clock.now() };
  }

  async function change(decide: Parameters<InventoryBook['change']>[0]): Promise<void> {
    if (await book.change(decide)) await onChange();
  }

  async function edit<Result>(work: (draft: Draft) => Result, options: EditOptions): Promise<Result> {
    const others = await othersByName();
    const results: Result[] = [];
    const decide = (now: Inventory) => {
      const free = createDraft({ ...editDeps(now), others });
      const draft = deps.movesPasswords && options.isGuarded !== true ? free : guardedDraft(free);
      results.splice(0, 1, work(draft));
      if (options.isDryRun) throw new DryRun();
      return draft.change();
    };
    try {
      await change(decide);
    } catch (error) {
      if (!(error instanceof DryRun)) throw error;
    }
    const [result] = results;
    if (result === undefined) throw new Error('an edit gave nothing');
    return result;
  }

  async function editOne<Result>(
    what: string,
    name: string,
    work: (draft: Draft) => { readonly problems: readonly Problem[] } & Result,
    options: EditOptions = { isDryRun: false },
  ) {
    return await edit((draft) => {
      const result = work(draft);
      const problems = [...result.problems, ...(draft.problems().get(name) ?? [])];
      if (problems.length > 0) throw new Refusal(what, problems);
      return result;
    }, options);
  }

  async function devices(): Promise<readonly DeviceEntry[]> {
    return deviceEntries(await book.load(), await deps.others());
  }

  return {
    devices,
    async device(name) {
      const [found] = (await devices())
        .filter((each) => each.name === name)
        .sort((one, other) => SOURCES.indexOf(one.source) - SOURCES.indexOf(other.source));
      if (found === undefined)
        throw new Refusal('not found', [{ ...unknownDevice(), message: 'no device has this name' }]);
      return found;
    },
    inventory: async () => inventoryEntries(await book.load()),
    async addDevice(name, fields) {
      await editOne('the device was not added', name, (draft) => draft.put(name, fields, { may: 'add' }));
    },
    setDevice: (name, fields, version) =>
      editOne('the device was not changed', name, (draft) => draft.put(name, fields, { may: 'set', version })),
    async removeDevice(name, version) {
      await editOne('the device was not removed', name, (draft) => ({ problems: draft.remove(name, version) }));
    },
    async draftDevice(name, fields, may) {
      // Until it has a name, any other will do.
      const called = name === '' ? newId() : name;
      const { stored, drafted } = await editOne(
        'the device cannot be tested',
        called,
        (draft) => ({
          stored: draft.find(called),
          ...draft.put(called, fields, { may }),
          drafted: draft.find(called),
        }),
        { isDryRun: true, isGuarded: true },
      );
      if (drafted === null) throw new Error('a device that was put is not there');
      return { stored, drafted };
    },
    async takeOver(name) {
      const what = 'the device was not taken over';
      const other = (await othersByName()).get(name);
      if (other === undefined) {
        throw new Refusal(what, [{ ...unknownDevice(), message: 'no other source has a device of this name' }]);
      }
      const { fields, left } = await deps.copyOf(other);
      const parsed = parseDeviceFields(fields);
      if ('problems' in parsed) throw new Refusal(what, parsed.problems);
      await editOne(what, name, (draft) => draft.put(name, parsed.fields, { may: 'copy' }));
      return left;
    },
    edit,
    // Without a key no text has a password in it that could be stored.
    digest: (text) =>
      vault === null ? createHash('sha256').update(text).digest('hex') : vault.digest(text, vault.keyId),
    credentials: async () => credentialEntries(await book.load()),
    addCredential: (name, fields) => change((now) => addCredential(editDeps(now), name, fields)),
    setCredential: (name, fields, version) =>
      change((now) =>
        setCredential(editDeps(now), name, fields, {
          version,
          open(credential) {
            const ours = requireVault(vault);
            requireKeys(
              ours,
              now.credentials.map(({ keyId }) => keyId),
            );
            return openSecrets(ours, credential);
          },
        }),
      ),
    removeCredential: (name) => change((now) => removeCredential(now, name)),
  };
}
