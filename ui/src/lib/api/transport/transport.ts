/** What the window needs from a door. Two exist: the desktop's and HTTP's. */

export type Input = Record<string, unknown>;

/** One frame of the stream. `delta` data is an RFC 7386 merge patch on the topic's last snapshot. */
export interface Frame {
  topic: string;
  epoch: string | number;
  offset: number;
  kind: 'snapshot' | 'delta' | 'heartbeat';
  data: unknown;
  dropped?: number;
}

/** Where a broken stream continues. */
export interface Resume {
  epoch: string | number;
  offset: number;
}

export interface Channel {
  close(): void;
}

export interface Transport {
  /** Runs an operation; resolves to its data, rejects with ApiError. */
  call(name: string, input: Input): Promise<unknown>;
  /** Runs an operation that answers with raw bytes. */
  bytes(name: string, input: Input): Promise<ArrayBuffer>;
  /** Opens the stream. `onclose` is called once, when the channel is lost. */
  open(
    topics: string[],
    resume: Resume | null,
    onframe: (frame: Frame) => void,
    onclose: () => void,
  ): Channel;
}
