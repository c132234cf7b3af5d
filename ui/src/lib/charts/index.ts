/** The window's charts. Chart libraries are imported in this folder and nowhere else. */
export { default as Bars } from './Bars.svelte';
export { default as CallGraph } from './CallGraph.svelte';
export { default as Grid } from './Grid.svelte';
export { default as Heatmap } from './Heatmap.svelte';
export { default as Histogram } from './Histogram.svelte';
export { default as Lines } from './Lines.svelte';
export { default as Sparkline } from './Sparkline.svelte';
export { learn, serviceToken } from './colours';
export { cursor, type Mark } from './cursor.svelte';
export type { Series, Threshold } from './lines';
