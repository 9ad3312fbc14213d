// A random id of this tab's visit: tells one visit's spans from another's. It is no credential,
// and has nothing to do with the sign-in cookie, which scripts can't read.

const KEY = 'cruddur.session.id';

export function sessionId(): string {
  try {
    const known = sessionStorage.getItem(KEY);
    if (known) return known;
    const fresh = randomId();
    sessionStorage.setItem(KEY, fresh);
    return fresh;
  } catch {
    // Storage may be forbidden; then each page load is a visit.
    return randomId();
  }
}

/** 32 hexadecimal digits. Not by `randomUUID`, which a page over plain HTTP from another machine lacks. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
