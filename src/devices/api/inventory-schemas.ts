import { z } from 'zod';
import { type CredentialEntry, credentialFields } from '../credentials.ts';
import type { DeviceTestStep } from '../device-tests.ts';
import type { DeviceEntry } from '../entries.ts';
import { deviceFields, entryName } from '../fields.ts';
import type { ImportedLine } from '../import.ts';

/** What the API of devices and credentials takes and answers. Messages are for the one who wrote the body; none quotes a value. */

const version = z.int('must be the version that was read').min(1, 'must be the version that was read');
const missing = { error: 'is missing' };

const hostField = deviceFields.shape.host.unwrap();
const usernameField = credentialFields.shape.username.unwrap();
const newName = z.string(missing).pipe(entryName);

export const newDeviceBody = deviceFields
  .extend({ name: newName, host: z.string(missing).pipe(hostField) })
  .meta({ id: 'NewDevice' });

/** What is absent stays; `null` clears. `version`: of the device that was read; another one since is not overwritten. */
export const deviceChangeBody = deviceFields.extend({ version: version.optional() }).meta({ id: 'DeviceChange' });

/** A device before it is stored; with the name of one that is, what changes of it. */
export const deviceTestBody = deviceFields.extend({ name: entryName.optional() }).meta({ id: 'DeviceTest' });

export const newCredentialBody = credentialFields
  .extend({ name: newName, username: z.string(missing).pipe(usernameField) })
  .meta({ id: 'NewCredential' });

export const credentialChangeBody = credentialFields
  .extend({ version: version.optional() })
  .meta({ id: 'CredentialChange' });

export const deviceQuery = z.object({
  /** A part of the name, the host or a tag. */
  q: z.string().max(255).optional(),
  tag: z.string().max(255).optional(),
  source: z.enum(['config', 'inventory', 'librenms']).optional(),
});

export const namedQuery = z.object({ name: z.string().max(255) });

export const removeQuery = z.object({ version: z.coerce.number().pipe(version).optional() });

export const importQuery = z.object({
  dryRun: z
    .enum(['true', 'false'], "must be 'true' or 'false'")
    .default('false')
    .transform((text) => text === 'true'),
});

const nullableText = z.string().nullable();
const port = z.int().nullable();

export const deviceAnswer = z
  .strictObject({
    name: z.string(),
    host: z.string(),
    model: z.string(),
    apiPort: port,
    apiTls: z.union([z.boolean(), z.string()]),
    apiCredential: nullableText,
    sshPort: port,
    sshCredential: nullableText,
    terminalCredential: nullableText,
    username: nullableText,
    parent: nullableText,
    tags: z.array(z.string()).readonly(),
    usage: z.boolean(),
    backup: z.boolean(),
    paused: z.boolean(),
    source: z.enum(['config', 'inventory', 'librenms']),
    version: z.int().nullable(),
  })
  .meta({ id: 'Device' }) satisfies z.ZodType<DeviceEntry>;

export const credentialAnswer = z
  .strictObject({
    name: z.string(),
    username: z.string(),
    hasPassword: z.boolean(),
    hasPrivateKey: z.boolean(),
    devices: z.int(),
    version: z.int(),
    changedAt: z.string(),
  })
  .meta({ id: 'Credential' }) satisfies z.ZodType<CredentialEntry>;

const importedLine = z
  .strictObject({
    line: z.int(),
    name: z.string(),
    outcome: z.enum(['added', 'changed', 'unchanged']),
    columns: z.array(z.string()).readonly(),
  })
  .meta({ id: 'ImportedLine' }) satisfies z.ZodType<ImportedLine>;

export const importAnswer = z
  .strictObject({
    dryRun: z.boolean(),
    added: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    lines: z.array(importedLine).readonly(),
  })
  .meta({ id: 'Import' });

const testStep = z
  .strictObject({
    part: z.string(),
    status: z.enum(['ok', 'warning', 'failure']),
    found: z.string(),
    advice: nullableText,
  })
  .meta({ id: 'DeviceTestStep' }) satisfies z.ZodType<DeviceTestStep>;

/** `passed`: nothing failed. */
export const testAnswer = z
  .strictObject({ passed: z.boolean(), steps: z.array(testStep).readonly() })
  .meta({ id: 'DeviceTestResult' });

/** `left`: what the inventory has no place for. */
export const takenOverAnswer = z
  .strictObject({ device: deviceAnswer, left: z.array(z.string()).readonly() })
  .meta({ id: 'TakenOverDevice' });

/** Devices that LibreNMS lists now; `trouble`: what went wrong, or which of them cannot be polled. */
export const listedAnswer = z
  .strictObject({
    devices: z.int(),
    trouble: z.strictObject({ code: z.string(), message: z.string(), advice: z.string() }).nullable(),
  })
  .meta({ id: 'LibrenmsList' });
