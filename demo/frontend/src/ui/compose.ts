// The form for a post.

import { h } from './dom';

const MAX_CHARS = 280;
const TTLS = ['30-days', '7-days', '3-days', '1-day', '12-hours', '3-hours', '1-hour'];

export function compose(post: (message: string, ttl: string) => void): HTMLElement {
  const count = h('span', { class: 'count', 'aria-live': 'polite' }, String(MAX_CHARS));
  const text = h('textarea', { name: 'message', rows: 2, placeholder: 'What would you like to say?', 'aria-label': 'Message' });
  const ttl = h('select', { name: 'ttl', 'aria-label': 'Gone after' }, ...TTLS.map((it) => h('option', { value: it }, it.replace('-', ' '))));
  ttl.value = '7-days';
  text.addEventListener('input', () => {
    // As the backend counts: characters, not UTF-16 units.
    const rest = MAX_CHARS - [...text.value].length;
    count.textContent = String(rest);
    count.classList.toggle('over', rest < 0);
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    post(text.value, ttl.value);
  };
  return h(
    'form',
    { class: 'compose card', on: { submit } },
    text,
    h('div', { class: 'compose-bar' }, ttl, count, h('button', { type: 'submit', class: 'primary' }, 'Crud')),
  );
}
