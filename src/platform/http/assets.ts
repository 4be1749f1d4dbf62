import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Route } from './route.ts';

/** The address of a static file; it changes with the content, so that browsers may cache it. */
export interface Assets {
  readonly style: string;
  readonly script: string;
  readonly icon: string;
  readonly routes: readonly Route[];
}

const YEAR_SECONDS = 31_536_000;

export function createAssets(): Assets {
  const style = createAsset('style.css', 'text/css; charset=utf-8');
  const script = createAsset('page.js', 'text/javascript; charset=utf-8');
  const icon = createAsset('icon.svg', 'image/svg+xml');
  const all = [style, script, icon];
  return { style: style.url, script: script.url, icon: icon.url, routes: all.map(({ route }) => route) };
}

function createAsset(name: string, type: string): { readonly url: string; readonly route: Route } {
  const content = readFileSync(new URL(`./assets/${name}`, import.meta.url));
  const version = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const url = `/assets/${name}`;
  return {
    url: `${url}?v=${version}`,
    route: {
      method: 'GET',
      path: url,
      right: 'public',
      handler: async (_request, reply) =>
        reply.type(type).header('cache-control', `public, max-age=${YEAR_SECONDS}, immutable`).send(content),
    },
  };
}
