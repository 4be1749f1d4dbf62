import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  const style = createStyle(own('style.css'));
  const script = createScript(own('page.js'));
  const icon = createAsset(own('icon.svg'), 'image/svg+xml');
  const all = [style, script, icon];
  return { style: style.url, script: script.url, icon: icon.url, routes: all.map(({ route }) => route) };
}

interface Asset {
  readonly url: string;
  readonly route: Route;
}

/** A script that only some pages have; it lies beside them. */
export function createScript(file: URL): Asset {
  return createAsset(file, 'text/javascript; charset=utf-8');
}

/** A style sheet, likewise. */
export function createStyle(file: URL): Asset {
  return createAsset(file, 'text/css; charset=utf-8');
}

function own(name: string): URL {
  return new URL(`./assets/${name}`, import.meta.url);
}

function createAsset(file: URL, type: string): Asset {
  const name = basename(fileURLToPath(file));
  const content = readFileSync(file);
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
