/** A world as the YAML of its objects, saved as a file. */
import { bytes } from '$lib/api/client';
import { save } from '$lib/charts/export';
import { toasts } from '$lib/state/toasts.svelte';

export async function saveWorld(world: string): Promise<void> {
  try {
    const content = await bytes('export_world', { world });
    save(`${world}.yaml`, new Blob([content], { type: 'application/yaml' }));
  } catch (error) {
    toasts.fail(`export ${world}`, error);
  }
}
