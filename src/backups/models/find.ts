import { TroubleError } from '../../runtime/errors.ts';
import { type CustomModel, customModel } from './custom.ts';
import { edgeos } from './edgeos.ts';
import { ios } from './ios.ts';
import { linux } from './linux.ts';
import type { DeviceModel } from './model.ts';
import { nxos } from './nxos.ts';
import { routeros } from './routeros.ts';

const MODELS: readonly DeviceModel[] = [routeros, ios, nxos, edgeos, linux];

/** Gives the model of a name; throws a `TroubleError` `BACKUP_MODEL_UNKNOWN`. */
export type FindModel = (name: string) => DeviceModel;

/** Models of the configuration come before those that are built in. */
export function createFindModel(custom: Readonly<Record<string, CustomModel>>): FindModel {
  const models = new Map([
    ...MODELS.map((model) => [model.name, model] as const),
    ...Object.entries(custom).map(([name, settings]) => [name, customModel(name, settings)] as const),
  ]);
  return (name) => {
    const model = models.get(name);
    if (model !== undefined) return model;
    throw new TroubleError(
      'BACKUP_MODEL_UNKNOWN',
      `no device model has the name '${name}'`,
      `Known: ${[...models.keys()].join(', ')}. Others go into backup.models of the configuration.`,
    );
  };
}
