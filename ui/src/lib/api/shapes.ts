/** Shapes the shell itself reads. Pages take theirs from the generated schema. */

export interface Price {
  amount: string;
  currency: string;
}

export type MarkKind = 'kill' | 'heal' | 'scale' | 'schedule' | 'fault' | 'info';
export interface SessionMark {
  atNs: string;
  kind: MarkKind;
  label: string;
}

export interface ActiveFault {
  id: string;
  kind: string;
  target: string;
  sinceNs: string;
}

export type Speed = 1 | 10 | 60 | 'max';

/** The stream topic "session". */
export interface SessionState {
  world: string;
  worldId: string;
  revision: number;
  seed: number;
  state: 'empty' | 'paused' | 'playing';
  speed: Speed;
  timeNs: string;
  endNs: string;
  marks: SessionMark[];
  faults: ActiveFault[];
  totals: {
    healthy: number;
    degraded: number;
    unavailable: number;
    nodes: number;
    nodesReady: number;
    pods: number;
    pending: number;
  };
  costPerHour: Price | null;
  parameters: { assumed: number; total: number };
}

export interface World {
  id?: string;
  name: string;
  revision?: number;
  parent?: string | null;
}

export interface Job {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  progress?: number | null;
  note?: string | null;
  result?: unknown;
  error?: { code?: string; message?: string; error?: string; details?: unknown } | string | null;
}

export interface OperationRow {
  name: string;
  method: string;
  path: string;
  kind?: string;
  role?: string;
  summary?: string;
}

export type GradeWord = 'measured' | 'fitted' | 'inferred' | 'entered' | 'estimated' | 'assumed';

/** What the figures of an answer rest on. */
export interface Basis {
  kind: 'simulated' | 'imported';
  grade: GradeWord;
  run?: string;
  world: string;
  revision: number;
  seed: number;
  asOfNs: string;
}

/** A mark as operations answer it; the kinds the shell does not colour are drawn as information. */
export interface AnswerMark {
  atNs: string;
  kind: string;
  subject: string;
  label: string;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string | null;
}

export interface PodBrief {
  name: string;
  node?: string | null;
  phase: string;
  ready: boolean;
}

export interface ServiceStatus {
  name: string;
  replicas: number;
  desiredReplicas: number;
  availableReplicas: number;
  status: 'steady' | 'scaling_up' | 'scaling_down' | 'degraded' | 'unavailable';
  healthy: boolean;
  lastUpdated?: string | null;
  /** Per cent of request. */
  cpuUsage?: number | null;
  cpuCores?: number | null;
  cpuRequestCores?: number | null;
  /** Per cent of request. */
  memoryUsage?: number | null;
  memoryBytes?: number | null;
  requestsPerSecond?: number | null;
  /** Share, 0..1. */
  errorRate?: number | null;
  p99Ms?: number | null;
  podNames: string[];
  pods: PodBrief[];
}

export interface Hpa {
  name: string;
  service: string;
  targetCPUUtilization?: number | null;
  currentCPUUtilization?: number | null;
  minReplicas: number;
  maxReplicas: number;
  currentReplicas: number;
  desiredReplicas: number;
  lastScaleTime?: string | null;
  conditions: Condition[];
}

export interface NodeStatus {
  name: string;
  zone?: string | null;
  instanceType?: string | null;
  status: 'Ready' | 'NotReady' | 'Unknown';
  killed: boolean;
  /** Kubernetes quantities. */
  cpuCapacity: string;
  memoryCapacity: string;
  cpuAllocatable: string;
  memoryAllocatable: string;
  /** Millicores. */
  cpuUsed?: number | null;
  /** Bytes. */
  memoryUsed?: number | null;
  cpuRequested: number;
  memoryRequested: number;
  podCount: number;
  pricePerHour: Price | null;
  priceNote?: string | null;
  provenance?: GradeWord | null;
  conditions: Condition[];
}

export interface ScalingEvent {
  /** Nanoseconds of simulated time. */
  timestamp: string;
  service: string;
  event: 'scale_up' | 'scale_down' | 'failed';
  fromReplicas: number;
  toReplicas: number;
  reason?: string | null;
}

export interface ClusterStatus {
  basis: Basis;
  timestamp?: string | null;
  clusterName: string;
  namespace?: string | null;
  overallStatus: 'healthy' | 'degraded' | 'critical' | 'unknown';
  haEnabled: boolean;
  services: Record<string, ServiceStatus>;
  hpaStatus: Hpa[];
  nodes: NodeStatus[];
  scalingEvents: ScalingEvent[];
  pending: { pod: string; service: string; message: string }[];
}

export interface HeatmapAnswer {
  basis: Basis;
  services: string[];
  timestamps: string[];
  values: (number | null)[][];
  unit: 'cores' | 'bytes' | 'ratio';
  by: 'service' | 'node';
  stepSeconds: number;
  marks: AnswerMark[];
}

type Span = [number, number];
export interface LatencyAnswer {
  basis: Basis;
  endpoint?: string | null;
  windowMinutes: number;
  count: number;
  avgMs?: number | null;
  minMs?: number | null;
  maxMs?: number | null;
  p50Ms?: number | null;
  p90Ms?: number | null;
  p95Ms?: number | null;
  p99Ms?: number | null;
  failed: number;
  range?: {
    because: string;
    p50: Span;
    p95: Span;
    p99: Span;
    errorRate: Span;
    worlds: number;
  } | null;
}

export interface LatencyHistogram {
  basis: Basis;
  buckets: { fromMs: number; toMs: number; count: number }[];
  totalRequests: number;
}

export interface LatencySeries {
  basis: Basis;
  endpoints: { id: string; kind: 'class' | 'service' | 'all' }[];
  timestamps: string[];
  p50Ms: (number | null)[];
  p95Ms: (number | null)[];
  p99Ms: (number | null)[];
  requests: (number | null)[];
  failed: (number | null)[];
  marks: AnswerMark[];
}

export interface BoardPod {
  name: string;
  service: string;
  /** Millicores. */
  cpu: number;
  /** Bytes. */
  memory: number;
  phase: string;
}
export interface BoardNode {
  name: string;
  ready: boolean;
  killed: boolean;
  cpuAllocatable: number;
  cpuRequested: number;
  memoryAllocatable: number;
  memoryRequested: number;
  pods: BoardPod[];
}
export interface PendingPod {
  pod: string;
  service: string;
  cpu: number;
  memory: number;
  message: string;
}
export interface SchedulerBoard {
  basis: Basis;
  groups: { zone: string; nodes: BoardNode[] }[];
  pending: PendingPod[];
}

export type Verdict =
  | { outcome: 'rejected'; plugin: string; code: string; reasons: string[] }
  | { outcome: 'feasible'; total: number; plugins: [string, number][] };
export interface SchedulerExplain {
  basis: Basis;
  pod: string;
  placed: string | null;
  explanation: {
    nodes: { node: string; verdict: Verdict }[];
    feasible: number;
    maxScore: number | null;
    ties: number;
    chosen: string | null;
    notConsidered: string[];
    message: string;
  };
}
export interface SimulateAnswer {
  podName: string;
  schedulable: boolean;
  selectedNode?: string | null;
  score?: number | null;
  reason: string;
  nodeScores: { nodeName: string; score?: number | null; feasible: boolean; failReasons: string[] }[];
  warnings: string[];
}

export interface ParameterRow {
  key: string;
  subject: string;
  name: string;
  meaning: string;
  unit: string;
  value: number | string | null;
  low?: number | null;
  high?: number | null;
  minimum?: number | null;
  maximum?: number | null;
  provenance: GradeWord;
  source: string;
  asOf?: string | null;
}

export interface CostRate {
  basis: Basis;
  perHour: Price;
  idle: Price;
  services: { id: string; perHour: Price }[];
}

export interface WorldDetail {
  calls: { from: string; to: string; provenance: GradeWord; source: string }[];
  classes: { name: string; entry: string; provenance: GradeWord; source: string }[];
}
