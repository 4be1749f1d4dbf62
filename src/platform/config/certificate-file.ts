import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type ConfigContext, line } from './fields.ts';

/** A certificate file in PEM form; becomes its text. */
export function certificateFile(context: ConfigContext) {
  return line.transform((file, ctx): string => {
    try {
      const pem = readFileSync(resolve(context.folder, file), 'utf8');
      if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
      ctx.addIssue({ code: 'custom', message: `file ${file} has no certificate in PEM format`, input: undefined });
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      ctx.addIssue({ code: 'custom', message: `file ${file} cannot be read (${reason})`, input: undefined });
    }
    return z.NEVER;
  });
}
