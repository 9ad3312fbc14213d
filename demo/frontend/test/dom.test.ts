import { expect, test } from 'vitest';

import type { Activity } from '../src/cruddur';
import { ago } from '../src/ui/dom';
import { feed } from '../src/ui/feed';

test('what users wrote is text, never markup', () => {
  const evil = '<img src=x onerror=alert(1)>';
  const activity: Activity = {
    uuid: '1',
    handle: evil,
    message: evil,
    created_at: '2026-11-22T16:00:00Z',
    expires_at: '2026-11-23T16:00:00Z',
    likes_count: 0,
    replies_count: 0,
    reposts_count: 0,
    replies: [],
  };
  const shown = feed([activity], { openProfile: () => undefined, reply: undefined }, '');
  expect(shown.querySelector('img')).toBeNull();
  expect(shown.textContent).toContain(evil);
});

test('ages are in words', () => {
  const now = Date.parse('2026-11-22T16:00:00Z');
  const check = (time: string, expected: string): void => expect(ago(time, now)).toBe(expected);
  check('2026-11-22T15:59:50Z', 'now');
  check('2026-11-22T15:15:00Z', '45 min');
  check('2026-11-22T04:00:00Z', '12 h');
  check('2026-11-15T16:00:00Z', '7 days');
});
