import type { DeviceModel, ModelCommand } from './model.ts';
import { plainModel } from './plain.ts';

/** A device that has no model, as the configuration describes it. */
export interface CustomModel {
  readonly commands: readonly string[];
  /** The whole last line that each command ends with; blanks after it do not count. */
  readonly end: string;
  /** Beginnings of lines that change by themselves. */
  readonly noise: readonly string[];
  /** Texts after which the rest of a line is a secret. */
  readonly secrets: readonly string[];
}

export function customModel(name: string, { commands, end, noise, secrets }: CustomModel): DeviceModel {
  return plainModel({
    name,
    commands: commands.map((command): ModelCommand => ({ command: () => command, end: { lastLine: end } })),
    noise,
    secrets: [
      ...secrets.map((text) => new RegExp(`^(.*?${RegExp.escape(text)}).+$`)),
      /^(\s*[\w. -]{0,60}(?:password|secret|community|passphrase|psk|key)[ :=]{1,4}(?:\d )?)\S.*$/i,
    ],
  });
}
