import type { Rule } from './actions/action.ts';
import { digest } from './actions/digest.ts';
import { index } from './actions/index-file.ts';
import { notify } from './actions/notify.ts';

/**
 * WHAT YOU EDIT: what happens to which file.
 *
 * The first rule whose prefix the key begins with wins, so put the longer prefixes first. A file that no rule matches
 * goes to quarantine; the last rule here matches every file in the inbox.
 */
export const rules: readonly Rule[] = [
  { prefix: 'incoming/announced/', actions: [index, notify] },
  { prefix: 'incoming/digested/', actions: [index, digest] },
  { prefix: 'incoming/', actions: [index] },
];
