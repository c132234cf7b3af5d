/** The window's key map: one list that both reacts and is shown by the help dialog. */

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
    const dialog = document.querySelector('[role=dialog]');
    for (const binding of this.bindings) {
      if ((typing || dialog) && !binding.always) continue;
      if (!binding.match(event)) continue;
      // Space on a focused button presses that button.
      if (
        event.key === ' ' &&
        event.target instanceof HTMLElement &&
        event.target.closest('button, a, [role=radio], summary')
      )
        return;
      event.preventDefault();
      binding.run();
      return;
    }
  };
}

export const keys = new Keys();
