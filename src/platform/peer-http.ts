/** A call to another server. */
export interface PeerRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** JSON text, sent with POST. */
  readonly body?: string;
  /** For the whole exchange, from the name's resolution to the answer's last byte. */
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Another server's answer, whatever its status. */
export interface PeerResponse {
  readonly status: number;
  readonly text: string;
  /** Of the host that answered; missing where whoever called does not know it. */
  readonly address?: string | undefined;
}

export type PeerUnreachableReason =
  'address_not_allowed' | 'timeout' | 'too_large' | 'redirect' | 'connection' | 'bad_url' | 'bad_encoding';

/** No usable answer came. The message names the server that was called. */
export class PeerUnreachable extends Error {
  override readonly name = 'PeerUnreachable';

  constructor(
    readonly reason: PeerUnreachableReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** How this server calls others. */
export abstract class PeerHttp {
  /**
   * Resolves with any answer that is not a redirect.
   * @throws PeerUnreachable; the signal's reason where the caller aborted
   */
  abstract request(request: PeerRequest, signal?: AbortSignal): Promise<PeerResponse>;

  /** Lets go of connections that are kept for the next call: where they lead may no longer be allowed. */
  forgetConnections(): void {
    // Who keeps none has nothing to do.
  }

  /** Ends the calls in progress and lets go of all connections. */
  abstract close(): Promise<void>;
}
