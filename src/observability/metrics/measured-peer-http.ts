import type { Clock } from '../../platform/clock.js';
import { PeerHttp, PeerUnreachable, type PeerRequest, type PeerResponse } from '../../platform/peer-http.js';
import type { Metrics } from './metrics.js';

/** Counts the calls to other servers by what came of them. */
export class MeasuredPeerHttp extends PeerHttp {
  constructor(
    private readonly http: PeerHttp,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    super();
  }

  async request(request: PeerRequest, signal?: AbortSignal): Promise<PeerResponse> {
    const startedMs = this.clock.elapsed();
    let outcome = 'aborted';
    try {
      const response = await this.http.request(request, signal);
      outcome = statusClass(response.status);
      return response;
    } catch (error) {
      if (error instanceof PeerUnreachable) outcome = error.reason;
      throw error;
    } finally {
      this.metrics.outbound.of({ outcome }).add();
      this.metrics.outboundDuration.of({}).observe(this.clock.elapsed() - startedMs);
    }
  }

  override forgetConnections(): void {
    this.http.forgetConnections();
  }

  close(): Promise<void> {
    return this.http.close();
  }
}

/** The other server chooses its status, so it is told by its class alone. */
function statusClass(status: number): string {
  return status >= 200 && status < 600 ? `${Math.floor(status / 100)}xx` : 'other';
}
