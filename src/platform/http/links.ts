/** Addresses of pages. Names are data: any character may be in them. */

export function userLink(router: string, user: string, more: Query = {}): string {
  const names = [router, user].map(segmentOf);
  if (names.every((name) => name !== null)) return `/u/${names.join('/')}${queryOf(more)}`;
  return `/u${queryOf({ router, user, ...more })}`;
}

export function routerLink(router: string, more: Query = {}): string {
  const name = segmentOf(router);
  return name === null ? `/d${queryOf({ name: router, ...more })}` : `/d/${name}${queryOf(more)}`;
}

/** The same for a form, which takes nothing of its action but the path: `name` goes into a field of it. */
export function routerForm(router: string): { readonly action: string; readonly name: string | null } {
  return segmentOf(router) === null ? { action: '/d', name: router } : { action: routerLink(router), name: null };
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** `?a=b&c=d` of what is not `undefined` or empty. */
export function queryOf(parts: Query): string {
  const given = Object.entries(parts).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [`${key}=${encodeURIComponent(String(value).toWellFormed())}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}

/** `null`: browsers would take it for a step up in the path, or drop it. */
function segmentOf(name: string): string | null {
  return /^\.{0,2}$/.test(name) ? null : encodeURIComponent(name.toWellFormed());
}
