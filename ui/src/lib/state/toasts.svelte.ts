/** Short messages at the foot of the window. What can be undone carries its undo. */
import { ApiError, describe } from '../api/error';
import { pane } from './pane';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'ok' | 'warn' | 'crit';
  detail?: string | undefined;
  undo?: (() => unknown) | undefined;
}
const LIFE_MS = { plain: 5_000, ok: 5_000, warn: 9_000, crit: 12_000 } as const;
const WITH_UNDO_MS = 12_000;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  /** Shows a message; returns its id. */
  show(text: string, options: Partial<Omit<Toast, 'id' | 'text'>> = {}): number {
    if (pane) return pane.toast(text, { tone: 'plain', ...options });
    const toast: Toast = { id: this.#next++, text, tone: 'plain', ...options };
    this.list = [...this.list.slice(-3), toast];
    setTimeout(() => this.close(toast.id), toast.undo ? WITH_UNDO_MS : LIFE_MS[toast.tone]);
    return toast.id;
  }

  /** Shows what went wrong and what to do. */
  fail(doing: string, error: unknown): number {
    const said = describe(error);
    const detail = error instanceof ApiError && error.code !== 'internal' ? said.remedy : undefined;
    return this.show(`Could not ${doing}: ${said.what}`, { tone: 'crit', detail });
  }

  close(id: number): void {
    this.list = this.list.filter((t) => t.id !== id);
  }
}

export const toasts = new Toasts();
