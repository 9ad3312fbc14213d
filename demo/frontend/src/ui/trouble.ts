// A button for each way of failing, so that its trace and its error report can be looked at.

import { h } from './dom';

export interface Trouble {
  readonly path: string;
  readonly label: string;
  readonly says: string;
}

export const TROUBLES: readonly Trouble[] = [
  { path: '/rollbar/test', label: 'Two messages', says: 'A warning and an error go to Rollbar; the answer is 200.' },
  { path: '/fail/error', label: 'An error', says: 'The handler returns an error with two causes: a 500.' },
  { path: '/fail/panic', label: 'A panic', says: 'The handler panics; the client still gets its 500.' },
  { path: '/fail/spawned', label: 'A panic in a task', says: 'A spawned task panics; the request itself is well.' },
  { path: '/fail/stream', label: 'A panic in the body', says: 'The answer breaks off half-way.' },
  { path: '/fail/nowhere', label: 'A refused route', says: 'There is no such route: a 404, which is no failure of ours.' },
];


export function troubleView(provoke: (trouble: Trouble) => void): HTMLElement {
  return h(
    'section',
    { class: 'trouble' },
    h('p', { class: 'lead' }, 'Each button breaks something. Then look at the trace: it says where.'),
    h(
      'ul',
      { class: 'buttons' },
      ...TROUBLES.map((it) =>
        h(
          'li',
          { class: 'card' },
          h('div', {}, h('strong', {}, it.label), h('p', {}, it.says)),
          h('button', { type: 'button', 'data-path': it.path, on: { click: () => provoke(it) } }, 'Break it'),
        ),
      ),
    ),
  );
}
