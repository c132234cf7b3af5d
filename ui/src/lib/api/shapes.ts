/** Short names for the generated shapes that more than one place speaks of; all else is typed by its operation. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type ActiveFault = Schemas['ActiveFault'];
/** A mark as operations answer it; charts draw a few kinds of them. */
export type AnswerMark = Schemas['Mark'];
export type AuditRow = Schemas['AuditRow'];
export type BinRow = Schemas['BinRow'];
export type BoardNode = Schemas['BoardNode'];
export type ClusterStatus = Schemas['ClusterStatus'];
export type Comparison = Schemas['Comparison'];
export type CostRate = Schemas['CostRate'];
export type FaultRecord = Schemas['FaultRecord'];
export type HeatmapAnswer = Schemas['Heatmap'];
export type Hpa = Schemas['Hpa'];
export type LabInfo = Schemas['LabInfo'];
export type Latency = Schemas['Latency'];
export type LatencySeries = Schemas['LatencySeries'];
export type NodeCost = Schemas['NodeCost'];
export type NodeStatus = Schemas['NodeStatus'];
export type OperationRow = Schemas['OperationRow'];
export type Parameter = Schemas['Parameter'];
export type PodStatus = Schemas['PodStatus'];
export type PricedOffer = Schemas['PricedOffer'];
export type Provenance = Schemas['Provenance'];
export type RunRow = Schemas['RunRow'];
export type ScalingEvent = Schemas['ScalingEvent'];
export type SchedulerBoard = Schemas['SchedulerBoard'];
export type ServiceStatus = Schemas['ServiceStatus'];
/** The stream's topic `session`. */
export type SessionState = Schemas['Session'];
export type SettingRow = Schemas['SettingRow'];
export type Speed = Schemas['Speed'];
export type WorldDetail = Schemas['WorldDetail'];
export type WorldRow = Schemas['WorldRow'];
