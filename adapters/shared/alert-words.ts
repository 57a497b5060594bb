/** What every channel says of an alert card alike: the mark of its priority, and the words on its buttons. */
import type { AlertAction, Priority } from '../../bot/types.ts';

export const MARK: Record<Priority, string> = { critical: '‼', high: '▲', medium: '■', low: '●' };

export const LABELS: Record<AlertAction['kind'], string> = {
  acknowledge: 'Acknowledge',
  shelve: 'Shelve',
  unshelve: 'Unshelve',
  assign: 'Take it',
  explain: 'Explain',
  wrong: 'Wrong diagnosis',
};
