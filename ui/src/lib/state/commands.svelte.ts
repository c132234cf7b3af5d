/** Dialogs of the shell that any page may open, and palette entries pages may add. */
import type { IconName } from '../ui/Icon.svelte';

export interface Command {
  id: string;
  label: string;
  group: string;
  hint?: string | undefined;
  icon?: IconName | undefined;
  run: () => void;
}

class Shell {
  palette = $state(false);
  help = $state(false);
  importing = $state(false);
  /** The side of the A|B mode that is being chosen. */
  pairing = $state<'A' | 'B' | null>(null);
  /** Files waiting for the import dialog. */
  dropped = $state.raw<readonly { path: string; file: File }[]>([]);
  extra = $state.raw<readonly Command[]>([]);

  /** Opens the import dialog. */
  import = (): void => {
    this.importing = true;
  };

  /** Adds palette entries; returns how to remove them. */
  offer(...commands: Command[]): () => void {
    this.extra = [...this.extra, ...commands];
    return () => (this.extra = this.extra.filter((c) => !commands.includes(c)));
  }
}

export const shell = new Shell();
