/** What may be shown of a value: where a database is, and of everything else nothing. */

const ADDRESS =
  /^([a-z][a-z0-9+.-]*):\/\/(?:([^\s/?#@:]*)(?::[^\s/?#@]*)?@)?([\w.:[\]-]+)(\/[\w-]{1,63})?(?=[?#]|$)/i;

/** `postgres://app:****@db.example/shop`, or `****`. */
export function maskValue(value: string): string {
  const [, scheme, user, host, path = ''] = ADDRESS.exec(value) ?? [];
  if (scheme === undefined || host === undefined || !/^[\w.-]*$/.test(user ?? '')) return '****';
  return `${scheme}://${user ?? ''}:****@${host}${path}`;
}
