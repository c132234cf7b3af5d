/** The window's key map: one list that both reacts and is shown by the help dialog. */

import { pane } from './pane';

export interface Binding {
  /** As shown: "Ctrl K", "?", "space". */
  keys: string;
  what: string;
  group: 'Go' | 'Play' | 'Edit' | 'Page';
  /** Works while typing in a field too. */
  always?: boolean;
  match: (e: KeyboardEvent) => boolean;
  run: () => void;
}

const bare = (e: KeyboardEvent) => !e.ctrlKey && !e.metaKey && !e.altKey;
export const key = (k: string) => (e: KeyboardEvent) => bare(e) && e.key === k;
export const chord =
  (k: string, shift = false) =>
  (e: KeyboardEvent) =>
    (e.ctrlKey || e.metaKey) && !e.altKey && e.shiftKey === shift && e.key.toLowerCase() === k;

/** Whether keys typed at this element mean text or belong to a control. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

class Keys {
  bindings = $state.raw<readonly Binding[]>([]);

  /** Adds bindings; returns how to remove them. */
  add(...more: Binding[]): () => void {
    this.bindings = [...this.bindings, ...more];
    return () => (this.bindings = this.bindings.filter((b) => !more.includes(b)));
  }

  handle = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    const typing = isTyping(event.target);
    const dialog = document.querySelector('[role=dialog], [role=menu]') !== null;
    // Space on a focused button presses that button.
    const presses =
      event.key === ' ' &&
      event.target instanceof HTMLElement &&
      event.target.closest('button, a, [role=radio], summary') !== null;
    const ours = (binding: Binding) => binding.always === true || !(typing || dialog || presses);
    if (this.press(event, ours)) event.preventDefault();
    // A pane that has no use for a key leaves it to the window around it, which has its own bindings.
    else if (pane && !typing && !dialog && !presses && pane.key(event)) event.preventDefault();
    else if (pane && chord('k')(event) && pane.key(event)) event.preventDefault();
  };

  /** Runs the first binding that takes a key and is allowed to; whether there is one. */
  press(event: KeyboardEvent, allowed: (binding: Binding) => boolean = () => true): boolean {
    const binding = this.bindings.find((b) => allowed(b) && b.match(event));
    binding?.run();
    return binding !== undefined;
  }
}

export const keys = new Keys();
