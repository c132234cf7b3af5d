/** Clusters written by hand, as `kubectl get nodes,pods -A -o json` prints them. Holds no assertions. */

const list = (items) => ({ apiVersion: 'v1', kind: 'List', items });
/** The files of an import. */
export const filesOf = (items) => [
  { path: 'cluster.json', base64: Buffer.from(JSON.stringify(list(items))).toString('base64') },
];

const node = (name, labels = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
  status: {
    capacity: { cpu: '4', memory: '16Gi', pods: '110' },
    allocatable: { cpu: '4', memory: '16Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
});
const container = {
  name: 'c',
  image: 'registry.example/c:1',
  resources: { requests: { cpu: '250m', memory: '256Mi' } },
};
const pod = (name, nodeName, spec = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app: name } },
  spec: { nodeName, containers: [container], ...spec },
  status: { phase: 'Running' },
});

const disk = (value) => [{ key: 'disk', operator: 'In', values: [value] }];
/**
 * Two nodes alike but for their disk, and three bound pods: one must be on an SSD and is not, one would rather be on the
 * other node, and one has to be where it is.
 */
export const BOUND = [
  node('fast', { disk: 'ssd' }),
  node('slow', { disk: 'hdd' }),
  pod('strayed', 'slow', { nodeSelector: { disk: 'ssd' } }),
  pod('homesick', 'slow', {
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, preference: { matchExpressions: disk('ssd') } },
        ],
      },
    },
  }),
  pod('settled', 'fast', { nodeSelector: { disk: 'ssd' } }),
];

/** Many nodes with a workload to scale: each cell of a sweep over it takes its time. */
export const wide = (nodes) => [
  ...Array.from({ length: nodes }, (_, i) =>
    node(`n-${String(i).padStart(3, '0')}`, { 'topology.kubernetes.io/zone': `z${i % 3}` }),
  ),
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'crowd', namespace: 'shop' },
    spec: {
      replicas: nodes,
      selector: { matchLabels: { app: 'crowd' } },
      template: { metadata: { labels: { app: 'crowd' } }, spec: { containers: [container] } },
    },
  },
];
