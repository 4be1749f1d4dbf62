import { z } from 'zod';
import { line } from '../../platform/config/fields.ts';
import { type Contradiction, fieldIn, listIn } from '../../platform/config/written.ts';

const MOST_PAGES = 20;
/** Each has 90 bars; a page is made again and again for whoever asks. */
const MOST_DEVICES = 50;

/** Pages that everybody may see, each with some devices under names of their own. */
export const statusPages = z
  .array(
    z.strictObject({
      slug: z
        .string()
        .regex(
          /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/,
          "must be small letters, digits and '-', like 'village': it is the end of the address",
        ),
      title: line,
      devices: z
        .array(z.strictObject({ device: line, name: line }))
        .min(1)
        .max(MOST_DEVICES),
    }),
  )
  .max(MOST_PAGES)
  .default([]);

/** Whatever is there twice would be one too many for visitors; without pages there is nowhere to show it. */
export function findStatusPageContradictions(config: unknown): Contradiction[] {
  const pages = listIn(fieldIn(fieldIn(config, 'health'), 'statusPages'));
  const path = ['health', 'statusPages'];
  const hasPages = fieldIn(fieldIn(config, 'http'), 'pages') === true;
  return [
    ...(pages.length > 0 && !hasPages ? [{ path, message: 'need http.pages: true' }] : []),
    ...doubles(pages, 'slug', path),
    ...pages.flatMap((page, index) =>
      ['device', 'name'].flatMap((field) =>
        doubles(listIn(fieldIn(page, 'devices')), field, [...path, index, 'devices']),
      ),
    ),
  ];
}

function doubles(list: readonly unknown[], field: string, path: Contradiction['path']): Contradiction[] {
  const values = list.map((each) => fieldIn(each, field));
  return values.flatMap((value, index) =>
    value === undefined || values.indexOf(value) === index
      ? []
      : [{ path: [...path, index, field], message: 'is there already' }],
  );
}
