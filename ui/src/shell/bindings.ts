/** The keys that work everywhere; the help dialog lists the same table. */
import { chord, key, type Binding } from '$lib/state/keys.svelte';
import { shell } from '$lib/state/commands.svelte';
import { inspector } from '$lib/state/inspector.svelte';
import { layout } from '$lib/state/layout.svelte';
import { route } from '$lib/state/route.svelte';
import { session } from '$lib/state/session.svelte';
import { link } from './pair/link.svelte';

/** Goes to the filter of the page; in the A|B mode to that of A. */
export function focusFilter(): void {
  const inA = document.querySelector<HTMLIFrameElement>('#main iframe')?.contentDocument;
  const field = (inA ?? document).querySelector<HTMLInputElement>('#main [data-page-filter]');
  if (field) {
    field.focus();
    field.select();
  } else shell.palette = true;
}

export function shellKeys(): Binding[] {
  return [
    {
      keys: 'Ctrl K',
      what: 'Search pages, worlds, services, nodes, operations',
      group: 'Go',
      always: true,
      match: chord('k'),
      run: () => (shell.palette = !shell.palette),
    },
    { keys: '/', what: 'Filter this page', group: 'Go', match: key('/'), run: focusFilter },
    { keys: '[', what: 'Back', group: 'Go', match: key('['), run: () => route.back() },
    { keys: ']', what: 'Forward', group: 'Go', match: key(']'), run: () => route.forward() },
    {
      keys: 'space',
      what: 'Play or pause',
      group: 'Play',
      match: key(' '),
      run: () => (link.on && link.stored ? link.toggle() : void session.toggle()),
    },
    {
      keys: '.',
      what: 'One step',
      group: 'Play',
      match: key('.'),
      run: () => (link.on && link.stored ? link.step() : void session.step()),
    },
    { keys: 'Ctrl Z', what: 'Undo', group: 'Edit', match: chord('z'), run: () => void session.undo() },
    {
      keys: 'Ctrl Shift Z',
      what: 'Redo',
      group: 'Edit',
      match: chord('z', true),
      run: () => void session.redo(),
    },
    { keys: 'Ctrl I', what: 'Import', group: 'Edit', match: chord('i'), run: shell.import },
    {
      keys: 'i',
      what: 'Show or hide the inspector',
      group: 'Page',
      match: key('i'),
      run: () => inspector.toggle(),
    },
    {
      keys: '\\',
      what: 'Widen or narrow the rail',
      group: 'Page',
      match: key('\\'),
      run: () => layout.toggleRail(),
    },
    {
      keys: 'v',
      what: 'Two worlds or runs side by side (A|B)',
      group: 'Page',
      match: key('v'),
      run: () => (link.on ? link.leave() : (shell.pairing = 'B')),
    },
    {
      keys: 'Esc',
      what: 'Leave A|B',
      group: 'Page',
      match: (e) => link.on && key('Escape')(e),
      run: () => link.leave(),
    },
    { keys: '?', what: 'Show these keys', group: 'Page', match: key('?'), run: () => (shell.help = true) },
  ];
}
