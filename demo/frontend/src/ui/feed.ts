// Activities as cards, with their replies and a form for another.

import type { Activity } from '../cruddur';
import { ago, h, left } from './dom';

export interface FeedActions {
  openProfile(handle: string): void;
  /** Undefined where nobody is signed in. */
  readonly reply: ((uuid: string, message: string) => void) | undefined;
}

const HUES: Readonly<Record<string, number>> = { andrewbrown: 1, worf: 2, garek: 3, coco: 4, bayko: 5 };

export function avatar(handle: string, name?: string): HTMLElement {
  const hue = HUES[handle] ?? (handle.length % 5) + 1;
  return h('span', { class: `avatar hue-${hue}`, 'aria-hidden': 'true' }, (name ?? handle).slice(0, 1).toUpperCase());
}

export function feed(activities: readonly Activity[], actions: FeedActions, empty: string): HTMLElement {
  if (activities.length === 0) return h('p', { class: 'empty' }, empty);
  return h('ol', { class: 'feed' }, ...activities.map((it) => h('li', {}, card(it, actions))));
}

function card(activity: Activity, actions: FeedActions): HTMLElement {
  const now = Date.now();
  const article = h(
    'article',
    { class: 'card', 'data-uuid': activity.uuid },
    avatar(activity.handle, activity.display_name),
    h(
      'div',
      { class: 'card-body' },
      h(
        'header',
        {},
        h(
          'button',
          { class: 'author', type: 'button', on: { click: () => actions.openProfile(activity.handle) } },
          h('strong', {}, activity.display_name ?? activity.handle),
          h('span', { class: 'handle' }, `@${activity.handle}`),
        ),
        h('time', { datetime: activity.created_at }, ago(activity.created_at, now)),
      ),
      h('p', { class: 'message' }, activity.message),
      h(
        'footer',
        {},
        h('span', { title: 'Likes' }, `♥ ${activity.likes_count}`),
        h('span', { title: 'Replies' }, `↩ ${activity.replies_count}`),
        h('span', { title: 'Reposts' }, `⟳ ${activity.reposts_count}`),
        h('span', { class: 'expiry', title: 'Gone after' }, `${left(activity.expires_at, now)} left`),
      ),
    ),
  );
  const body = article.querySelector('.card-body');
  if (activity.replies.length > 0) {
    body?.append(h('ol', { class: 'replies' }, ...activity.replies.map((it) => h('li', {}, card(it, { ...actions, reply: undefined })))));
  }
  if (actions.reply) body?.append(replyForm(activity, actions.reply));
  return article;
}

function replyForm(activity: Activity, reply: (uuid: string, message: string) => void): HTMLElement {
  const input = h('input', { type: 'text', maxlength: 1024, placeholder: 'Reply', 'aria-label': `Reply to ${activity.handle}` });
  const submit = (event: Event): void => {
    event.preventDefault();
    reply(activity.uuid, input.value);
  };
  return h('form', { class: 'reply', on: { submit } }, input, h('button', { type: 'submit' }, 'Reply'));
}
