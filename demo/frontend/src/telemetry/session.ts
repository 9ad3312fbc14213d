// A random id of this tab's visit: tells one visit's spans from another's. It is no credential,
// and has nothing to do with the sign-in cookie, which scripts can't read.

const KEY = 'cruddur.session.id';

export function sessionId(): string {
  try {
    const known = sessionStorage.getItem(KEY);
    if (known) return known;
    const fresh = crypto.randomUUID().replaceAll('-', '');
    sessionStorage.setItem(KEY, fresh);
    return fresh;
  } catch {
    // Storage may be forbidden; then each page load is a visit.
    return crypto.randomUUID().replaceAll('-', '');
  }
}
