import { TroubleError } from '../runtime/errors.ts';

/**
 * A script of `routeros/` with its values: each goes where the script declares the variable for the first time, and nowhere else. Values
 * are as RouterOS reads them, texts quoted.
 * @throws TroubleError `HARDENING_TEMPLATE` when the script declares no such variable
 */
export function fillIn(file: string, template: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((text, [name, value]) => {
    const declaration = new RegExp(`^(  :local ${name} )(?:"[^"\n]*"|\\w+)$`, 'm');
    if (!declaration.test(text))
      throw new TroubleError(
        'HARDENING_TEMPLATE',
        `the hardening script does not declare ${name}`,
        `Reinstall NetSentinel: routeros/${file} has been changed.`,
      );
    return text.replace(declaration, (_, before: string) => before + value);
  }, template);
}
