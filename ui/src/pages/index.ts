/** The pages that are built, in the order and groups of the rail. A page that is not built is not listed. */
import type { Component } from 'svelte';
import type { IconName } from '../lib/ui/Icon.svelte';

export interface Page {
  id: string;
  title: string;
  icon: IconName;
  load: () => Promise<{ default: Component }>;
}
export interface Group {
  name: string;
  pages: readonly Page[];
}

export const groups: readonly Group[] = [
  {
    name: 'Observe',
    pages: [
      { id: 'overview', title: 'Overview', icon: 'overview', load: () => import('./Overview.svelte') },
      { id: 'cluster', title: 'Cluster', icon: 'cluster', load: () => import('./Cluster.svelte') },
      { id: 'heatmaps', title: 'Heatmaps', icon: 'heatmaps', load: () => import('./Heatmaps.svelte') },
      { id: 'latency', title: 'Latency', icon: 'latency', load: () => import('./Latency.svelte') },
    ],
  },
  {
    name: 'Explore',
    pages: [
      {
        id: 'parameters',
        title: 'Parameters',
        icon: 'parameters',
        load: () => import('./Parameters.svelte'),
      },
      { id: 'scheduler', title: 'Scheduler', icon: 'scheduler', load: () => import('./Scheduler.svelte') },
      { id: 'chaos', title: 'Chaos', icon: 'chaos', load: () => import('./Chaos.svelte') },
    ],
  },
  {
    name: 'Spend & place',
    pages: [{ id: 'cost', title: 'Cost', icon: 'cost', load: () => import('./Cost.svelte') }],
  },
  {
    name: 'Act',
    pages: [
      { id: 'audit', title: 'Audit', icon: 'audit', load: () => import('./Audit.svelte') },
      { id: 'settings', title: 'Settings', icon: 'settings', load: () => import('./Settings.svelte') },
    ],
  },
];

export const pages: readonly Page[] = groups.flatMap((group) => group.pages);
