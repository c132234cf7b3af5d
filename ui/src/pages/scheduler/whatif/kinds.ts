/** Which changes there are, with the fields of each: forms, checks and the address are read off this table. Pure. */

export type FieldKind =
  /** Names of nodes; at least one where required. */
  | 'nodes'
  /** One name, of what the world has. */
  | 'node'
  | 'zone'
  | 'pool'
  | 'workload'
  /** A whole number from `least` on. */
  | 'count'
  | 'bool'
  | 'text'
  /** `key=value:Effect`, comma between. */
  | 'taints'
  /** `key` or `key:Effect`, comma between. */
  | 'keys'
  /** `key=value`, comma between. */
  | 'labels'
  /** An object of CPU, memory and pods. */
  | 'capacity'
  /** Text of several lines: manifests, a configuration. */
  | 'yaml'
  /** A JSON object. */
  | 'patch'
  | 'preset'
  | 'provider';

export interface FieldSpec {
  key: string;
  label: string;
  kind: FieldKind;
  required?: boolean;
  least?: number;
  unit?: string;
  placeholder?: string;
  /** What an absent boolean stands for. */
  otherwise?: boolean;
}
export interface KindSpec {
  type: string;
  label: string;
  group: 'Nodes' | 'Pools' | 'Workloads' | 'Scheduler';
  fields: readonly FieldSpec[];
  /** Exactly one of these fields has to be there. */
  one?: readonly string[];
  /** At least one of these has to be there. */
  some?: readonly string[];
}

const nodes: FieldSpec = { key: 'nodes', label: 'Nodes', kind: 'nodes', required: true };
const pool: FieldSpec = { key: 'pool', label: 'Pool', kind: 'pool', required: true };
const workload: FieldSpec = { key: 'workload', label: 'Workload', kind: 'workload', required: true };

export const KINDS: readonly KindSpec[] = [
  {
    type: 'drainNodes',
    label: 'Drain nodes',
    group: 'Nodes',
    fields: [
      nodes,
      { key: 'force', label: 'Delete unmanaged pods', kind: 'bool' },
      { key: 'deleteEmptyDirData', label: 'Delete emptyDir data', kind: 'bool' },
      { key: 'ignoreDaemonSets', label: 'Leave DaemonSet pods', kind: 'bool', otherwise: true },
      {
        key: 'gracePeriodSeconds',
        label: 'Grace period',
        kind: 'count',
        least: 0,
        unit: 's',
        placeholder: "each pod's own",
      },
    ],
  },
  {
    type: 'cordonNodes',
    label: 'Cordon or uncordon nodes',
    group: 'Nodes',
    fields: [nodes, { key: 'on', label: 'Cordoned', kind: 'bool', otherwise: true }],
  },
  { type: 'failNodes', label: 'Fail nodes', group: 'Nodes', fields: [nodes] },
  {
    type: 'failZone',
    label: 'Fail a zone',
    group: 'Nodes',
    fields: [{ key: 'zone', label: 'Zone', kind: 'zone', required: true }],
  },
  {
    type: 'addNodes',
    label: 'Add nodes',
    group: 'Nodes',
    one: ['like', 'instanceType', 'capacity'],
    fields: [
      { key: 'count', label: 'How many', kind: 'count', least: 1, required: true },
      { key: 'like', label: 'Like', kind: 'node', placeholder: 'a node to copy' },
      { key: 'instanceType', label: 'Or instance type', kind: 'text', placeholder: 'm6i.xlarge' },
      { key: 'capacity', label: 'Or capacity', kind: 'capacity', placeholder: 'cpu=4, memory=16Gi' },
      { key: 'provider', label: 'Provider', kind: 'provider' },
      { key: 'region', label: 'Region', kind: 'text' },
      { key: 'zone', label: 'Zone', kind: 'zone' },
      { key: 'pool', label: 'Pool', kind: 'text', placeholder: 'one there is, or a new one' },
      { key: 'labels', label: 'Labels', kind: 'labels' },
      { key: 'taints', label: 'Taints', kind: 'taints' },
    ],
  },
  { type: 'removeNodes', label: 'Remove nodes', group: 'Nodes', fields: [nodes] },
  {
    type: 'taintNodes',
    label: 'Taint nodes',
    group: 'Nodes',
    one: ['nodes', 'pool'],
    some: ['add', 'remove'],
    fields: [
      { ...nodes, required: false },
      { ...pool, label: 'Or pool', required: false },
      { key: 'add', label: 'Put on', kind: 'taints', placeholder: 'batch=true:NoSchedule' },
      { key: 'remove', label: 'Take off', kind: 'keys', placeholder: 'batch or batch:NoSchedule' },
    ],
  },
  {
    type: 'labelNodes',
    label: 'Label nodes',
    group: 'Nodes',
    one: ['nodes', 'pool'],
    some: ['set', 'remove'],
    fields: [
      { ...nodes, required: false },
      { ...pool, label: 'Or pool', required: false },
      { key: 'set', label: 'Set', kind: 'labels', placeholder: 'disk=ssd' },
      { key: 'remove', label: 'Remove', kind: 'keys', placeholder: 'disk' },
    ],
  },
  {
    type: 'resizePool',
    label: 'Resize a pool',
    group: 'Pools',
    fields: [pool, { key: 'count', label: 'Nodes', kind: 'count', least: 0, required: true }],
  },
  {
    type: 'replacePool',
    label: 'Replace a pool',
    group: 'Pools',
    fields: [
      pool,
      {
        key: 'instanceType',
        label: 'By instance type',
        kind: 'text',
        required: true,
        placeholder: 'm7g.xlarge',
      },
      { key: 'region', label: 'Region', kind: 'text', placeholder: "the pool's" },
      { key: 'count', label: 'Nodes', kind: 'count', least: 1, placeholder: 'as many as there are' },
      { key: 'maxSurge', label: 'At a time', kind: 'count', least: 1, placeholder: '1' },
    ],
  },
  {
    type: 'scaleWorkload',
    label: 'Scale a workload',
    group: 'Workloads',
    fields: [workload, { key: 'replicas', label: 'Replicas', kind: 'count', least: 0, required: true }],
  },
  {
    type: 'editWorkload',
    label: 'Edit a workload',
    group: 'Workloads',
    fields: [
      workload,
      {
        key: 'patch',
        label: 'Merge patch (JSON)',
        kind: 'patch',
        required: true,
        placeholder: '{"spec": {"replicas": 3}}',
      },
    ],
  },
  {
    type: 'addWorkloads',
    label: 'Add workloads',
    group: 'Workloads',
    fields: [
      {
        key: 'manifests',
        label: 'Manifests',
        kind: 'yaml',
        required: true,
        placeholder: 'apiVersion: apps/v1\nkind: Deployment',
      },
    ],
  },
  { type: 'removeWorkload', label: 'Remove a workload', group: 'Workloads', fields: [workload] },
  {
    type: 'setScheduler',
    label: 'Change the scheduler',
    group: 'Scheduler',
    one: ['preset', 'configuration'],
    fields: [
      { key: 'preset', label: 'Preset', kind: 'preset' },
      {
        key: 'configuration',
        label: 'Or KubeSchedulerConfiguration',
        kind: 'yaml',
        placeholder: 'apiVersion: kubescheduler.config.k8s.io/v1',
      },
    ],
  },
];

export const PRESETS: readonly { value: string; label: string }[] = [
  { value: 'default', label: 'default, spreads' },
  { value: 'optimizeUtilization', label: 'optimize utilisation, packs' },
];

export const kindOf = (type: unknown): KindSpec | undefined => KINDS.find((k) => k.type === type);
